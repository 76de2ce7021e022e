"""``kill -9`` of the mail server under the load of many senders, at moments drawn by lot.

Whatever was acknowledged with 250 is there after the next start: whole, once, under the name that was told. What was
not acknowledged is there whole or not at all. Between the kill and the start a mail program moves some messages and
deletes others: those stay where they are, and gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.mail_stores import content_of
from tests.support.processes import Running
from tests.support.served import Served

pytestmark = [pytest.mark.prove, pytest.mark.timeout(7200)]

Serve = Callable[..., Served]

KILLS = 1000 if os.environ.get("PORTSIDE_PROVE") == "1" else 5
SENDERS = 20
MOST_ACKNOWLEDGED = 300
"""Of one turn: each is ended after fewer, drawn by lot."""
LARGE_SHARE = 0.02
"""Of all messages: they go another way to the disk than small ones."""


@dataclass
class Ledger:
    """Every message by its digest: what was sent, what was acknowledged (with its name), what was deleted since."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def drawn(lots: random.Random) -> bytes:
    """A message as it travels, unlike any other."""
    size = lots.randrange(300_000, 900_000) if lots.random() < LARGE_SHARE else lots.randrange(100, 10_000)
    text = lots.randbytes(size // 2).hex()
    lines = (text[at : at + 76] for at in range(0, len(text), 76))
    return b"Subject: %d\r\n\r\n" % size + "".join(f"{line}\r\n" for line in lines).encode()


# ----------------------------------------------------------------------------------------------------- senders


async def send_on(port: int, lots: random.Random, ledger: Ledger, enough: asyncio.Event, most: int) -> None:
    """Send message after message over one connection, till the server is gone."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await said(reader, b"220")
            writer.write(b"EHLO client.test\r\n")
            await said(reader, b"250")
            while True:
                await send_one(reader, writer, drawn(lots), ledger)
                if len(ledger.acknowledged) >= most:
                    enough.set()
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def send_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: bytes, ledger: Ledger) -> None:
    writer.write(b"MAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
    for code in (b"250", b"250", b"354"):
        await said(reader, code)
    ledger.sent.add(digest(content))
    writer.write(content + b".\r\n")
    reply = await said(reader, b"250")
    name = re.search(rb"[0-9]+\.M[0-9]+P[0-9]+Q[0-9]+\.[\w.-]+", reply)
    assert name is not None, reply
    ledger.acknowledged[digest(content)] = name[0].decode().rstrip(".")


async def said(reader: asyncio.StreamReader, code: bytes) -> bytes:
    """The last line of a reply, which has to have this code."""
    while True:
        line = await reader.readuntil(b"\r\n")
        assert line.startswith(code), line
        if line[3:4] == b" ":
            return line


async def load(server: Served, lots: random.Random, ledger: Ledger) -> None:
    """Many senders at once; the server is killed at a moment drawn by lot."""
    enough, most = asyncio.Event(), lots.randrange(1, MOST_ACKNOWLEDGED)
    senders = [
        asyncio.create_task(send_on(server.port, random.Random(lots.random()), ledger, enough, most))
        for _ in range(SENDERS)
    ]
    waiting = asyncio.create_task(enough.wait())
    await asyncio.wait((waiting, *senders), return_when=asyncio.FIRST_COMPLETED)
    server.process.popen.kill()
    waiting.cancel()
    await asyncio.gather(*senders)


# --------------------------------------------------------------------------------------------------- the Maildir


def files(mail: Path) -> list[Path]:
    return [*(mail / "new").iterdir(), *(mail / "cur").iterdir()]


def meddle(mail: Path, lots: random.Random, ledger: Ledger) -> None:
    """What a mail program does while no server runs."""
    for file in sorted((mail / "new").iterdir()):
        chance = lots.random()
        if chance < 0.2:
            file.rename(mail / "cur" / f"{file.name}:2,S")
        elif chance < 0.4:
            ledger.deleted.add(digest(content_of(file)))
            file.unlink()


def check(mail: Path, ledger: Ledger) -> None:
    """All that has to be there is, and nothing else."""
    found: dict[str, str] = {}
    for file in files(mail):
        key = digest(content_of(file))
        assert key in ledger.sent, f"{file} is not whole"
        assert key not in ledger.deleted, f"{file} was deleted and has come back"
        assert key not in found, f"{file} is there twice"
        found[key] = file.name.partition(":")[0]
    expected = {key: name for key, name in ledger.acknowledged.items() if key not in ledger.deleted}
    assert expected.items() <= found.items(), f"{len(expected.keys() - found.keys())} acknowledged messages are missing"
    assert not list((mail / "tmp").iterdir())


def empty(mail: Path, ledger: Ledger) -> None:
    """Everything is read and deleted."""
    for file in files(mail):
        ledger.deleted.add(digest(content_of(file)))
        file.unlink()


def end(process: Running) -> None:
    process.wait()
    assert "Traceback" not in process.stderr
    assert "damaged" not in process.stderr


def test_whatever_was_acknowledged_outlives_kill_9_whole_and_once(served: Serve, tmp_path: Path) -> None:
    mail, lots, ledger = tmp_path / "mail", random.Random(21), Ledger()
    server = served("smtp", mail, "-q")
    for turn in range(KILLS):
        asyncio.run(load(server, lots, ledger))
        end(server.process)
        meddle(mail, lots, ledger)
        server = served("smtp", mail, "-q")
        assert ledger.acknowledged, f"nothing was acknowledged in turn {turn}"
        check(mail, ledger)
        empty(mail, ledger)
        ledger.acknowledged.clear()
    assert server.process.stop() == 0
    assert files(mail) == []
