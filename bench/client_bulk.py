"""Bulk to /dev/null: 'portside get' against curl, nginx serving. Both say themselves how fast it went."""

from __future__ import annotations

import json

from bench.measure import PORTSIDE, Ratio, compare, folder, nginx, output_of, program

SIZE = 2 * 1024**3
"""Bytes of the file (a sparse one): long enough that the start of either program matters little."""


def run() -> list[Ratio]:
    with folder() as home, nginx(home) as port:
        with (home / "www/bulk.bin").open("wb") as file:
            file.truncate(SIZE)
        url = f"http://127.0.0.1:{port}/bulk.bin"

        def curl() -> float:
            figures = output_of([program("curl"), "-s", "-o", "/dev/null", "-w", "%{size_download} %{time_total}", url])
            size, seconds = figures.split()
            assert int(size) == SIZE
            return SIZE / float(seconds) / 1e6

        def ours() -> float:
            figures = json.loads(output_of([*PORTSIDE, "get", "-q", "--json", "-o", "/dev/null", url]))
            assert figures["bytes"] == SIZE
            return SIZE / float(figures["seconds"]) / 1e6

        return [compare("client, bulk to /dev/null", ours, curl, unit="MB/s", peer="curl", wanted=1.0)]
