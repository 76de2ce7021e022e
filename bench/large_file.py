"""A file of 100 MB against nginx."""

from __future__ import annotations

from bench.measure import Ratio, compare, folder, nginx, portside, wrk


def run() -> list[Ratio]:
    with folder() as home, portside(home) as ours, nginx(home) as theirs:
        return [
            compare(
                "100 MB",
                lambda: wrk(ours, "100m.bin", connections=2)["bytes"] / 1e6,
                lambda: wrk(theirs, "100m.bin", connections=2)["bytes"] / 1e6,
                unit="MB/s",
                peer="nginx",
                wanted=1.0,
            )
        ]
