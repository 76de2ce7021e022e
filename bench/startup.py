"""How long the command takes to start, against the bare interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from bench.measure import PORTSIDE

RUNS = 21
ALLOWED = 0.100
"""Seconds more than the bare interpreter."""


def run() -> None:
    bare, ours = [], []
    for _ in range(RUNS):
        bare.append(_seconds([sys.executable, "-c", "pass"]))
        ours.append(_seconds([*PORTSIDE, "--version"]))
    more = statistics.median(ours) - statistics.median(bare)
    verdict = "yes" if more < ALLOWED else "NO"
    print(f"'portside --version' takes {more * 1000:.0f} ms more than the bare interpreter (wanted < 100: {verdict})")


def _seconds(arguments: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
