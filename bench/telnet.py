"""Telnet: lines through negotiation and back, by a coroutine of ours and one of telnetlib3's."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from bench.measure import SERVER_CORE, Ratio, compare, free_port, output_of, pinned, serving

LINES = 20_000


@contextlib.contextmanager
def _portside() -> Iterator[int]:
    with serving("telnet", "bench.telnet_echo:app", "--quiet") as (port, _):
        yield port


@contextlib.contextmanager
def _telnetlib3() -> Iterator[int]:
    port = free_port()
    arguments = [sys.executable, "-m", "bench.telnet_echo", str(port)]
    with pinned(arguments, SERVER_CORE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield port


def _load(port: int) -> float:
    return float(output_of([sys.executable, "-m", "bench.telnet_load", str(port), str(LINES)])) / 1e6


def run() -> list[Ratio]:
    with _portside() as ours, _telnetlib3() as theirs:
        return [
            compare(
                "Telnet, lines and their echo",
                lambda: _load(ours),
                lambda: _load(theirs),
                unit="MB/s",
                peer="telnetlib3",
                wanted=5.0,
            )
        ]
