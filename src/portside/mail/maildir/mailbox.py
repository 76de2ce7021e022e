"""A Maildir as a person or a test looks at it: pages, search, one message, seen, deleted. (Its parts follow.)"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from portside.errors import PortsideError
from portside.mail.maildir.summary import Change, Summary

PAGE = 50
"""Messages of a page, unless more are asked for."""


class NoSuchMessage(PortsideError):
    """There is no message of this id, or none any more."""


class Mailbox:
    """The messages in the Maildir ``folder``, the latest first; whoever puts them there.

    ``async with Mailbox(folder) as mailbox`` opens and closes it. Queries are words, "phrases", ``from:``, ``to:``,
    ``subject:``, ``has:attachment``, ``is:unread``, ``is:read``, ``before:2026-11-27``, ``after:2026-11-27``, and each
    of them excluded by ``-``; what is none of these is looked for as words, so no query is wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def open(self) -> None:
        """Open the index, or make it; what is new in the folder is found in the background. Raises ``StoreError``."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop watching, and close the index."""
        raise NotImplementedError

    async def __aenter__(self) -> Mailbox:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def summaries(self, query: str = "", *, before: str | None = None, limit: int = PAGE) -> list[Summary]:
        """At most ``limit`` messages that match, the latest first; those older than the message ``before``."""
        raise NotImplementedError

    async def count(self, query: str = "") -> int:
        """How many match."""
        raise NotImplementedError

    async def summary(self, id: str) -> Summary:
        """One message. Raises ``NoSuchMessage``."""
        raise NotImplementedError

    async def path(self, id: str) -> Path:
        """Its file, wherever a mail program has moved it. Raises ``NoSuchMessage``."""
        raise NotImplementedError

    async def raw(self, id: str) -> bytes:
        """All of its file: trace fields first, lines end in LF. Raises ``NoSuchMessage``."""
        raise NotImplementedError

    async def mark_seen(self, ids: Iterable[str], seen: bool = True) -> int:
        """Set or take away the flag that it was seen; how many there were to change. Unknown ones are left out."""
        raise NotImplementedError

    async def delete(self, ids: Iterable[str]) -> int:
        """Delete them from the disk; how many there were. Unknown ones are left out."""
        raise NotImplementedError

    async def delete_all(self, query: str = "") -> int:
        """Delete all that match; how many there were."""
        raise NotImplementedError

    def watch(self, callback: Callable[[Change], object]) -> Callable[[], None]:
        """Call ``callback`` in the loop for whatever befalls messages from now on, until the result is called."""
        raise NotImplementedError

    def notice(self) -> None:
        """Look at the folder now, not only at the next of the regular looks. Returns at once; any thread may call."""
        raise NotImplementedError

    async def rebuild(self) -> int:
        """Make the index anew, of the Maildir alone; how many messages there are."""
        raise NotImplementedError
