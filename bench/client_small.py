"""1 KB again and again over one connection: our client against http.client and httpx, nginx serving."""

from __future__ import annotations

import sys

from bench.measure import SECONDS, Ratio, compare, folder, nginx, output_of


def run() -> list[Ratio]:
    with folder() as home, nginx(home) as port:
        url = f"http://127.0.0.1:{port}/1k.txt"

        def rate(which: str) -> float:
            return float(output_of([sys.executable, "-m", "bench.clients", which, url, str(SECONDS)]))

        return [
            compare(
                f"client, 1 KB in sequence, {peer}",
                lambda: rate("portside"),
                lambda peer=peer: rate(peer),  # type: ignore[misc]
                unit="req/s",
                peer=peer,
                wanted=wanted,
            )
            for peer, wanted in (("httpx", 2.0), ("http.client", None))
        ]
