"""A visitor and a shell, joined: over a wire of paper, with a real shell at the other end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from portside.apps.shell.child import Child
from portside.apps.shell.environment import Owner, environment
from portside.apps.shell.session import ALIVE, Session
from portside.protocols.telnet.messages import (
    Control,
    Data,
    Ended,
    LineMode,
    Message,
    Option,
    OptionChanged,
    Party,
    Signal,
    WindowSize,
)
from tests.support.visitors import PATIENCE, Desk


class Seat:
    """A session, with what the visitor has been told so far."""

    def __init__(self, home: Path, *, binary: bool = True) -> None:
        on = ((Option.LINEMODE, Party.THEM), *(((Option.BINARY, Party.THEM),) if binary else ()))
        self.desk = Desk(on=on)
        self.desk.paper.agree_to = {Option.ECHO, Option.SGA}
        user = Owner("ann", str(home), "/bin/sh")
        self.child = Child(user, {**environment(user, "vt100", {}), "PS1": "$ "}, 80, 24)
        self.session = Session(self.child)
        self.session.begin(self.desk.wire)

    def hear(self, *messages: Message) -> None:
        for message in messages:
            self.session.heard(message)

    async def until(self, wanted: str) -> str:
        await self.until_so(lambda: wanted in self.desk.text)
        return self.desk.text

    async def until_so(self, condition: Callable[[], bool]) -> None:
        """Return once ``condition`` holds, which only what is said to the visitor changes."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.desk.paper.spoken.clear()
                await self.desk.paper.spoken.wait()

    async def leave(self) -> None:
        self.session.close()
        await self.child.hang_up()


def _run(home: Path, work: Callable[[Seat], Coroutine[Any, Any, None]], *, binary: bool = True) -> None:
    async def sit() -> None:
        here = Seat(home, binary=binary)
        try:
            await asyncio.wait_for(work(here), 2 * PATIENCE)
        finally:
            await here.leave()

    asyncio.run(sit())


