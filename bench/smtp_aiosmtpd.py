"""``python -m bench.smtp_aiosmtpd``: a server of aiosmtpd that keeps nothing; prints its port."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP

SIZE_LIMIT = 64 * 1024 * 1024


class Nothing:
    """Takes everything, and forgets it."""

    async def handle_DATA(self, *_: Any) -> str:
        return "250 OK"


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Nothing(), data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True), "127.0.0.1", 0, backlog=1000
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
