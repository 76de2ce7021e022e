"""What fields mean."""

from __future__ import annotations

from portside.apps.mailbox.meanings import MEANINGS, meaning


def test_a_field_is_known_in_any_case() -> None:
    assert meaning("SUBJECT") == meaning("subject") == MEANINGS["subject"] != ""


def test_what_nobody_wrote_down_has_no_meaning() -> None:
    assert meaning("X-Whatever") == meaning("") == ""


def test_every_name_is_written_as_it_is_looked_for_and_every_meaning_is_one_line() -> None:
    for name, words in MEANINGS.items():
        assert name == name.lower() and words and "\n" not in words and not words.endswith(".")
