"""Replies that are made once."""

from __future__ import annotations

from portside.interfaces import Send
from portside.protocols.ftp.rules.answers import KEPT, answer


def test_an_answer_is_one_line_and_the_same_each_time() -> None:
    assert answer(200, "Good.") == Send(b"200 Good.\r\n")
    assert answer(200, "Good.") is answer(200, "Good.")


def test_what_strangers_have_said_is_kept_in_bounded_room() -> None:
    for number in range(3 * KEPT):
        answer(500, f"X{number} is not known here.")
    assert answer.cache_info().currsize <= KEPT