def test_keys_go_to_the_shell_and_its_words_to_the_visitor(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(Data(b"echo 'gr\xc3\xbc''n'\r"))
        assert "grün\r\n" in await here.until("grün\r\n")

    _run(tmp_path, work)


def test_the_end_tells_the_exit_status_after_the_last_words(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(Data(b"echo LA''ST; exit 3\r"))
        assert await here.session.run() == 3
        assert "LAST\r\n" in here.desk.text

    _run(tmp_path, work)


def test_what_a_shell_leaves_behind_does_not_hold_the_visitor(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(Data(b"(trap '' HUP; exec sleep 1000) & echo behind=$!; exit 4\r"))
        assert await here.session.run() == 4
        behind = re.search("behind=([0-9]+)", here.desk.text)
        assert behind is not None
        os.kill(int(behind[1]), signal.SIGKILL)

    _run(tmp_path, work)


@pytest.mark.parametrize(
    "left", [lambda session: session.heard(Ended()), lambda session: session.lost(None)], ids=["said", "lost"]
)
def test_a_visitor_who_leaves_ends_it(tmp_path: Path, left: Callable[[Session], None]) -> None:
    async def work(here: Seat) -> None:
        running = asyncio.ensure_future(here.session.run())
        here.hear(Data(b"sh -c \"echo REA''DY; exec sleep 1000\"\r"))
        await here.until("READY\r\n")
        left(here.session)
        assert await running is None

    _run(tmp_path, work)


def test_the_terminal_of_the_shell_echoes_and_edits(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        wanted = {(want.option, want.party) for want in here.desk.paper.wants}
        assert wanted >= {(Option.ECHO, Party.US), (Option.SGA, Party.US), (Option.BINARY, Party.US)}
        assert (Option.BINARY, Party.THEM) in wanted
        assert LineMode() in here.desk.paper.said

    _run(tmp_path, work, binary=False)


def test_linemode_that_comes_later_is_told_as_well(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(OptionChanged(Option.LINEMODE, Party.THEM, True))
        assert here.desk.paper.said.count(LineMode()) == 2

    _run(tmp_path, work)


@pytest.mark.parametrize("pieces", [[b"echo o''ne\r\necho t''wo\r\n"], [b"echo o''ne\r", b"\necho t''wo\r", b"\n"]])
def test_the_end_of_a_line_is_the_enter_key(tmp_path: Path, pieces: list[bytes]) -> None:
    async def work(here: Seat) -> None:
        for piece in pieces:
            here.hear(Data(piece))
        said = await here.until("two\r\n")
        assert "one\r\n" in said
        assert "\r\n\r\n" not in said

    _run(tmp_path, work, binary=False)


TRAPS = "trap 'echo caught INT' INT; trap 'echo caught QUIT' QUIT; echo ready; while :; do sleep 0.05; done"


@pytest.mark.parametrize(("kind", "caught"), [(Control.IP, "INT"), (Control.BRK, "INT"), (Control.ABORT, "QUIT")])
def test_signals_reach_what_runs_in_front(tmp_path: Path, kind: Control, caught: str) -> None:
    async def work(here: Seat) -> None:
        here.hear(Data(b"sh traps\r"))
        await here.until("ready")
        here.hear(Signal(kind))
        await here.until(f"caught {caught}")

    (tmp_path / "traps").write_text(TRAPS)
    _run(tmp_path, work)


def test_the_end_of_input_is_one_for_the_shell(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(Data(b"echo REA''DY\r"))
        await here.until("READY\r\n")
        here.hear(Signal(Control.EOF))
        assert await here.session.run() == 0

    _run(tmp_path, work)


def test_an_interrupt_hurries_through_what_was_printed(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(Data(b"sh -c \"echo REA''DY; exec cat\"\r"))
        await here.until("READY\r\n")
        here.hear(Data(b"\x03"))
        await here.until("^C")
        assert Signal(Control.SYNCH) in here.desk.paper.said

    _run(tmp_path, work)


def test_nothing_waits_ahead_of_a_synch(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.desk.paper.pending = 1
        here.hear(Signal(Control.AO))
        assert not here.session.reading
        assert Signal(Control.SYNCH) not in here.desk.paper.said
        here.hear(Data(b"echo af''ter\r"))
        here.desk.paper.pending = 0
        await here.until("after")
        said = here.desk.paper.said
        assert said.index(Signal(Control.SYNCH)) < next(
            place for place, message in enumerate(said) if isinstance(message, Data) and b"after" in message.data
        )

    _run(tmp_path, work)


def test_abort_output_is_answered_by_a_synch_and_are_you_there_by_a_word(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(Signal(Control.AO), Signal(Control.AYT))
        assert Signal(Control.SYNCH) in here.desk.paper.said
        assert Data(ALIVE) in here.desk.paper.said

    _run(tmp_path, work)


def test_the_window_is_followed(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(WindowSize(133, 41), Data(b"stty size\r"))
        await here.until("41 133")

    _run(tmp_path, work)


def test_a_shell_that_prints_more_than_is_read_has_to_wait(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(Data(b"yes\r"))
        await here.until("\r\ny\r\ny\r\n")
        here.desk.paper.pending = 10**6
        await here.until_so(lambda: not here.session.reading)
        here.desk.paper.pending = 0
        await here.until("y\r\n" * 1000)
        here.hear(Data(b"\x03"))
        await here.until("^C")

    _run(tmp_path, work)


def test_a_shell_that_takes_nothing_makes_the_visitor_wait(tmp_path: Path) -> None:
    async def work(here: Seat) -> None:
        here.hear(Data(b"stty raw -echo; echo REA''DY; sleep 1000\r"))
        await here.until("READY")
        here.hear(Data(b"x" * 1_000_000))
        assert here.desk.paper.held

    _run(tmp_path, work)
