from __future__ import annotations

import asyncio

from portside.mail.envelope import Envelope, Origin
from portside.protocols.smtp.server.sink import SinkStore


def test_everything_is_taken_and_forgotten_at_once() -> None:
    sink = SinkStore()

    async def story() -> list[str]:
        names = []
        for _ in range(3):
            incoming = sink.receive()
            incoming.write(b"x")
            future = incoming.keep(Envelope(""), Origin("mx", 0.0))
            assert future.done()
            names.append(future.result())
        sink.receive().drop()
        return names

    assert asyncio.run(story()) == ["1", "2", "3"]
    assert sink.kept == 3
