"""Without a person: lines from stdin, or steps of "expect this, send that"; what the server says goes to stdout.

*Lines* are sent as they come, with the ends that Telnet has. When stdin has ended the server may go on, until it closes
or has been silent for ``quiet`` seconds. Bytes go to stdout as they came, but for line ends, which are newlines here.

*Steps* are carried out in their order, and nothing is read from stdin. After a last one that says something the server
is listened to as after a last line.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from enum import Enum

from portside.cli.terminal.log import Log
from portside.errors import LocalError, PortsideError, TimedOut, UsageError
from portside.protocols.telnet.client.connection import Connection
from portside.protocols.telnet.client.session import TelnetSession
from portside.protocols.telnet.client.text import line_end
from portside.protocols.telnet.messages import Data, Message, Option, Party

MOST_KEPT = 1024 * 1024
"""Bytes that wait for stdout before the server has to: some reads' worth, so that writes are large."""
CLOSING = 5.0
"""Seconds within which the server has to take what was said last."""


class Do(Enum):
    """What a step does."""

    EXPECT = "expect"
    SEND = "send"
    SECRET = "secret"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: wait for a regular expression, say a line, or say one whose text is in the environment."""

    do: Do
    text: str


class Output:
    """Where what the server says goes: stdout, and a log where one is kept. ``exact``: line ends stay as they came."""

    def __init__(self, log: Log | None, *, exact: bool = False) -> None:
        self._log = log
        self._exact = exact
        self._cr = b""
        self.count = 0

    def put(self, data: bytes) -> None:
        """Show ``data``. A CR at its end waits for what comes next, or for ``end``."""
        self.count += len(data)
        if self._log is not None:
            self._log.write(data)
        if not self._exact:
            data = self._cr + data
            self._cr = b"\r" if data.endswith(b"\r") else b""
            data = data.removesuffix(self._cr).replace(b"\r\n", b"\n")
        self._write(data)

    def end(self) -> None:
        """Nothing more comes."""
        cr, self._cr = self._cr, b""
        self._write(cr)

    @staticmethod
    def _write(data: bytes) -> None:
        if data and sys.stdout is not None:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()


class Incoming:
    """What the server has said and nobody has taken yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._held = False
        self._changed = asyncio.Event()
        self._error: PortsideError | None = None
        self.over = False
        self.connection: Connection | None = None

    def heard(self, message: Message) -> None:
        """See ``Connection``."""
        if isinstance(message, Data):
            self._pieces.append(message.data)
            self._size += len(message.data)
            self._changed.set()
            if self._size > MOST_KEPT and self.connection is not None and not self._held:
                self._held = True
                self.connection.hold()

    def lost(self, error: PortsideError | None) -> None:
        """See ``Connection``."""
        self.over, self._error = True, error
        self._changed.set()

    async def take(self) -> bytes:
        """All of it, once there is something; empty once the server has closed. Raises what broke the conversation."""
        while not self._pieces and not self.over:
            await self.wait()
        return self.take_now()

    def take_now(self) -> bytes:
        """All of it, which may be nothing. Raises what broke the conversation, after the last of it."""
        data, self._pieces, self._size = b"".join(self._pieces), [], 0
        if not data and self._error is not None:
            raise self._error
        if self._held and self.connection is not None:
            self._held = False
            self.connection.release()
        return data

    async def wait(self) -> None:
        """Return when something has changed."""
        self._changed.clear()
        await self._changed.wait()

    def wake(self) -> None:
        """Something has changed."""
        self._changed.set()


# --------------------------------------------------------------------------------------------------------- steps


async def carry_out(
    session: TelnetSession, steps: Sequence[Step], output: Output, timeout: float, quiet: float = 0.0
) -> None:
    """Do all steps. Raises ``TimedOut`` where something is not said within ``timeout`` s (0: wait for ever)."""
    try:
        for step in steps:
            if step.do is Do.EXPECT:
                found = await session.expect(step.text, timeout=timeout or None)
                output.put(_bytes(found.before + found.text))
            elif step.do is Do.SEND:
                session.send_line(step.text)
            else:
                _say_secret(session, step.text)
        if steps and steps[-1].do is not Do.EXPECT:
            await _listen(session, output, quiet)
    finally:
        output.put(_bytes(session.read_available()))
        output.end()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _say_secret(session: TelnetSession, name: str) -> None:
    if name not in os.environ:
        raise UsageError(f"--send-secret {name}: there is no such variable in the environment")
    try:
        session.send_secret(os.environ[name])
    except LocalError as error:
        raise UsageError(f"--send-secret {name}: {error}") from error


async def _listen(session: TelnetSession, output: Output, quiet: float) -> None:
    while quiet and not session.closed:
        try:
            async with asyncio.timeout(quiet):
                output.put(_bytes(await session.read()))
        except TimeoutError:
            if not session.pending:
                return


# --------------------------------------------------------------------------------------------------------- lines


async def pass_on(
    incoming: Incoming, lines: AsyncIterable[bytes], output: Output, quiet: float, *, exact: bool = False
) -> None:
    """Send ``lines``, with Telnet's ends unless they are ``exact`` bytes; listen until the server closes or has been
    silent for ``quiet`` s; then leave.

    Raises what broke the conversation, and ``TimedOut`` where the server does not take what was said.
    """
    showing = asyncio.ensure_future(_show(incoming, output))
    sending = asyncio.ensure_future(_send(incoming, lines, exact))
    try:
        await asyncio.wait({showing, sending}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
            await _until_silent(showing, incoming, output, quiet)
        if showing.done():
            showing.result()
    finally:
        for task in (showing, sending):
            task.cancel()
        await asyncio.wait({showing, sending})
    output.put(incoming.take_now())
    output.end()
    await _leave(incoming)


async def _show(incoming: Incoming, output: Output) -> None:
    while data := await incoming.take():
        output.put(data)


async def _send(incoming: Incoming, lines: AsyncIterable[bytes], exact: bool) -> None:
    connection = incoming.connection
    assert connection is not None, "there is a connection before anything is passed on"
    connection.when_drained(incoming.wake)
    async for line in lines:
        end = line_end(binary=connection.on(Option.BINARY, Party.US))
        connection.say(Data(line if exact else _ended(line, end.encode())))
        while connection.slow and not incoming.over:
            await incoming.wait()
        if incoming.over:
            return


def _ended(line: bytes, end: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r") + end if line.endswith(b"\n") else line


async def _until_silent(showing: asyncio.Future[None], incoming: Incoming, output: Output, quiet: float) -> None:
    while quiet and not showing.done():
        before = output.count
        await asyncio.wait({showing}, timeout=quiet)
        waiting = incoming.connection.pending if incoming.connection is not None else 0
        if output.count == before and not waiting:
            return


async def _leave(incoming: Incoming) -> None:
    """Close in good order: what was said has left then."""
    connection = incoming.connection
    if connection is None or incoming.over:
        return
    connection.close()
    try:
        async with asyncio.timeout(CLOSING):
            while not incoming.over:
                await incoming.wait()
    except TimeoutError:
        waiting = connection.pending
        connection.abort()
        if waiting:
            raise TimedOut(f"the server did not take the last {waiting:,} bytes of what was said") from None
