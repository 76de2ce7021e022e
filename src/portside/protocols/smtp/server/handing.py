"""Messages for a handler's ``message``: gathered in memory, or in a file where they are large."""

from __future__ import annotations

import asyncio
import itertools
import logging
import tempfile
from typing import IO

from portside.mail.envelope import Envelope, Origin
from portside.mail.storing import StoreError, StoreFull
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.server.handler import Hook, Visit

_log = logging.getLogger("portside.smtp")
_numbers = itertools.count(1)


class Refused(StoreError):
    """A handler does not want this message: ``reply`` is its answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


class HandedIncoming:
    """One message for the coroutine ``hook``; more than ``in_memory`` octets go to a file that has no name."""

    def __init__(self, hook: Hook, visit: Visit, in_memory: int) -> None:
        self._hook = hook
        self._visit = visit
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 - closed when handed
        self._task: asyncio.Task[str] | None = None

    def write(self, data: bytes) -> None:
        """Append octets. Raises ``StoreError``."""
        try:
            self._file.write(data)
        except OSError as error:
            raise StoreFull(f"a message can't be gathered: {error.strerror or error}") from error

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        """Hand it over; done once the handler is."""
        self._file.seek(0)
        self._task = asyncio.get_running_loop().create_task(self._hand(envelope))
        return self._task

    async def _hand(self, envelope: Envelope) -> str:
        with self._file:
            reply = await self._hook(self._visit, envelope, self._file)
        if isinstance(reply, Reply):
            raise Refused(reply)
        return str(next(_numbers))

    def drop(self) -> None:
        """The message does not come to its end."""
        if self._task is None:
            self._file.close()
