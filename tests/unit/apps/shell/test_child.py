from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
import signal
import termios
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from portside.apps.shell import child as room
from portside.apps.shell.child import Child
from portside.apps.shell.environment import Owner, environment
from portside.errors import LocalError
from tests.support.visitors import PATIENCE

CONTROL_BYTE = 1


@pytest.fixture
def user(tmp_path: Path) -> Owner:
    return Owner("ann", str(tmp_path), "/bin/sh")


@asynccontextmanager
async def _shell(user: Owner) -> AsyncIterator[Child]:
    """A shell that is gone afterwards."""
    child = Child(user, environment(user, "vt100", {}), 80, 24)
    try:
        yield child
    finally:
        await child.hang_up()


async def _until(child: Child, wanted: bytes) -> bytes:
    """What the shell prints, up to ``wanted``."""
    said, loop = bytearray(), asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(child.terminal, ready.set)
    try:
        while wanted not in said:
            await asyncio.wait_for(ready.wait(), PATIENCE)
            ready.clear()
            said += _read(child.terminal)
    finally:
        loop.remove_reader(child.terminal)
    return bytes(said)


def _read(terminal: int) -> bytes:
    try:
        packet = os.read(terminal, 65536)
    except BlockingIOError:
        return b""
    return packet[CONTROL_BYTE:] if packet[0] == termios.TIOCPKT_DATA else b""


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 3 * PATIENCE))


def _open_terminals() -> int:
    """How many; of other files what others have left open may close at any time."""
    with os.scandir("/proc/self/fd") as files:
        return sum(os.path.realpath(file).startswith(("/dev/pts/", "/dev/ptmx")) for file in files)


def _ends(pid: int) -> bool:
    """Whether a process that is no child of ours has been killed: it is gone, or nobody has taken it yet."""
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        with contextlib.closing(os.fdopen(descriptor)):
            return bool(select.select([descriptor], [], [], PATIENCE)[0])
    return True


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_shell_stands_at_home_on_a_terminal_of_its_own(user: Owner) -> None:
    async def work() -> None:
        async with _shell(user) as child:
            os.write(child.terminal, b"pwd; tty; echo $TERM $USER; stty size; echo DO''NE\r")
            said = await _until(child, b"DONE\r\n")
        for fact in (user.home.encode(), b"/dev/pts/", b"vt100 ann", b"24 80"):
            assert fact in said
        assert _is_gone(child.pid)

    _run(work())


def test_its_exit_status_is_known_and_no_zombie_is_left(user: Owner) -> None:
    async def work() -> None:
        async with _shell(user) as child:
            os.write(child.terminal, b"exit 7\r")
            assert await child.ended() == 7
            assert _is_gone(child.pid)

    _run(work())


def test_a_resize_is_seen(user: Owner) -> None:
    async def work() -> None:
        async with _shell(user) as child:
            os.write(child.terminal, b"sh waits\r")
            await _until(child, b"ready")
            child.resize(133, 41)
            assert b"41 133" in await _until(child, b"done")

    (Path(user.home) / "waits").write_text(
        "trap 'stty size; echo done' WINCH; echo ready; while :; do sleep 0.05; done"
    )
    _run(work())


@pytest.mark.parametrize("command", ["trap '' HUP; sh waits", "trap '' HUP; exec sh waits"])
def test_a_shell_that_ignores_the_hangup_is_killed_with_what_runs_in_front(
    user: Owner, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    async def work() -> None:
        async with _shell(user) as child:
            os.write(child.terminal, f"{command}\r".encode())
            said = await _until(child, b"is ready")
        number = re.search(rb"([0-9]+) is ready", said)
        assert number is not None
        assert _is_gone(child.pid)
        assert _ends(int(number[1]))

    monkeypatch.setattr(room, "AFTER_HANGUP", 0.05)
    (Path(user.home) / "waits").write_text("echo $$ is ready; while :; do sleep 0.05; done")
    _run(work())


def test_the_hangup_is_said_once(user: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing the terminal says it; by a second one bash would end at once, and leave its jobs behind."""
    told: list[int] = []
    monkeypatch.setattr(room.os, "killpg", lambda _group, number: told.append(number))

    async def work() -> None:
        async with _shell(user) as child:
            pass
        assert await child.ended() == -signal.SIGHUP

    _run(work())
    assert told == []


def test_nothing_is_left_open(user: Owner) -> None:
    async def work() -> None:
        before = _open_terminals()
        for _ in range(3):
            async with _shell(user):
                assert _open_terminals() > before
        assert _open_terminals() == before

    _run(work())


def test_signals_that_the_server_ignores_are_heard_by_the_shell(user: Owner) -> None:
    async def work() -> None:
        before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        try:
            async with _shell(user) as child:
                os.write(child.terminal, b"exec sh waits\r")
                await _until(child, b"ready")
                os.kill(child.pid, signal.SIGUSR1)
                assert await child.ended() == -signal.SIGUSR1
        finally:
            signal.signal(signal.SIGUSR1, before)

    (Path(user.home) / "waits").write_text("echo ready; while :; do sleep 0.05; done")
    _run(work())


def test_the_characters_with_a_meaning_are_those_of_the_terminal(user: Owner) -> None:
    async def work() -> None:
        async with _shell(user) as child:
            os.write(child.terminal, b"stty intr ^X susp undef; echo DO''NE\r")
            await _until(child, b"DONE\r\n")
            assert child.special(termios.VINTR) == b"\x18"
            assert child.special(termios.VSUSP) == b""

    _run(work())


def test_where_the_system_has_no_terminal_left_it_is_said(user: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> tuple[int, int]:
        raise OSError(28, "No space left on device")

    async def work() -> None:
        with pytest.raises(LocalError, match="no terminal left"):
            async with _shell(user):
                raise AssertionError("there is none")

    monkeypatch.setattr(room.pty, "openpty", none)
    _run(work())
