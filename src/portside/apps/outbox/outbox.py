"""The queue as programs use it: messages go in and are safe, and people ask what has become of them."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

import platformdirs

from portside.apps.outbox import contents, listing, ordering
from portside.apps.outbox.arriving import Arriving, arrival, received, system_excuse
from portside.apps.outbox.clock import Clock, SystemClock
from portside.apps.outbox.committing import Committer
from portside.apps.outbox.contents import Draft
from portside.apps.outbox.database import open_database
from portside.apps.outbox.entries import Happening, QueuedMessage
from portside.apps.outbox.naming import Names
from portside.apps.outbox.putting import insert
from portside.apps.outbox.watch import is_run, ring
from portside.errors import LocalError, UsageError
from portside.mail.envelope import Envelope, Origin
from portside.mail.storing import Incoming, StoreError

HOME_VARIABLE = "PORTSIDE_HOME"
PIECE = 1024 * 1024
"""Octets of a content that are copied at a time."""

Result = TypeVar("Result")


def outbox_folder() -> Path:
    """The user's queue, where no other is named: ``outbox`` in ``PORTSIDE_HOME``, or in the platform's state folder."""
    named = os.environ.get(HOME_VARIABLE, "")
    if named:
        return Path(named).expanduser().absolute() / "outbox"
    return platformdirs.user_state_path("portside", appauthor=False) / "outbox"


class Outbox:
    """The queue in ``folder`` (None: the user's own), open in ``async with Outbox(folder) as outbox``.

    It is a ``Store``: what a server receives here is sent on, through the server that ``relay`` names by its URL, or
    by the domains' own ("" ). Whoever opens it may put messages in and ask; a ``Runner`` sends them. Every method
    raises ``StoreError``, and ``UsageError`` comes where the folder cannot be used at all.
    """

    def __init__(self, folder: Path | None = None, *, relay: str = "", clock: Clock | None = None) -> None:
        self.folder = outbox_folder() if folder is None else folder
        self.relay = relay
        self.clock: Clock = clock or SystemClock()
        self._committer: Committer | None = None
        self._names = Names(secrets.token_bytes)
        self._keeping: set[asyncio.Task[str]] = set()

    async def __aenter__(self) -> Outbox:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Open it, and make it where it is missing. Raises ``UsageError``."""
        database = await asyncio.to_thread(open_database, self.folder)
        self._committer = Committer(database, await asyncio.to_thread(open_database, self.folder))

    async def close(self) -> None:
        """Return once all that came in is kept."""
        if self._keeping:
            await asyncio.wait(self._keeping)
        if self._committer is not None:
            await self._committer.close()
            self._committer = None

    # ------------------------------------------------------------------------------------------- putting in

    def receive(self) -> Incoming:
        """A new message begins (the port ``Store``)."""
        return self._arriving(self.relay)

    async def put(
        self, envelope: Envelope, content: bytes | BinaryIO, *, relay: str | None = None, origin: Origin | None = None
    ) -> str:
        """Queue a message; its id, once it is on the disk. ``relay``: another way than this outbox's own.

        A file is read from where it stands to its end.
        """
        arriving = self._arriving(self.relay if relay is None else relay)
        try:
            if isinstance(content, bytes):
                arriving.write(content)
            else:
                await asyncio.to_thread(_pour, content, arriving.write)
        except BaseException:
            arriving.drop()
            raise
        return await arriving.keep(envelope, origin or Origin("", self.clock.now()))

    def new_name(self) -> str:
        """A name for a message that comes now."""
        return self._names.of(self.clock.now())

    def _arriving(self, relay: str) -> Arriving:
        self._open_committer()
        name = self.new_name()
        return Arriving(Draft(self.folder, name), partial(self._keep, name, relay), self._begin)

    def _begin(self, keeping: Coroutine[None, None, str]) -> asyncio.Task[str]:
        task = asyncio.get_running_loop().create_task(keeping)
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        return task

    async def _keep(self, name: str, relay: str, draft: Draft, envelope: Envelope, origin: Origin) -> str:
        kept = False
        try:
            if not envelope.recipients:
                raise LocalError("a message that is queued needs a recipient")
            trace = received(envelope, origin, name)
            work = partial(arrival, draft, name, envelope, relay, self.clock.now(), trace)
            came = await asyncio.to_thread(work) if draft.in_file else work()
            await self.change(lambda database: insert(database, came))
            kept = True
        finally:
            draft.close(keep=kept)
        self.ring()
        return name

    # ---------------------------------------------------------------------------------------------- asking

    async def message(self, name: str) -> QueuedMessage | None:
        """One message, also one that is finished, as far back as the queue remembers."""
        return await self.ask(lambda database: listing.message(database, name))

    async def messages(self, *, finished: bool = False) -> list[QueuedMessage]:
        """What waits, the oldest first; or what has ``finished``, too."""
        return await self.ask(lambda database: list(listing.messages(database, finished=finished)))

    async def history(self, name: str) -> list[Happening]:
        """What happened to a message's recipients."""
        return await self.ask(lambda database: listing.history(database, name))

    async def down(self) -> list[tuple[str, float, str]]:
        """Destinations that could not be reached: name, time of the next probe, and what happened."""
        return await self.ask(listing.down)

    async def find(self, part: str) -> str:
        """The one id that ``part`` stands in. Raises ``UsageError`` where there is none, or more than one."""
        names = await self.ask(lambda database: listing.names(database, part.lower()))
        if len(names) == 1:
            return names[0]
        if not names:
            raise UsageError(f"there is no message {part} in the queue; 'portside queue' lists them")
        raise UsageError(f"several messages have {part} in their names; write more of it")

    async def content(self, name: str) -> bytes | BinaryIO:
        """The content of a message that is not finished: octets, or a file."""
        try:
            return await self.ask(lambda database: contents.content(database, self.folder, name))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StoreError(f"the content of {name} cannot be read: {reason}") from error

    # --------------------------------------------------------------------------------------------- ordering

    async def hold(self, name: str) -> int:
        """Keep back a message until released; how many recipients."""
        return await self.change(lambda database: ordering.hold(database, name, self.clock.now()))

    async def release(self, name: str) -> int:
        """Let a held message go; how many recipients."""
        return await self._rung(lambda database: ordering.release(database, name, self.clock.now()))

    async def retry(self, name: str | None = None) -> int:
        """Try a message (None: all) at once; how many recipients."""
        return await self._rung(lambda database: ordering.retry(database, name, self.clock.now()))

    async def remove(self, name: str) -> int:
        """Take a message away; how many recipients stay, since it is just being sent to them."""
        trying, gone = await self.change(lambda database: ordering.remove(database, name, self.clock.now()))
        await self.discard(gone)
        return trying

    async def _rung(self, change: Callable[..., int]) -> int:
        count = await self.change(change)
        self.ring()
        return count

    def is_run(self) -> bool:
        """Whether a runner is at work."""
        try:
            return is_run(self.folder)
        except OSError as error:
            raise system_excuse(error) from error

    # ------------------------------------------------------------------------------------ for who runs it

    def ring(self) -> bool:
        """Tell the runner that there is something to do; whether there is one."""
        try:
            return ring(self.folder)
        except OSError as error:
            raise system_excuse(error) from error

    def change(self, change: Callable[..., Result], *, promised: bool = True) -> asyncio.Future[Result]:
        """What ``change`` returns of the database, once it is written (``Committer.change``)."""
        return self._open_committer().change(change, promised=promised)

    async def ask(self, question: Callable[..., Result]) -> Result:
        """What ``question`` returns of the database (``Committer.ask``)."""
        return await self._open_committer().ask(question)

    async def discard(self, names: list[str]) -> None:
        """Remove the files of messages that need them no more."""
        if names:
            await self.ask(lambda _: contents.remove(self.folder, names))

    def _open_committer(self) -> Committer:
        if self._committer is None:
            raise LocalError("this queue is not open")
        return self._committer


def _pour(file: BinaryIO, write: Callable[[bytes], None]) -> None:
    while piece := file.read(PIECE):
        write(piece)
