"""Opening a page in the user's browser, without its address on a command line.

The address holds the token that keeps others out, and every user of a machine sees the arguments of all processes. So
the browser is given a private file that leads to the page, and a file's own permissions say who may follow.
"""

from __future__ import annotations

import contextlib
import html
import os
import tempfile
import webbrowser
from collections.abc import Iterator
from pathlib import Path

PREFIX = "portside-open-"
"""How private folders begin."""
NAME = "open.html"
PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}">
<title>Portside</title>
<a href="{url}">The page</a>
"""


@contextlib.contextmanager
def opened(url: str) -> Iterator[bool]:
    """Open ``url``; False where no browser was found. The private file is there until the end of the context.

    Raises ``OSError`` where it can't be written.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        path = Path(folder) / NAME
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(PAGE.format(url=html.escape(url)))
        yield webbrowser.open(path.as_uri())
