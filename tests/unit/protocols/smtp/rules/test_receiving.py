from __future__ import annotations

import pytest

from portside.interfaces import Heard
from portside.protocols.smtp.messages import Content, Reply
from portside.protocols.smtp.rules.contents import DataContent
from portside.protocols.smtp.rules.intake import Intake
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.receiving import Receiving
from portside.protocols.smtp.rules.turns import Dropped
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.content import Chunk


@pytest.fixture
def intake() -> Intake:
    return Intake()


@pytest.fixture
def receiving(intake: Intake) -> Receiving:
    return Receiving(intake, ServerLimits(largest=10))


def test_content_is_heard_and_what_is_behind_it_waits(receiving: Receiving, intake: Intake) -> None:
    receiving.open_data(1.0, mend=False)
    assert receiving.content is not None
    assert receiving.content.since == 1.0
    assert receiving.take(receiving.content, b"a\r\n.\r\nNOOP\r\n") == [Heard(Content(b"a\r\n"))]
    assert intake.next() == b"NOOP\r\n"


def test_what_is_given_up_is_told_once(receiving: Receiving) -> None:
    receiving.open_data(1.0, mend=False)
    assert receiving.content is not None
    receiving.content.begun = True
    assert receiving.take(receiving.content, b"x" * 11) == [Heard(Dropped())]
    assert receiving.take(receiving.content, b"x" * 11) == []
    assert receiving.forget() == []
    assert receiving.content is None
    assert receiving.give_up() == []


def test_chunks_belong_to_one_content(receiving: Receiving) -> None:
    receiving.open_chunk(Chunk(2), 1.0, binary=True)
    first = receiving.content
    receiving.open_chunk(Chunk(3, last=True), 2.0, binary=True)
    assert receiving.content is first
    assert not isinstance(first, DataContent)
    with pytest.raises(Refusal):
        receiving.open_chunk(Chunk(1), 3.0, binary=True)


def test_a_refused_chunk_is_passed_over_to_its_last_octet(receiving: Receiving, intake: Intake) -> None:
    refusal = Reply(503, ("No.",))
    receiving.pass_over(5, refusal)
    intake.feed(b"abc")
    assert receiving.pass_some() is None
    intake.feed(b"deNOOP\r\n")
    assert receiving.pass_some() == refusal
    assert intake.next() == b"NOOP\r\n"
