"""``python -m bench.smtp_load CLIENT PORT COUNT``: so many messages of 5 KB, flat out; prints messages a second."""

from __future__ import annotations

import asyncio
import smtplib
import sys
import time

import aiosmtplib

from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.client import Mailer, Settings

CONNECTIONS = 4
FROM, TO = "a@example.test", "b@example.test"
HEAD = b"From: a@example.test\r\nTo: b@example.test\r\nSubject: bench\r\nDate: Fri, 1 May 2026 12:00:00 +0000\r\n"
CONTENT = HEAD + b"Message-ID: <bench@example.test>\r\n\r\n" + (b"0123456789" * 7 + b"\r\n") * 69
"""5,120 octets, more or less."""


async def ours(port: int, count: int) -> None:
    envelope = Envelope(FROM, (Recipient(TO),))
    async with Mailer(Settings(f"smtp://127.0.0.1:{port}", connections=CONNECTIONS, messages=count)) as mailer:
        async for _, outcome in mailer.send_all((envelope, CONTENT) for _ in range(count)):
            if not outcome.delivered:
                raise SystemExit(f"a message was refused: {outcome.results[0].text}")


async def by_aiosmtplib(port: int, count: int) -> None:
    async def send(number: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=60) as client:
            for _ in range(number, count, CONNECTIONS):
                await client.sendmail(FROM, [TO], CONTENT)

    await asyncio.gather(*(send(number) for number in range(CONNECTIONS)))


async def by_smtplib(port: int, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for _ in range(count):
            client.sendmail(FROM, [TO], CONTENT)


CLIENTS = {"portside": ours, "aiosmtplib": by_aiosmtplib, "smtplib": by_smtplib}


def main() -> None:
    who, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    start = time.perf_counter()
    asyncio.run(CLIENTS[who](port, count))
    print(count / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
