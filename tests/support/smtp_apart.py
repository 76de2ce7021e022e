"""A mail server in a thread beside the test, for commands that have the event loop of this one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.support import apart as beside
from tests.support.smtp_scripted import Scripted


@contextlib.contextmanager
def apart(server: Scripted | None = None) -> Iterator[Scripted]:
    """``server``, open."""
    script = server or Scripted()
    with beside.apart(script.open()):
        yield script
