"""What codes mean, by themselves and by their digits."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.syntax.codes import (
    DETAILS,
    MEANINGS,
    SUBJECTS,
    Refusal,
    meaning_of,
    meaning_of_enhanced,
)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (250, "done"),
        (354, "the content may come; a line with a dot alone ends it"),
        (259, "done (mail system)"),
        (499, "not now: it may be tried again later"),
        (199, "no code of SMTP"),
    ],
)
def test_a_code_means_something_by_itself_or_by_its_digits(code: int, meaning: str) -> None:
    assert meaning_of(code).startswith(meaning)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("2.1.5", "success: the recipient's address is right"),
        ("5.1.1", "final failure: no such mailbox"),
        ("4.2.2", "passing failure: the mailbox is full"),
        ("5.7.99", "final failure: security and policy"),
        ("5.9.1", "final failure: an unknown subject"),
        ("3.1.1", ""),
        ("5.1", ""),
        ("5.01.1", ""),
        ("5.1.1000", ""),
        ("٥.1.1", ""),
        ("", ""),
    ],
)
def test_an_enhanced_code_is_told_in_words(code: str, meaning: str) -> None:
    assert meaning_of_enhanced(code) == meaning


def test_every_detail_has_a_subject_and_every_code_a_first_digit() -> None:
    assert {detail.partition(".")[0] for detail in DETAILS} <= SUBJECTS.keys()
    assert all(200 <= code < 600 for code in MEANINGS)


def test_a_refusal_knows_what_to_answer() -> None:
    refused = Refusal("No such user here.", 550, "5.1.1")
    assert isinstance(refused, RemoteError) and refused.status == 550
    assert refused.reply == Reply(550, ("No such user here.",), "5.1.1")
