"""The mailbox: 100,000 messages, and how long a page of them takes, and a search.

There is nobody to be compared with: what is asked for is an answer within 100 ms, the median of several.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.measure import ROUNDS
from portside.mail.maildir.mailbox import Mailbox

MEMORY = Path("/dev/shm")
"""Where the files lie: what is measured is the index, which a disk would have in its cache."""
MESSAGES = 100_000
WANTED_MS = 100.0
WORDS = [f"{a}{b}{c}" for a in ("ba", "do", "ki", "lu", "mo", "ne", "pa", "ri", "so", "tu") for b in "aeiou" for c in (
    "n", "r", "st", "lt", "m", "k", "sh", "p", "v", "z")]  # fmt: skip
"""500 words that texts are made of."""
QUERIES = {
    "a page, the latest": "",
    "a word that all have": "harbour",
    "a word that few have": "lighthouse",
    "two words": "baan kiust",
    "a phrase": '"harbour of"',
    "from one sender": "from:sender42@example.test",
    "unread, with an attachment": "is:unread has:attachment",
    "a subject, and not a word": "subject:number -lighthouse",
}


def _fill(folder: Path) -> None:
    chance = random.Random(11)
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    for number in range(MESSAGES):
        text = " ".join(chance.choices(WORDS, k=60))
        rare = "lighthouse" if number % 5_000 == 0 else ""
        (folder / "new" / f"{1_700_000_000 + number}.M{number}P1.bench").write_text(
            f"From: Sender {number % 500} <sender{number % 500}@example.test>\nTo: ann@example.test\n"
            f"Subject: number {number} of {MESSAGES}\nDate: Fri, 1 May 2026 12:00:00 +0000\n\n"
            f"The harbour of {text} {rare}\n"
        )


async def _milliseconds(ask: Callable[[], Awaitable[object]]) -> float:
    """The median of several answers, each the first of its kind or not."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await ask()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def _tell(name: str, figure: float, unit: str, wanted: float | None = None) -> None:
    verdict = "" if wanted is None else f"  (wanted {wanted:g}: {'yes' if figure <= wanted else 'NO'})"
    print(f"{name:<44} {figure:>11,.1f} {unit}{verdict}", flush=True)


async def _measure(folder: Path) -> None:
    async with Mailbox(folder) as mailbox:
        start = time.perf_counter()
        found = await mailbox.rebuild()
        _tell(f"mailbox: an index of {found:,} messages", found / (time.perf_counter() - start), "/s")
        for name, query in QUERIES.items():
            taken = await _milliseconds(lambda query=query: mailbox.summaries(query))  # type: ignore[misc]
            _tell(f"mailbox: {name}", taken, "ms", WANTED_MS)
        middle = (await mailbox.summaries(limit=50))[-1].id
        taken = await _milliseconds(lambda: mailbox.summaries(before=middle))
        _tell("mailbox: the next page", taken, "ms", WANTED_MS)
        _tell("mailbox: how many match", await _milliseconds(lambda: mailbox.count("harbour")), "ms", WANTED_MS)


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="portside-bench-", dir=MEMORY) as name:
        _fill(Path(name))
        asyncio.run(_measure(Path(name)))
