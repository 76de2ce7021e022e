"""How a request of the web ended: with an error, or as an object for a program to read."""

from __future__ import annotations

import json
import time
from pathlib import Path

from portside.cli.screen import show
from portside.errors import RemoteError
from portside.protocols.http.client.answer import Answer


def judge(answer: Answer) -> None:
    """Raises ``RemoteError`` for an answer that is an error."""
    if answer.status >= 400:
        hint = "; log in with -u" if answer.status == 401 else ""
        raise RemoteError(f"{answer.url} answered {answer.status} {answer.head.phrase}".rstrip() + hint, answer.status)


def report(answer: Answer, came: int, began: float, file: Path | None) -> None:
    """Print what happened as one JSON object; ``came`` bytes, ``began`` on the monotonic clock."""
    seconds = time.monotonic() - began
    show(
        json.dumps(
            {
                "url": str(answer.url),
                "status": answer.status,
                "reason": answer.head.phrase,
                "headers": [[name, value] for name, value in answer.headers],
                "redirects": [str(one.url) for one in answer.history],
                "bytes": came,
                "seconds": round(seconds, 6),
                "rate": round(came / seconds) if seconds > 0 else None,
                "file": None if file is None else str(file),
            }
        )
    )
