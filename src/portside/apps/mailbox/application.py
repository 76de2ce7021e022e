"""What the mailbox page's server answers: the page, and the JSON API that it and tests use. ``ROUTES`` has it all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from portside.apps.mailbox import guard
from portside.apps.mailbox.events import Events
from portside.apps.mailbox.letters import Letters
from portside.apps.mailbox.listing import Listing, summary_json
from portside.apps.mailbox.requests import Asked
from portside.apps.mailbox.terms import Terms
from portside.errors import PortsideError, UsageError
from portside.inspector.page import FILES as WINDOW_FILES
from portside.mail.maildir.mailbox import Mailbox, NoSuchMessage
from portside.mail.storing import StoreError
from portside.protocols.http.messages import Request, Response
from portside.protocols.http.server.application import Answer, Arrival
from portside.protocols.http.server.local_pages import Answers, Files, Refused, Seat, Seats, parse_query, read_files

FILES = Path(__file__).with_name("files")
OF_THE_WINDOW = ("colours.css", "frame.css", "addresses.js", "dom.js", "kept.js", "rows.js", "units.js", "icon.svg")
"""Files that the page has in common with the window of conversations."""
MOST_LISTENERS = 64
"""Pages that are told of events at once, and as many requests that wait for a message."""


class _NotAllowed(Refused):
    """There is something, but this is not what can be done with it; ``methods`` are."""

    def __init__(self, methods: Sequence[str]) -> None:
        super().__init__(405, f"that is not done here; {', '.join(methods)} would be")
        self.methods = methods


Verb = Callable[["MailboxApplication", Asked], Awaitable[Response]]
_ANSWERS = Answers(guard.PROTECTED)


class MailboxApplication:
    """Shows what is in ``mailbox`` to whoever passes the guard, and does what they ask (an ``Application``).

    ``life`` tells its events from those of another server at the same address.
    """

    def __init__(self, mailbox: Mailbox, terms: Terms, *, life: str) -> None:
        self._terms = terms
        self._mailbox = mailbox
        self._events = Events(life)
        self._stop_watching = mailbox.watch(self._events.tell)
        self._listing = Listing(mailbox, self._events, terms.settled)
        self._letters = Letters(mailbox, terms)
        self._listeners, self._waiting = Seats(), Seats()

    def close(self) -> None:
        """Let go of those who wait for something. A second time changes nothing."""
        if self._events.closed:
            return
        self._stop_watching()
        self._events.close()

    def __call__(self, request: Request, arrival: Arrival) -> Answer:
        """See ``Application``."""
        try:
            path, _, query = request.target.partition("?")
            path = path.removeprefix("/")
            guard.check(request, path)
            if path in _files():
                return _file(request, path)
            verb, wild = _route(request, path)
            return self._answer(verb, Asked(request, arrival, wild, parse_query(query)))
        except _NotAllowed as refusal:
            return _ANSWERS.refusal(refusal, refusal.methods)
        except Refused as refusal:
            return _ANSWERS.refusal(refusal, guard.METHODS)

    async def _answer(self, verb: Verb, asked: Asked) -> Response:
        try:
            return await verb(self, asked)
        except Refused as refusal:
            return _ANSWERS.plain(refusal.status, str(refusal))
        except NoSuchMessage as error:
            return _ANSWERS.plain(404, str(error))
        except UsageError as error:
            return _ANSWERS.plain(400, str(error))
        except StoreError as error:
            return _ANSWERS.plain(503, str(error))
        except PortsideError as error:  # a relay, or the DNS: somebody behind us
            return _ANSWERS.plain(502, str(error))

    # ------------------------------------------------------------------------------------- many messages

    async def _state(self, _asked: Asked) -> Response:
        return _ANSWERS.json({**await self._listing.counts(), **self._terms.told()})

    async def _rows(self, asked: Asked) -> Response:
        return _ANSWERS.json(await self._listing.rows(asked))

    async def _mark(self, asked: Asked) -> Response:
        return _ANSWERS.json(await self._listing.mark(asked))

    async def _delete(self, asked: Asked) -> Response:
        return _ANSWERS.json(await self._listing.delete(asked))

    async def _wait(self, asked: Asked) -> Response:
        seat = self._waiting.take(MOST_LISTENERS)
        try:
            status, told = await self._listing.wait(asked)
        finally:
            self._waiting.leave(seat)
        return _ANSWERS.json(told, status)

    async def _listen(self, asked: Asked) -> Response:
        seat = self._listeners.take(MOST_LISTENERS)
        last = asked.request.headers.text("last-event-id")
        return Response(200, _ANSWERS.fields(b"text/event-stream"), self._told(seat, last))

    async def _told(self, seat: Seat, last: str) -> AsyncIterator[bytes]:
        try:
            async for said in self._events.listen(last):
                yield said
        finally:
            self._listeners.leave(seat)

    # -------------------------------------------------------------------------------------- one message

    async def _summary(self, asked: Asked) -> Response:
        return _ANSWERS.json(summary_json(await self._mailbox.summary(asked.id)))

    async def _letter(self, asked: Asked) -> Response:
        return _ANSWERS.json(await self._letters.whole(asked.id))

    async def _mark_one(self, asked: Asked) -> Response:
        return _ANSWERS.json(await self._letters.mark(asked))

    async def _delete_one(self, asked: Asked) -> Response:
        return _ANSWERS.json(await self._letters.delete(asked.id))

    async def _raw(self, asked: Asked) -> Response:
        return await self._letters.raw(asked.id)

    async def _source(self, asked: Asked) -> Response:
        return await self._letters.source(asked.id)

    async def _text(self, asked: Asked) -> Response:
        return await self._letters.text(asked.id)

    async def _html(self, asked: Asked) -> Response:
        return await self._letters.html(asked.id, remote=asked.text("remote") == "1")

    async def _part(self, asked: Asked) -> Response:
        return await self._letters.part(asked.id, asked.wild[1])

    async def _verdict(self, asked: Asked) -> Response:
        return _ANSWERS.json(await self._letters.verdict(asked.id))

    async def _release(self, asked: Asked) -> Response:
        return _ANSWERS.json(await self._letters.release(asked))


_do = MailboxApplication
ROUTES: tuple[tuple[str, str, Verb], ...] = (
    ("GET", "api/state", _do._state),  # how many messages there are, and what else the page has to know
    ("GET", "api/messages", _do._rows),  # ?query= &limit= &before=: the latest that match, older than an id
    ("PATCH", "api/messages", _do._mark),  # {"ids": [...], "seen": true}
    ("DELETE", "api/messages", _do._delete),  # {"ids": [...]}, {"query": "..."} or {"all": true}
    ("GET", "api/messages/*", _do._letter),  # one message whole
    ("PATCH", "api/messages/*", _do._mark_one),  # {"seen": true}
    ("DELETE", "api/messages/*", _do._delete_one),
    ("GET", "api/messages/*/summary", _do._summary),  # its line of the list
    ("GET", "api/messages/*/raw", _do._raw),  # its octets, to be saved
    ("GET", "api/messages/*/source", _do._source),  # the same as text
    ("GET", "api/messages/*/text", _do._text),
    ("GET", "api/messages/*/html", _do._html),  # for the frame; ?remote=1 lets pictures come from elsewhere
    ("GET", "api/messages/*/parts/*", _do._part),  # the part of this number, decoded
    ("GET", "api/messages/*/verdict", _do._verdict),  # what SPF, DKIM and DMARC say
    ("POST", "api/messages/*/release", _do._release),  # {"to": [...]}: send it on
    ("GET", "api/wait", _do._wait),  # ?query= &timeout=: the latest that matches, there or to come; else 404
    ("GET", "api/events", _do._listen),  # server-sent events: arrived, changed, deleted, anew
)
"""Method, path (``*`` is anything but a slash), and what is done."""


@cache
def _files() -> Files:
    """The page's own files, and those that it has in common with the window, by their paths."""
    found = {**read_files(WINDOW_FILES, OF_THE_WINDOW), **read_files(FILES)}
    return {"": found["index.html"], **found}


def _file(request: Request, path: str) -> Response:
    if request.method not in guard.READING:
        raise _NotAllowed(guard.READING)
    return _ANSWERS.file(_files()[path])


def _route(request: Request, path: str) -> tuple[Verb, tuple[str, ...]]:
    """What is done, and what stands in the open places of the path. Raises ``Refused``."""
    parts = path.split("/")
    method = "GET" if request.method == "HEAD" else request.method
    allowed = []
    for each, pattern, verb in ROUTES:
        wild = _match(pattern.split("/"), parts)
        if wild is not None and each == method:
            return verb, wild
        if wild is not None:
            allowed.append(each)
    if allowed:
        raise _NotAllowed(allowed)
    raise Refused(404, "there is nothing here")


def _match(pattern: Sequence[str], parts: Sequence[str]) -> tuple[str, ...] | None:
    if len(pattern) != len(parts):
        return None
    wild = []
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted == "*" and part:
            wild.append(unquote(part))
        elif wanted != part:
            return None
    return tuple(wild)
