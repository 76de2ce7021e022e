"""What rules and side say to each other."""

from __future__ import annotations

import dataclasses

import pytest

from portside.errors import RemoteError
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules import turns

TURNS = [
    getattr(turns, name) for name in vars(turns) if dataclasses.is_dataclass(getattr(turns, name)) and name != "Terms"
]


@pytest.mark.parametrize("kind", [turn for turn in TURNS if turn.__module__ == turns.__name__])
def test_a_turn_is_never_changed_after_it_was_said(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)


def test_what_is_said_carries_its_reply() -> None:
    reply = Reply(150, ("Now.",))
    assert turns.Begin(reply, inward=True) == turns.Begin(reply, True)
    assert turns.Break(RemoteError("enough", 426)).error.status == 426
