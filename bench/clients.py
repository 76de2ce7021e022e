"""``python -m bench.clients WHICH URL SECONDS``: one client on one connection, flat out; prints requests/s."""

from __future__ import annotations

import asyncio
import sys
import time
from urllib.parse import urlsplit

SIZE = 1024


def http_client(url: str, seconds: float) -> float:
    import http.client

    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        connection.request("GET", parts.path)
        assert len(connection.getresponse().read()) == SIZE
        count += 1
    return count / (time.perf_counter() - start)


def httpx(url: str, seconds: float) -> float:
    import httpx

    count = 0
    with httpx.Client() as client:
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            assert len(client.get(url).content) == SIZE
            count += 1
        return count / (time.perf_counter() - start)


def portside(url: str, seconds: float) -> float:
    from portside import Client

    async def ask() -> float:
        count = 0
        async with Client() as client:
            start = time.perf_counter()
            while time.perf_counter() - start < seconds:
                answer = await client.get(url)
                assert len(answer.content) == SIZE
                count += 1
            return count / (time.perf_counter() - start)

    return asyncio.run(ask())


CLIENTS = {"http.client": http_client, "httpx": httpx, "portside": portside}

if __name__ == "__main__":
    print(CLIENTS[sys.argv[1]](sys.argv[2], float(sys.argv[3])))
