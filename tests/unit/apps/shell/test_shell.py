from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from portside.accounts.users import KnownAccounts, User, given
from portside.apps.shell import shell as room
from portside.apps.shell.environment import Owner
from portside.apps.shell.shell import Shell, ending
from portside.errors import LocalError
from portside.protocols.telnet.server import visit
from tests.support.visitors import PATIENCE, calling, hosting


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for answers that do not come."""
    monkeypatch.setattr(visit, "SILENCE", 0.01)
    monkeypatch.setattr(visit, "SETTLING", 0.01)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    accounts = KnownAccounts(given([(User("ann"), "sesame")], cost=4))
    return Shell(accounts, user=Owner("ann", str(tmp_path), "/bin/sh"))


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 3 * PATIENCE))


def test_from_the_login_to_the_exit_status(shell: Shell) -> None:
    async def work() -> None:
        async with hosting(shell, world=False) as server, calling(server) as caller:
            await caller.until(b"cleartext")
            caller.say(b"ann\r\nsesame\r\necho 'wel''come'; exit 3\r\n")
            said = await caller.rest()
            assert b"welcome" in said
            assert said.endswith(b"The shell has ended: exit status 3.\r\n")
            assert b"sesame" not in said

    _run(work())


def test_no_shell_without_the_password(shell: Shell) -> None:
    async def work() -> None:
        async with hosting(shell, world=False) as server, calling(server) as caller:
            caller.say(b"ann\r\nwrong\r\n" * 3 + b"echo in''side\r\n")
            said = await caller.rest()
            assert said.count(b"Login incorrect") == 3
            assert b"inside" not in said

    _run(work())


def test_a_stop_hangs_up(shell: Shell) -> None:
    async def work() -> None:
        async with hosting(shell, world=False) as server, calling(server) as caller:
            caller.say(b"ann\r\nsesame\r\necho in''side; sleep 1000\r\n")
            await caller.until(b"inside")
            await server.stop(PATIENCE)
            assert b"This server stops now" in await caller.rest()
            assert server.visitors == 0

    _run(work())


def test_where_there_is_no_shell_the_visitor_is_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def none(*_: object) -> None:
        raise LocalError("the system has no terminal left for a shell")

    async def work() -> None:
        async with hosting(shell, world=False) as server, calling(server) as caller:
            caller.say(b"ann\r\nsesame\r\n")
            assert b"no shell for you" in await caller.rest()

    monkeypatch.setattr(room, "Child", none)
    _run(work())
    assert "no terminal left" in caplog.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "exit status 0"),
        (130, "exit status 130"),
        (-9, "signal SIGKILL"),
        (-99, "signal 99"),
        (None, "the visitor left"),
    ],
)
def test_an_end_has_words(status: int | None, words: str) -> None:
    assert ending(status) == words
