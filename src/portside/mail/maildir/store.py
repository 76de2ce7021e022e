"""The store that keeps mail in a Maildir. (Its parts follow.)"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from portside.mail.storing import Incoming


class MaildirStore:
    """Keeps messages in the Maildir ``folder``, or in one for each recipient below it (``per_recipient``).

    ``async with MaildirStore(folder) as store`` opens and closes it. What it is asked for comes back by the port
    ``Store``: a future of ``keep`` is done once the message is on the disk. All methods belong to one event loop.
    """

    def __init__(self, folder: Path, *, per_recipient: bool = False) -> None:
        self.folder = folder
        self.per_recipient = per_recipient

    async def open(self) -> None:
        """Take the folder, and bring to its place what an earlier server had acknowledged.

        Raises ``StoreError``: the folder cannot be written, another server has it, or a newer one wrote its log.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Return once everything acknowledged is in the Maildir, as far as the disk lets it. Takes nothing more."""
        raise NotImplementedError

    async def __aenter__(self) -> MaildirStore:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def receive(self) -> Incoming:
        """A new message begins. Raises ``StoreFull`` while the disk is full, ``StoreError`` while it fails."""
        raise NotImplementedError
