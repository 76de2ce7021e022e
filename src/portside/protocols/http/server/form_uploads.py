"""Files that come by the form of a listing (multipart/form-data, RFC 7578), each whole or not at all.

A form overwrites nothing: who clicks on a file to send it may not know what is there already. Each file has its own
fate, and the answer tells it. What has a name that we would not serve is refused and skipped, the rest is stored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from portside.errors import RemoteError
from portside.files.root import Root
from portside.files.storing import Storing
from portside.protocols.http.syntax.forms import FormEvent, FormParser, PartBegin, PartData, PartEnd, base_name
from portside.protocols.http.syntax.targets import check_name

NAMES_TOLD = 20
"""Files whose fate the answer tells one by one; of the others it tells how many there were."""


@dataclass(slots=True)
class Fates:
    """What became of the files of a form: the names stored, and for each refused one why, with a status."""

    stored: list[str] = field(default_factory=list)
    refused: list[tuple[str, RemoteError]] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The one status of all that were refused, or 409 where they differ; 303 where none was."""
        statuses = {error.status for _, error in self.refused}
        return 303 if not statuses else statuses.pop() if len(statuses) == 1 else 409

    def notice(self) -> str:
        """All of it in words, as plain text."""
        told = [f"{name} was not stored: {error}." for name, error in self.refused[:NAMES_TOLD]]
        if len(self.refused) > NAMES_TOLD:
            told.append(f"{len(self.refused) - NAMES_TOLD} more were not stored.")
        if self.stored:
            told.append(f"Stored: {', '.join(self.stored[:NAMES_TOLD])}")
            told[-1] += f" and {len(self.stored) - NAMES_TOLD} more." if len(self.stored) > NAMES_TOLD else "."
        return " ".join(told)


class FormUpload:
    """Stores the files of one form. ``storing`` begins a new file in the folder that the form is for."""

    def __init__(self, parser: FormParser, root: Root, storing: Callable[[], Storing]) -> None:
        self._parser = parser
        self._root = root
        self._begin = storing
        self._name = ""
        self._current: Storing | None = None
        self.fates = Fates()

    async def receive(self, pieces: AsyncIterator[bytes]) -> Fates:
        """Read the form to its end. Raises ``RemoteError`` for one that is malformed or cut short.

        The files that were complete before that stay.
        """
        try:
            async for piece in pieces:
                for event in self._parser.feed(piece):
                    await self._hear(event)
            self._parser.finish()
        finally:
            await self._leave()
        return self.fates

    async def _hear(self, event: FormEvent) -> None:
        try:
            if isinstance(event, PartBegin):
                self._open(event)
            elif self._current is not None and isinstance(event, PartData):
                await self._current.add(event.data)
            elif self._current is not None and isinstance(event, PartEnd):
                await self._store(self._current)
        except RemoteError as error:  # the fate of this file; the others have their own
            self.fates.refused.append((self._name, error))
            await self._leave()

    def _open(self, part: PartBegin) -> None:
        if not part.filename:
            return  # no file, or the empty field of a form that was sent without choosing one
        self._name = part.filename
        self._name = check_name(base_name(part.filename))
        if not self._root.shows(self._name):
            raise RemoteError("names that begin with a dot are not taken here", 403)
        self._current = self._begin()

    async def _store(self, current: Storing) -> None:
        await current.finish(lambda temporary: temporary.create(self._name))
        self.fates.stored.append(self._name)
        await self._leave()

    async def _leave(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            await current.close()
