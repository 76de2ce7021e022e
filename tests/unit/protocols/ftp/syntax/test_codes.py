"""What the codes of replies mean."""

from __future__ import annotations

import pytest

from portside.protocols.ftp.syntax.codes import MEANINGS, meaning_of


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (220, "service ready for a new user"),
        (299, "done"),
        (359, "go on: a further command is needed (files)"),
        (421, "service not available; closing the control connection"),
        (999, "no code of FTP"),
    ],
)
def test_a_code_is_told_by_itself_or_by_its_digits(code: int, meaning: str) -> None:
    assert meaning_of(code).startswith(meaning)


def test_every_code_has_a_kind() -> None:
    assert all(100 <= code < 600 for code in MEANINGS)
