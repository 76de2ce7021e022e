"""How much has been said so far, for a person who waits."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator

from portside.cli.mail.options import MailOptions
from portside.cli.screen import is_watched
from portside.cli.web.progress import bar
from portside.interfaces import Send, Step


class Octets:
    """An observer that counts what is sent, on all connections."""

    def __init__(self) -> None:
        self.sent = 0

    def saw(self, step: Step) -> None:
        """See ``Observer``."""
        for output in step.outputs:
            if isinstance(output, Send):
                self.sent += len(output.data)


def counting(mail: MailOptions) -> Octets | None:
    """What counts for the bar; None where nobody would look at one, or lines for a program would run into it."""
    if mail.quiet or mail.verbose or mail.json or not is_watched(sys.stderr) or not is_watched(sys.stdout):
        return None
    return Octets()


@contextlib.asynccontextmanager
async def shown(octets: Octets | None) -> AsyncIterator[None]:
    """A bar while the block runs, where somebody looks."""
    async with bar("sending", lambda: (octets.sent if octets is not None else 0, None), wanted=octets is not None):
        yield
