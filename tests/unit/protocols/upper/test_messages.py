from __future__ import annotations

import dataclasses

import pytest

from portside.interfaces import Address
from portside.protocols.upper import messages
from portside.protocols.upper.messages import Answer, Dropped, Line, Question, Reply, Text, Unanswered

HERE = Address("127.0.0.1", 50000)
ALL = [Text(b"a"), Dropped(HERE, "too long"), Line(b"a\n"), Reply(b"A\n"), Unanswered(), Question(b"a"),
       Answer(b"A", 1, 0.001, HERE)]  # fmt: skip


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_a_message_is_a_value(message: object) -> None:
    assert message == dataclasses.replace(message)  # type: ignore[type-var]
    assert hash(message) == hash(dataclasses.replace(message))  # type: ignore[type-var]
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        message.data = b"b"  # type: ignore[attr-defined]


def test_every_message_is_tried_here() -> None:
    named = {name for name, thing in vars(messages).items() if getattr(thing, "__module__", "") == messages.__name__}
    assert named == {type(message).__name__ for message in ALL}


def test_the_text_of_a_stream_has_no_peer() -> None:
    assert Text(b"a").peer is None
