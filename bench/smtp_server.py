"""The mail server: messages of 5 KB a second, against aiosmtpd, Postfix's smtp-sink, and Postfix with its queue.

``smtp-source`` sends them from the other core, over 20 connections: one for each message, or used again. What is stored
lies on the disk when it is acknowledged, ours in a Maildir, Postfix's in its queue.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.measure import ROUNDS, Ratio, median_table
from bench.smtp_servers import DISK, SERVERS, rate

WARM = 200
"""Messages ahead of those that count: a server's first ones load what it needs."""
WANTED = {
    (False, "portside", "aiosmtpd"): 3.0,
    (False, "portside", "smtp-sink"): 0.6,
    (False, "portside, stored", "aiosmtpd"): 1.5,
    (False, "portside, stored", "Postfix"): 1.0,
    (True, "portside", "aiosmtpd"): 3.0,
    (True, "portside", "smtp-sink"): 0.35,
    (True, "portside, stored", "aiosmtpd"): 1.5,
    (True, "portside, stored", "Postfix"): 1.0,
}
"""On reused connections or not, who against whom, and the ratio that is asked for."""


def _measure(name: str, place: Path, *, reused: bool) -> float:
    """One server by itself: what another one has still to write would take its core."""
    with SERVERS[name](place) as port:
        rate(port, reused=reused, count=WARM)
        return rate(port, reused=reused)


def run() -> list[Ratio]:
    figures: dict[bool, dict[str, list[float]]] = {False: {}, True: {}}
    DISK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="portside-bench-", dir=DISK) as said:
        for _ in range(ROUNDS):
            for reused, measured in figures.items():
                for name in SERVERS:
                    measured.setdefault(name, []).append(_measure(name, Path(said), reused=reused))
    ratios = []
    for (reused, ours, theirs), wanted in WANTED.items():
        how = "reused connections" if reused else "a connection each"
        label = f"SMTP in, {how}" + (", stored" if "stored" in ours else "")
        measured = {"portside": figures[reused][ours], theirs: figures[reused][theirs]}
        ratios += median_table(label, measured, peers=(theirs,), unit="/s", wanted=wanted)
    return ratios
