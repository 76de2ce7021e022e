"""The mail client: messages of 5 KB a second into Postfix's smtp-sink, against aiosmtplib and ``smtplib``.

Each sends from a core of its own, over connections that are used again: ours and aiosmtplib over four at once,
``smtplib`` over one.
"""

from __future__ import annotations

import sys

from bench.measure import Ratio, compare, output_of
from bench.smtp_servers import COUNT, DISK, smtp_sink


def _rate(who: str, port: int) -> float:
    return float(output_of([sys.executable, "-W", "ignore", "-m", "bench.smtp_load", who, str(port), str(COUNT)]))


def run() -> list[Ratio]:
    with smtp_sink(DISK) as port:
        return [
            compare(
                "SMTP out",
                lambda: _rate("portside", port),
                lambda peer=peer: _rate(peer, port),  # type: ignore[misc]
                unit="/s",
                peer=peer,
                wanted=2.0,
            )
            for peer in ("aiosmtplib", "smtplib")
        ]
