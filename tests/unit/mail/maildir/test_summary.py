"""What a mailbox tells of messages is compared and kept as it is."""

from __future__ import annotations

import dataclasses

import pytest

from portside.mail.maildir.summary import Change, Happening, Summary


def test_a_summary_cannot_be_changed() -> None:
    summary = Summary("1.a.h", 1.0, "Ann", ("bob@x",), "Hello", 5, False, 0, "Hello Bob")
    with pytest.raises(dataclasses.FrozenInstanceError):
        summary.seen = True  # type: ignore[misc]


def test_changes_tell_what_happened_in_words() -> None:
    assert [Change(what, ()).what.value for what in Happening] == ["arrived", "changed", "deleted"]
