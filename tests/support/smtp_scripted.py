"""A mail server that says whatever a test wants, in the test's own loop: for what no decent server does.

It takes everything. ``answers`` replaces what it says to a verb, to the content (``.``), or ahead of all
(``greeting``): a text, several in turn, or what a call gives; "" closes the connection, and None says nothing. All
commands stand in ``said``, the contents (as they travel, dots stuffed) in ``contents``. With ``tls`` it begins TLS
after a 220 to STARTTLS, or, where ``implicit``, at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from tests.support.standins import standing_in

Answer = str | None | list[str | None] | Callable[[str], str | None]
USUAL: dict[str, Answer] = {
    "greeting": "220 scripted.test ESMTP", "EHLO": "250-scripted.test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES",
    "HELO": "250 scripted.test", "LHLO": "250-scripted.test\r\n250 PIPELINING", "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok", "DATA": "354 go on", "BDAT": "250 2.0.0 taken", ".": "250 2.0.0 kept",
    "RSET": "250 2.0.0 ok", "QUIT": "221 2.0.0 bye", "STARTTLS": "502 no TLS", "AUTH": "235 2.7.0 in",
}  # fmt: skip


@dataclass
class Scripted:
    """One server; ``url`` is where it is while it is open, ``port`` too."""

    answers: dict[str, Answer] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    visits: int = 0
    port: int = 0
    lmtp: bool = False
    tls: ssl.SSLContext | None = None
    implicit: bool = False

    @property
    def url(self) -> str:
        scheme = "lmtp" if self.lmtp else "smtps" if self.implicit else "smtp"
        return f"{scheme}://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Scripted]:
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.visits += 1
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await _Visit(self, reader, writer).run()
            writer.close()

        options = {"ssl": self.tls} if self.implicit else {}
        async with standing_in(visit, limit=64 * 1024 * 1024, **options) as address:
            self.port = address.port
            yield self

    def answer(self, verb: str, line: str) -> str | None:
        found = self.answers.get(verb, USUAL.get(verb, "500 what?"))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found(line) if callable(found) else found

    def verbs(self) -> list[str]:
        """The verbs of what was said."""
        return [line.partition(" ")[0] for line in self.said]


class _Visit:
    def __init__(self, script: Scripted, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._script = script
        self._reader = reader
        self._writer = writer
        self._recipients = 0
        self._chunks = b""

    async def run(self) -> None:
        if not await self._say("greeting", ""):
            return
        while line := (await self._reader.readline()).decode("utf-8", "surrogateescape").rstrip("\r\n"):
            self._script.said.append(line)
            verb = line.partition(" ")[0].upper()
            if verb == "BDAT":
                await self._take_chunk(line)
            answer = await self._say(verb, line)
            if not answer or verb == "QUIT":
                return
            if verb == "RCPT" and answer.startswith("2"):
                self._recipients += 1
            if verb == "STARTTLS" and answer.startswith("220") and self._script.tls is not None:
                await self._writer.start_tls(self._script.tls)
            if answer.startswith("354") and not await self._take_content():
                return

    async def _take_content(self) -> bool:
        content = await self._reader.readuntil(b".\r\n")
        while not (content == b".\r\n" or content.endswith(b"\r\n.\r\n")):
            content += await self._reader.readuntil(b".\r\n")
        self._script.contents.append(content[:-3])
        count, self._recipients = (self._recipients if self._script.lmtp else 1), 0
        for _ in range(count):
            if not await self._say(".", ""):
                return False
        return True

    async def _take_chunk(self, line: str) -> None:
        _, count, *last = line.split(" ")
        self._chunks += await self._reader.readexactly(int(count))
        if last:
            self._script.contents.append(self._chunks)
            self._chunks = b""

    async def _say(self, verb: str, line: str) -> str:
        """What was said, "" where the connection is to be closed."""
        answer = self._script.answer(verb, line)
        if answer:
            self._writer.write(answer.encode("utf-8", "surrogateescape") + b"\r\n")
            await self._writer.drain()
        if answer is None:
            await self._reader.read()  # silence, until the other side has enough of it
            return ""
        return answer
