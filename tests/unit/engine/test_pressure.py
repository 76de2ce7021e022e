"""Reading stops with the first objection, and goes on after the last."""

from __future__ import annotations

from typing import Any

from portside.engine.pressure import RULES, SIDE, WIRE, weigh


class Asked:
    """A stream that writes down what it is asked."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def pause(self) -> None:
        self.words.append("pause")

    def resume(self) -> None:
        self.words.append("resume")


def test_a_stream_pauses_at_the_first_objection_and_resumes_after_the_last() -> None:
    stream: Any = Asked()
    objections = 0
    for who, read in ((SIDE, True), (SIDE, False), (RULES, False), (WIRE, False), (SIDE, True), (WIRE, True)):
        objections = weigh(stream, objections, who, read)
    assert stream.words == ["pause"]
    assert weigh(stream, objections, RULES, True) == 0
    assert stream.words == ["pause", "resume"]


def test_objections_are_kept_where_there_is_no_stream() -> None:
    assert weigh(None, SIDE, WIRE, False) == SIDE | WIRE
