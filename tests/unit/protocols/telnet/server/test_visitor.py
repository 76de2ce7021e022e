from __future__ import annotations

import asyncio

import pytest

from portside.errors import LocalError
from portside.protocols.telnet.messages import Data, Gmcp, Option, Party, TerminalTypes, WindowSize
from portside.protocols.telnet.server.visitor import Keeps, TellsOfItself, Visitor, VisitorLeft
from tests.support.visitors import Desk


def _visitor(desk: Desk) -> Visitor:
    return Visitor(desk.wire, desk.terminal, desk.screen, desk.reading)


def test_a_visitor_is_what_their_terminal_tells() -> None:
    desk = Desk()
    visitor = _visitor(desk)
    desk.terminal.hear(TerminalTypes(("XTERM-256COLOR",)))
    desk.terminal.hear(WindowSize(133, 41))
    assert (visitor.terminal, visitor.columns, visitor.rows, visitor.colours) == ("xterm-256color", 133, 41, 256)
    assert (visitor.charset, visitor.secure, visitor.environment) == ("utf-8", False, {})
    assert str(visitor.address) == "192.0.2.1:4"


def test_lines_come_until_they_leave() -> None:
    async def work() -> list[str]:
        desk = Desk()
        desk.reading.heard(b"one\r\ntwo\r\n")
        desk.reading.end()
        return [line async for line in _visitor(desk).lines("> ")]

    assert asyncio.run(work()) == ["one", "two"]


def test_a_style_is_for_those_who_have_colours() -> None:
    desk = Desk()
    visitor = _visitor(desk)
    assert visitor.style("x", "bold") == "x"
    desk.terminal.hear(TerminalTypes(("XTERM",)))
    assert visitor.style("x", "bold") == "\x1b[1mx\x1b[0m"
    with pytest.raises(LocalError):
        visitor.style("x", "loud")


def test_gmcp_goes_to_those_who_take_it() -> None:
    desk = Desk()
    visitor = _visitor(desk)
    visitor.gmcp("Room.Info", "{}")
    assert not visitor.wants_gmcp
    assert desk.paper.said == []
    desk.paper.options.add((Option.GMCP, Party.US))
    visitor.gmcp("Room.Info", "{}")
    assert desk.paper.said == [Gmcp("Room.Info", "{}")]


def test_a_closed_visit_asks_nothing_any_more() -> None:
    async def work() -> None:
        desk = Desk()
        visitor = _visitor(desk)
        visitor.write("goodbye\n")
        visitor.close()
        assert visitor.left
        assert desk.paper.finished
        with pytest.raises(VisitorLeft):
            await visitor.line()

    asyncio.run(work())


def test_what_is_written_is_told_above_the_prompt_or_as_it_is() -> None:
    desk = Desk()
    visitor = _visitor(desk)
    visitor.write("one ")
    visitor.tell("two")
    assert desk.paper.said == [Data(b"one "), Data(b"\r\ntwo\r\n")]


def test_interrupts_may_be_taken() -> None:
    desk = Desk()
    visitor = _visitor(desk)
    calls: list[str] = []
    visitor.on_interrupt = lambda: calls.append("called")
    assert visitor.on_interrupt is not None
    desk.reading.interrupt()
    assert calls == ["called"]


def test_applications_may_tell_of_themselves_and_keep_things() -> None:
    class Both:
        def mssp(self) -> dict[str, str]:
            return {}

        async def close(self) -> None: ...

    assert isinstance(Both(), TellsOfItself)
    assert isinstance(Both(), Keeps)
    assert not isinstance(_visitor, TellsOfItself)
