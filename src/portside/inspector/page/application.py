"""What the page's server answers: the page, what it asks for, and what it may take away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from portside.errors import UsageError
from portside.inspector.exports import FORMATS
from portside.inspector.filters import Filter
from portside.inspector.page import FILES, answers
from portside.inspector.page.guard import GUARDED, METHODS, Guard
from portside.inspector.watched import Watched
from portside.protocols.http.messages import Request, Response
from portside.protocols.http.server.application import Arrival
from portside.protocols.http.server.local_pages import (
    Answers,
    Files,
    Refused,
    Seat,
    Seats,
    parse_number,
    parse_query,
    read_files,
)

ROWS = 200
"""Rows of an answer, unless one asks for another number."""
EVERY = 0.25
"""Seconds between two events at least."""
ALIVE = 5.0
"""Seconds after which silence is broken, so that both sides know the other is there; who has gone frees a place."""
MOST_LISTENERS = 32
"""Pages that are told of changes at once."""

_ANSWERS = Answers(GUARDED)


@dataclass(frozen=True, slots=True)
class _Query:
    """What an address asks for behind its question mark; times in it count from ``began``."""

    said: Mapping[str, str]
    began: int

    def number(self, name: str, otherwise: int = 0) -> int:
        """A number, or ``otherwise`` where none is given. Raises ``Refused``."""
        return parse_number(self.said[name]) if name in self.said else otherwise

    def time(self, name: str) -> int:
        """A time, or 0. Raises ``Refused``."""
        return self.began + self.number(name) if name in self.said else 0

    @property
    def filter(self) -> Filter:
        """The filter that is asked for. Raises ``Refused``."""
        said = self.said
        return Filter(
            protocol=said.get("protocol", ""),
            host=said.get("host", ""),
            text=said.get("text", ""),
            conversation=self.number("conversation"),
            since=self.time("since"),
            until=self.time("until"),
        )


class PageApplication:
    """Answers about the story that is ``watched`` to whoever passes the guard (an ``Application``)."""

    def __init__(self, watched: Watched, guard: Guard) -> None:
        self._watched = watched
        self._guard = guard
        self._listeners = Seats()
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let go of those who wait for events."""
        self._closing.set()

    def __call__(self, request: Request, arrival: Arrival) -> Response:
        """See ``Application``; a GET has no body that anybody would ask ``arrival`` for."""
        del arrival
        try:
            path, query = self._guard.path(request)
            return self._answer(path, _Query(parse_query(query), self._watched.story.began))
        except Refused as refusal:
            return _ANSWERS.refusal(refusal, METHODS)
        except UsageError as error:
            return _ANSWERS.plain(404, str(error))

    def _answer(self, path: str, query: _Query) -> Response:
        if path in _files():
            return _ANSWERS.file(_files()[path])
        story = self._watched.story
        match path.split("/"):
            case ["api", "state"]:
                return _ANSWERS.json(self._state())
            case ["api", "conversations"]:
                return _ANSWERS.json(answers.conversations(story, query.number("offset"), query.number("limit", ROWS)))
            case ["api", "messages"]:
                offset, limit = query.number("offset"), query.number("limit", ROWS)
                return _ANSWERS.json(answers.messages(story, query.filter, offset, limit))
            case ["api", "messages", number]:
                return _ANSWERS.json(answers.opened(story, parse_number(number), query.number("packet")))
            case ["api", "plot"]:
                return _ANSWERS.json(answers.plot(story, query.filter, query.number("buckets", ROWS)))
            case ["api", "events"]:
                return self._events()
            case ["export", name] if name in FORMATS:
                return self._export(name, query.filter)
        raise Refused(404, "there is nothing here")

    # ------------------------------------------------------------------------------------------- events

    def _events(self) -> Response:
        """Server-sent events (HTML §9.2): the state, whenever it has changed."""
        listener = self._listeners.take(MOST_LISTENERS)
        return Response(200, _ANSWERS.fields(b"text/event-stream"), self._listen(listener))

    async def _listen(self, listener: Seat) -> AsyncIterator[bytes]:
        try:
            said: tuple[int, int] | None = None
            while not self._closing.is_set():
                now = self._watched.generation, self._watched.story.version
                if now != said:
                    said = now
                    yield b"data: " + json.dumps(self._state()).encode() + b"\n\n"
                    await self._wait(self._closing.wait(), EVERY)
                elif not await self._wait(self._watched.story.changed(now[1]), ALIVE):
                    yield b": still here\n\n"
        finally:
            self._listeners.leave(listener)

    def _state(self) -> answers.Json:
        watched = self._watched
        state = answers.state(watched.story)
        remarks = [*state["remarks"], *(answers.text(remark) for remark in watched.remarks)]
        return {**state, "live": watched.growing, "remarks": remarks, "generation": watched.generation}

    async def _wait(self, what: Coroutine[Any, Any, object], seconds: float) -> bool:
        """Whether ``what`` came to its end within ``seconds``; it ends, too, when the server stops."""
        waiting = asyncio.ensure_future(what)
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            done, _ = await asyncio.wait({waiting, closing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return bool(done)
        finally:
            waiting.cancel()
            closing.cancel()

    # ------------------------------------------------------------------------------------------ exports

    def _export(self, name: str, wanted: Filter) -> Response:
        kind = FORMATS[name]
        story = self._watched.story
        numbers = list(story.find(wanted))
        disposition = f'attachment; filename="portside{kind.suffix}"'.encode()
        fields = _ANSWERS.fields(kind.media_type.encode()).with_lines((b"Content-Disposition", disposition))
        return Response(200, fields, _pieces(kind.pieces(story, numbers)))


async def _pieces(made: Iterator[bytes]) -> AsyncIterator[bytes]:
    """An export, with a turn for the others after each piece."""
    for piece in made:
        if piece:
            yield piece
            await asyncio.sleep(0)


@cache
def _files() -> Files:
    """The page's own files, by their paths."""
    found = read_files(FILES)
    return {"": found["index.html"], **found}
