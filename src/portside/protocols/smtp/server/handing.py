"""Messages for a handler's ``message``: gathered in memory, or in a file where they are large."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from typing import IO

from portside.mail.envelope import Envelope, Origin
from portside.mail.storing import Incoming, StoreError, StoreFull
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.server.handler import Hook, Visit

_numbers = itertools.count(1)


class Refused(StoreError):
    """A handler does not want this message: ``reply`` is its answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


class HandedIncoming:
    """One message for the coroutine ``hook``; more than ``in_memory`` octets go to a file that has no name.

    Once the hook has nothing against it, ``inner`` keeps the message (None: the hook itself has).
    """

    def __init__(self, hook: Hook, visit: Visit, in_memory: int, inner: Incoming | None = None) -> None:
        self._hook = hook
        self._visit = visit
        self._inner = inner
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 - closed when handed
        self._handed = False

    def write(self, data: bytes) -> None:
        """Append octets. Raises ``StoreError``."""
        try:
            self._file.write(data)
        except OSError as error:
            raise StoreFull(f"a message can't be gathered: {error.strerror or error}") from error
        if self._inner is not None:
            self._inner.write(data)

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        """Hand it over; done once the handler is, and what keeps it."""
        self._handed = True
        self._file.seek(0)
        return asyncio.get_running_loop().create_task(self._hand(envelope, origin))

    async def _hand(self, envelope: Envelope, origin: Origin) -> str:
        try:
            with self._file:
                reply = await self._hook(self._visit, envelope, self._file)
            if isinstance(reply, Reply) and not reply.is_good:
                raise Refused(reply)
        except BaseException:
            self._drop_inner()
            raise
        return str(next(_numbers)) if self._inner is None else await self._inner.keep(envelope, origin)

    def drop(self) -> None:
        """The message does not come to its end."""
        if not self._handed:
            self._file.close()
            self._drop_inner()

    def _drop_inner(self) -> None:
        if self._inner is not None:
            self._inner.drop()
