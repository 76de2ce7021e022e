"""A download into a file: whole or not at all, continued where it was cut (RFC 9110 §13.1.5, §14).

What has come waits as a ``Partial``. To continue it, we ask for the rest on the condition that the thing is still the
same (``If-Range`` with a strong validator); whatever the server answers is checked against what we asked for, and
where the two don't fit the download starts anew. Nothing is coded on the way, so that offsets are the file's own.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from portside.errors import BrokenPromise, ConnectionLost, PortsideError, RemoteError, TimedOut, UsageError
from portside.files.partial import Note, Partial
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.asks import BodyIn
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.retries import is_repeatable, pause_before
from portside.protocols.http.client.urls import Url, parse_url
from portside.protocols.http.messages import Headers
from portside.protocols.http.syntax.conditions import parse_etag
from portside.protocols.http.syntax.dates import parse_date
from portside.protocols.http.syntax.ranges import parse_content_range
from portside.protocols.http.syntax.targets import segments


class _Turn(Enum):
    """What came of one attempt."""

    DONE = "done"
    ANEW = "anew"  # the part does not fit what the server has now
    REFUSED = "refused"  # the answer is an error, or otherwise nothing to save


@dataclass(frozen=True, slots=True)
class Wish:
    """What to ask for."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: BodyIn = None


class Download:
    """One download into ``target``. ``received`` bytes came over the wire, ``offset`` were there before.

    ``total`` is the size of the whole, once it is known (None: it is not).
    """

    def __init__(
        self, client: Client, wish: Wish, target: Path, *, resume: bool, draw: Callable[[], float] = random.random
    ) -> None:
        self._client = client
        self._wish = wish
        self._url = str(parse_url(wish.url))  # without a password that may stand in it: this is written to a file
        self._resume = resume and wish.method == "GET"
        self._draw = draw
        self.target = target
        self.received = 0
        self.offset = 0
        self.total: int | None = None
        self.saved = False

    async def run(self) -> Answer:
        """Download; ``saved`` then tells whether there was something to save (an error is no file).

        Raises what a ``Client`` does, ``BrokenPromise`` where the answer was cut and no retry is left (what came stays
        as ``NAME.part``), and ``OSError`` where the file cannot be written.
        """
        with Partial(self.target) as partial:
            attempt = 0
            while True:
                try:
                    turn, answer = await self._turn(partial)
                except (BrokenPromise, ConnectionLost, TimedOut) as error:
                    attempt += 1
                    pause = self._pause(attempt, error)
                    if pause is None:
                        raise
                    await asyncio.sleep(pause)
                    self._resume = self._wish.method == "GET"
                    continue
                if turn is not _Turn.ANEW:
                    return answer
                partial.start(None)

    def _pause(self, attempt: int, error: PortsideError) -> float | None:
        """The client has retried what failed before the body; here it is the body that was cut."""
        if attempt > self._client.settings.retries or not is_repeatable(self._wish.method):
            return None
        return pause_before(attempt, None, time.time(), self._draw())

    async def _turn(self, partial: Partial) -> tuple[_Turn, Answer]:
        note = partial.note() if self._resume else None
        self.offset = partial.size if note is not None and note.url == self._url else 0
        headers = list(self._wish.headers)
        if self.offset and note is not None:
            headers += [("Range", f"bytes={self.offset}-"), ("If-Range", note.validator)]
        wish = self._wish
        async with self._client.stream(
            wish.method, wish.url, headers=headers, body=wish.body, compressed=False
        ) as answer:
            turn = self._judge(partial, note, answer)
            if turn is None:
                await self._fill(partial, answer)
                turn = _Turn.DONE
            if turn is _Turn.DONE:
                partial.finish()
                self.saved = True
            return turn, answer

    def _judge(self, partial: Partial, note: Note | None, answer: Answer) -> _Turn | None:
        """What to do with the answer; None where its body is to be saved from ``offset`` on."""
        if self.offset and note is not None and answer.status in (206, 416):
            return self._judge_rest(note, answer)
        if answer.status == 206:
            raise RemoteError(f"{answer.url} sent a part (206) though all of it was asked for", 206)
        if not 200 <= answer.status < 300:
            return _Turn.REFUSED
        self.offset = self.received = 0
        self.total = _length(answer)
        validator = validator_of(answer.headers)
        partial.start(None if validator is None else Note(self._url, validator, self.total))
        return None

    def _judge_rest(self, note: Note, answer: Answer) -> _Turn | None:
        said = parse_content_range(answer.headers.get(b"content-range") or b"")
        size = None if said is None else said.size
        if said is None or (note.size is not None and size is not None and size != note.size):
            return _Turn.ANEW
        if answer.status == 416:
            return _Turn.DONE if size == self.offset else _Turn.ANEW
        if said.part is None or said.part.first != self.offset or not _same(answer.headers, note):
            return _Turn.ANEW
        self.received = 0
        self.total = size if size is not None else note.size
        if self.total is not None and said.part.last != self.total - 1:
            return _Turn.ANEW  # less than the rest: a server that may say so would have us ask for ever
        return None

    async def _fill(self, partial: Partial, answer: Answer) -> None:
        def write(data: bytes) -> None:
            partial.write(data)
            self.received += len(data)

        await answer.pour(write)
        if self.total is not None and partial.size != self.total:
            partial.start(None)
            raise BrokenPromise(f"{answer.url} is {partial.size:,} bytes long, and {self.total:,} were promised")


def _length(answer: Answer) -> int | None:
    value = answer.headers.get(b"content-length")
    return int(value) if value is not None and value.isdigit() and len(value) < 19 else None


def _same(headers: Headers, note: Note) -> bool:
    """Whether a 206 is of the very thing that the part is of; it repeats the validator (RFC 9110 §15.3.7)."""
    if note.validator.startswith('"'):
        etag = headers.get(b"etag")
        return etag is None or etag == note.validator.encode("latin-1")
    modified = headers.get(b"last-modified")
    return modified is None or modified == note.validator.encode("latin-1")


def validator_of(headers: Headers) -> str | None:
    """What tells this representation from every other, byte for byte: a strong ETag, or a date old enough.

    A date is strong where the file had a second to change in after it (RFC 9110 §8.8.2.2).
    """
    etag = headers.get(b"etag")
    parsed = parse_etag(etag) if etag is not None else None
    if etag is not None and parsed is not None and not parsed.weak:
        return etag.decode("latin-1")
    modified, date = headers.get(b"last-modified"), headers.get(b"date")
    if modified is None or date is None:
        return None
    then, now = parse_date(modified), parse_date(date)
    return modified.decode("latin-1") if then is not None and now is not None and then <= now - 1 else None


def remote_name(url: str | Url) -> str:
    """The name under which ``-O`` saves ``url``: the last segment of its path, decoded.

    Raises ``UsageError`` where there is none, or one that could hide or climb: a dotfile, ``..``, control characters.
    """
    parsed = parse_url(url) if isinstance(url, str) else url
    try:
        names = segments(parsed.path)
    except RemoteError as error:
        raise UsageError(f"{parsed} gives no name to save it under ({error}); name one with -o") from None
    if not names or parsed.path.endswith("/"):
        raise UsageError(f"{parsed} gives no name to save it under; name one with -o")
    if names[-1].startswith("."):
        raise UsageError(f"{parsed} would be saved as the hidden file {names[-1]!r}; name it with -o if you mean it")
    return names[-1]
