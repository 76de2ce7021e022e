"""The verbs for one message: everything about it, its parts, and what is done with it."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote as percent_encoded

from portside.apps.mailbox import contents, frame, guard
from portside.apps.mailbox.contents import Json
from portside.apps.mailbox.listing import summary_json
from portside.apps.mailbox.releasing import envelope_for, without_traces
from portside.apps.mailbox.requests import Asked, flag_of, text_of, texts_of
from portside.apps.mailbox.terms import Terms
from portside.mail.maildir.mailbox import Mailbox, NoSuchMessage
from portside.mail.mime import reading
from portside.mail.mime.part import Part
from portside.protocols.http.messages import FieldLine, FileBody, Headers, Response
from portside.protocols.http.server.local_pages import PLAIN, Answers, Refused, parse_number

MOST_RECIPIENTS = 100
"""Recipients that one message is sent on to at once (RFC 5321 §4.5.3.1.8: what every server takes)."""
MOVES = 5
"""Times that a message's file is looked for: it has another name for each of its flags, and programs change those."""
LONGEST_NAME = 200
"""Letters of a file's name: most disks have room for 255 bytes."""
MESSAGE = b"message/rfc822"
OCTETS = b"application/octet-stream"
"""The type of every part that is no picture: it is saved, and nothing runs or shows it."""

_ANSWERS = Answers(guard.PROTECTED)
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
T = TypeVar("T")


class Letters:
    """Answers about single messages of ``mailbox``. All raise ``NoSuchMessage``, and ``Refused``."""

    def __init__(self, mailbox: Mailbox, terms: Terms) -> None:
        self._mailbox = mailbox
        self._terms = terms

    async def whole(self, id: str) -> Json:
        """Everything about one message."""
        summary = await self._mailbox.summary(id)
        return {**summary_json(summary), **await self._read(id, contents.told)}

    async def mark(self, asked: Asked) -> Json:
        """Set or take away the flag that it was seen."""
        seen = flag_of(await asked.body(), "seen")
        await self._mailbox.summary(asked.id)
        return {"changed": await self._mailbox.mark_seen([asked.id], seen)}

    async def delete(self, id: str) -> Json:
        """Delete it."""
        await self._mailbox.summary(id)
        return {"deleted": await self._mailbox.delete([id])}

    # ------------------------------------------------------------------------------------------ its content

    async def raw(self, id: str) -> Response:
        """Its octets, to be saved."""
        file = await self._with_path(id, lambda path: path.open("rb"))
        size = os.fstat(file.fileno()).st_size
        return Response(200, _to_be_saved(MESSAGE, f"{id}.eml"), FileBody(file, 0, size))

    async def source(self, id: str) -> Response:
        """As much of its octets as a page shows, as text."""
        return Response(200, _ANSWERS.fields(PLAIN), await self._with_path(id, contents.source))

    async def text(self, id: str) -> Response:
        """Its text, or the words of its HTML."""
        text = await self._read(id, reading.text)
        return Response(200, _ANSWERS.fields(PLAIN), text.encode("utf-8", "replace"))

    async def html(self, id: str, *, remote: bool) -> Response:
        """Its HTML, for the frame; with ``remote`` pictures come from elsewhere."""
        return Response(200, Headers(_framed_fields(remote)), await self._read(id, contents.frame))

    async def part(self, id: str, number: str) -> Response:
        """One part, decoded, to be saved, or to be shown as a picture."""
        wanted = parse_number(number)
        found = await self._read(id, contents.part(wanted))
        if found is None:
            raise Refused(404, f"this message has no part {wanted}")
        kind = found.type.encode("ascii") if found.type in frame.PICTURES else OCTETS
        return Response(200, _to_be_saved(kind, found.safe_name), contents.pieces(found))

    async def _read(self, id: str, what: Callable[[Part], T]) -> T:
        return await self._with_path(id, lambda path: contents.read(path, what))

    async def _with_path(self, id: str, what: Callable[[Path], T]) -> T:
        """What is made of the message's file, in a thread. Who opens a message has seen it, which moves its file."""
        for _ in range(MOVES):
            path = await self._mailbox.path(id)
            try:
                return await asyncio.to_thread(what, path)
            except FileNotFoundError:
                continue
        raise NoSuchMessage(f"the message {id} is gone")

    # ----------------------------------------------------------------------------------------- beyond us

    async def verdict(self, id: str) -> Json:
        """What SPF, DKIM and DMARC say."""
        if self._terms.judge is None:
            raise Refused(403, "this server was not told to ask the DNS about senders")
        summary = await self._mailbox.summary(id)
        message = await self._with_path(id, Path.read_bytes)
        return {"results": await self._terms.judge(message, summary)}

    async def release(self, asked: Asked) -> Json:
        """Send it on."""
        if self._terms.release is None:
            raise Refused(403, "nothing is sent on from here: start the server with --release-to smtp://HOST")
        body = await asked.body()
        recipients = texts_of(body, "to")
        if not 0 < len(recipients) <= MOST_RECIPIENTS:
            raise Refused(400, f"'to' has to name 1 to {MOST_RECIPIENTS} addresses")
        summary = await self._mailbox.summary(asked.id)
        sender = text_of(body, "from", summary.return_path)
        content = without_traces(await self._with_path(asked.id, Path.read_bytes))
        await self._terms.release(envelope_for(sender, recipients, content), content)
        return {"released": list(recipients)}


def _to_be_saved(kind: bytes, name: str) -> Headers:
    """The fields of a file that is saved under ``name`` (RFC 6266), and never shown as a page of ours."""
    plain = _ODD.sub("-", name)[:LONGEST_NAME].strip("-.") or "message"
    exact = percent_encoded(name[:LONGEST_NAME], safe="")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"
    return _ANSWERS.fields(kind).with_lines((b"Content-Disposition", disposition.encode("ascii")))


def _framed_fields(remote: bool) -> list[FieldLine]:
    return [
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Content-Security-Policy", frame.policy(remote=remote).encode()),
        (b"Referrer-Policy", b"no-referrer"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"X-DNS-Prefetch-Control", b"off"),
        (b"Cross-Origin-Resource-Policy", b"same-origin"),
        (b"Cache-Control", b"no-store"),
    ]
