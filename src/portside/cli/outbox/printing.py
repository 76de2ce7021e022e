"""A queued message itself, on stdout."""

from __future__ import annotations

import sys

from portside.apps.outbox.outbox import PIECE, Outbox
from portside.cli.screen import is_watched
from portside.syntax.visible import visible


async def print_content(outbox: Outbox, name: str) -> None:
    """Print it octet for octet; to a person, with what would upset the terminal made visible."""
    content = await outbox.content(name)
    if isinstance(content, bytes):
        _print(content)
        return
    with content:
        while piece := content.read(PIECE):
            _print(piece)


def _print(data: bytes) -> None:
    if is_watched(sys.stdout):
        for line in data.decode("utf-8", "backslashreplace").splitlines():
            print(visible(line))
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
