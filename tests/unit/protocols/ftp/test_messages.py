"""What a command and a reply say of themselves."""

from __future__ import annotations

import pytest

from portside.protocols.ftp.messages import Command, Reply


@pytest.mark.parametrize(
    ("command", "text"),
    [(Command("NOOP"), "NOOP"), (Command("RETR", "a b"), "RETR a b"), (Command("CWD", " a"), "CWD  a")],
)
def test_a_command_is_one_line(command: Command, text: str) -> None:
    assert str(command) == text


KINDS = ["is_preliminary", "is_good", "asks_for_more", "is_passing"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (100, "is_preliminary"), (150, "is_preliminary"), (199, "is_preliminary"), (200, "is_good"), (299, "is_good"),
        (300, "asks_for_more"), (399, "asks_for_more"), (400, "is_passing"), (499, "is_passing"), (500, ""),
        (553, ""), (631, ""),
    ],
)  # fmt: skip
def test_a_reply_is_of_one_kind_by_its_first_digit(code: int, kind: str) -> None:
    reply = Reply(code, ("x",))
    assert [name for name in KINDS if getattr(reply, name)] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("lines", "text"), [(("ready",), "ready"), (("one ", " two"), "one two"), ((), ""), (("", " End"), "End")]
)
def test_the_text_of_a_reply_is_one_line(lines: tuple[str, ...], text: str) -> None:
    assert Reply(220, lines).text == text
    assert str(Reply(220, lines)) == f"220 {text}"
