"""Without a person: lines from stdin, or steps of "expect this, send that"; what the server says goes to stdout.

Lines are sent as they come, ended by CR LF. When stdin has ended, the server may go on until it closes, or has been
silent for ``quiet`` seconds. Steps are carried out in their order, and nothing is read from stdin then.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from enum import Enum

from portside.cli.terminal.log import Log
from portside.errors import UsageError
from portside.protocols.telnet.client.session import TelnetSession


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
    """Where what the server says goes: stdout, and a log where one is kept."""

    def __init__(self, log: Log | None) -> None:
        self._log = log

    def put(self, text: str) -> None:
        """Show ``text`` as it came."""
        data = text.encode("utf-8", "surrogateescape")
        if self._log is not None:
            self._log.write(data)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


async def carry_out(session: TelnetSession, steps: Sequence[Step], output: Output, timeout: float) -> None:
    """Do all steps. Raises ``TimedOut`` where something is not said within ``timeout`` s (0: wait for ever)."""
    for step in steps:
        if step.do is Do.EXPECT:
            found = await session.expect(step.text, timeout=timeout or None)
            output.put(found.before + found.text)
        else:
            session.send_line(step.text if step.do is Do.SEND else _secret(step.text))
    await _listen(session, output, 0.0)


def _secret(name: str) -> str:
    if name not in os.environ:
        raise UsageError(f"--send-secret {name}: there is no such variable in the environment")
    return os.environ[name]


async def pass_on(session: TelnetSession, lines: AsyncIterable[bytes], output: Output, quiet: float) -> None:
    """Send ``lines``; then listen until the server closes or is silent for ``quiet`` s."""
    sending = asyncio.create_task(_send(session, lines))
    try:
        while not sending.done() and not session.closed:
            reading = asyncio.create_task(session.read())
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                reading.cancel()
                break
            output.put(reading.result())
        if sending.done():
            await sending
        await _listen(session, output, quiet)
    finally:
        sending.cancel()


async def _send(session: TelnetSession, lines: AsyncIterable[bytes]) -> None:
    async for line in lines:
        if session.closed:
            return
        session.send_bytes(line.rstrip(b"\r\n") + (b"\r\n" if line.endswith(b"\n") else b""))
        await session.drain()


async def _listen(session: TelnetSession, output: Output, quiet: float) -> None:
    output.put(session.read_available())
    while quiet and not session.closed:
        try:
            async with asyncio.timeout(quiet):
                output.put(await session.read())
        except TimeoutError:
            return
    output.put(session.read_available())
