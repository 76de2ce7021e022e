"""HTTP exchanges as an HTTP Archive (HAR 1.2), which browsers and many tools read.

Heads and bodies are read again from the capture, masked as everything that leaves a story: an archive without
``show_secrets`` may be handed on.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from portside import __version__
from portside.inspector.conversations import Message
from portside.inspector.story import Story
from portside.protocols.explaining import Content
from portside.protocols.http.explain.bodies import split_head
from portside.protocols.http.explain.heads import LONGEST_HEAD, REQUEST_LINE
from portside.protocols.http.syntax.cookies import SetCookie, parse_cookies, parse_set_cookie

MOST_BODY = 1024 * 1024
"""Bytes of one body that are taken along."""
UNKNOWN = -1
"""What HAR writes for a number that nobody knows."""
NS = 1_000_000_000
NUL = b"\0"
_FOLD = re.compile(rb"(?:(?<![ \t])[ \t]+)?\r?\n[ \t]+")  # a row of spaces is tried once, from its beginning
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Head:
    """A message's start line, its field lines in order, and how many bytes they are with the empty line."""

    start: bytes
    fields: Sequence[tuple[bytes, bytes]]
    size: int

    def values(self, name: bytes) -> list[bytes]:
        """The value of each field line ``name`` (lower case)."""
        return [value for key, value in self.fields if key.lower() == name]

    def text(self, name: bytes) -> str:
        """The first value of ``name``, or ""."""
        return _text(next(iter(self.values(name)), b""))


def pieces(story: Story, numbers: Sequence[int]) -> Iterator[bytes]:
    """The archive, entry by entry. An exchange is there if one of its messages was chosen."""
    creator = json.dumps({"name": "portside", "version": __version__})
    yield f'{{"log":{{"version":"1.2","creator":{creator},"entries":['.encode()
    separator = b"\n"
    for request, response in _exchanges(story, numbers):
        yield separator + json.dumps(_entry(story, request, response)).encode()
        separator = b",\n"
    yield b"\n]}}\n"


def _exchanges(story: Story, numbers: Sequence[int]) -> Iterator[tuple[Message, Message | None]]:
    """Each request once, with its final response."""
    answers: dict[int, Message] = {}
    for message in story.messages:
        if message.answers is not None and message.protocol == "HTTP" and message.kind == "response":
            answers[message.answers.number] = message
    seen: set[int] = set()
    for number in numbers:
        message = story.message(number)
        request = message if message.kind == "request" else message.answers
        if message.protocol == "HTTP" and request is not None and request.number not in seen:
            seen.add(request.number)
            yield request, answers.get(request.number)


def _entry(story: Story, request: Message, response: Message | None) -> Json:
    conversation = request.conversation
    sent, waited, received = _times(request, response)
    made: Json = {
        "startedDateTime": _when(request.time),
        "time": sent + waited + received,
        "request": _request(story, request),
        "response": _no_response() if response is None else _response(story, response),
        "cache": {},
        "timings": {"send": sent, "wait": waited, "receive": received},
        "serverIPAddress": conversation.server.host,
        "connection": str(conversation.number),
    }
    notes = (*request.notes, *(response.notes if response is not None else ()))
    if notes:
        made["comment"] = "; ".join(notes)
    return made


def _when(ns: int) -> str:
    """A time as ISO 8601 has it, in UTC."""
    seconds, rest = divmod(ns, NS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000).isoformat(timespec="microseconds")


def _times(request: Message, response: Message | None) -> tuple[float, float, float]:
    """Milliseconds of sending, waiting, receiving; none is below 0, in whatever order packets were captured."""
    times = [request.time, request.until]
    times += [request.until] * 2 if response is None else [response.time, response.until]
    sent, waited, received = (max(0, after - before) / 1e6 for before, after in pairwise(times))
    return sent, waited, received


# --------------------------------------------------------------------------------------------- requests


def _request(story: Story, message: Message) -> Json:
    head = _head(story, message)
    found = REQUEST_LINE.match(head.start)
    target = _text(found[2]) if found is not None else str(message.facts.get("target", "/"))
    made: Json = {
        "method": str(message.facts.get("method", "")),
        "url": _url(message, target, head.text(b"host")),
        "httpVersion": f"HTTP/{message.facts.get('version', '1.1')}",
        "cookies": _cookies(head),
        "headers": _headers(head),
        "queryString": _query(target),
        "headersSize": head.size,
        "bodySize": max(0, message.size - head.size),
    }
    content = story.content(message.number, head.size + MOST_BODY)
    if content is not None:
        made["postData"] = _posted(content, head)
    return made


def _url(message: Message, target: str, host: str) -> str:
    """What a request asks for, as a whole URL (RFC 9112 §3.3)."""
    if _SCHEME.match(target):
        return target
    scheme = "https" if "TLS" in message.inside else "http"
    if message.facts.get("method") == "CONNECT":
        return f"{scheme}://{target}"
    return f"{scheme}://{host or message.conversation.server}{target if target.startswith('/') else ''}"


def _query(target: str) -> list[Json]:
    query = target.partition("#")[0].partition("?")[2]
    return [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)]


def _posted(content: Content, head: _Head) -> Json:
    body, encoding = _body(content.data)
    made: Json = {"mimeType": head.text(b"content-type"), "params": [], "text": body}
    remarks = [] if content.whole else ["only the beginning of it"]
    if encoding:  # HAR 1.2 knows an encoding of answers alone; other names begin with an underscore
        made["_encoding"] = encoding
        remarks.append("the text is base64")
    return made | ({"comment": "; ".join(remarks)} if remarks else {})


# -------------------------------------------------------------------------------------------- responses


def _response(story: Story, message: Message) -> Json:
    head = _head(story, message)
    facts = message.facts
    return {
        "status": int(facts.get("status", 0)),
        "statusText": str(facts.get("phrase", "")),
        "httpVersion": f"HTTP/{facts.get('version', '1.1')}",
        "cookies": _set_cookies(head),
        "headers": _headers(head),
        "content": _content(story.content(message.number, head.size + MOST_BODY), head, int(facts.get("length", 0))),
        "redirectURL": head.text(b"location"),
        "headersSize": head.size,
        "bodySize": max(0, message.size - head.size),
    }


def _content(content: Content | None, head: _Head, coded: int) -> Json:
    """A body freed from its codings; ``coded`` is its size before."""
    mime = head.text(b"content-type") or "x-unknown"
    if content is None:
        return {"size": 0, "mimeType": mime, "text": ""}
    body, encoding = _body(content.data)
    made: Json = {"size": len(content.data), "mimeType": mime, "text": body}
    if encoding:
        made["encoding"] = encoding
    if not content.whole:
        made["comment"] = "only the beginning of it"
    elif content.wrapping:
        made["compression"] = len(content.data) - coded
    return made


def _no_response() -> Json:
    return {
        "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": UNKNOWN, "bodySize": UNKNOWN,
        "comment": "no answer was captured",
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ parts


def _head(story: Story, message: Message) -> _Head:
    data = story.message_bytes(message.number, LONGEST_HEAD)
    size = split_head(data)
    end = data.find(b"\n", 0, size) + 1 or size
    lines = _FOLD.sub(b" ", data[end:size]).split(b"\n")
    named = (line.partition(b":") for line in lines if b":" in line)
    return _Head(data[:end], [(name.strip(), value.strip()) for name, _, value in named], size)


def _headers(head: _Head) -> list[Json]:
    return [{"name": _text(name), "value": _text(value)} for name, value in head.fields]


def _cookies(head: _Head) -> list[Json]:
    pairs = [pair for value in head.values(b"cookie") for pair in parse_cookies(value)]
    return [{"name": _text(name), "value": _text(value)} for name, value in pairs]


def _set_cookies(head: _Head) -> list[Json]:
    return [_set_cookie(said) for said in map(parse_set_cookie, head.values(b"set-cookie")) if said is not None]


def _set_cookie(said: SetCookie) -> Json:
    made: Json = {"name": _text(said.name), "value": _text(said.value)}
    if said.path:
        made["path"] = said.path
    if said.domain:
        made["domain"] = said.domain
    if said.expires is not None:
        made["expires"] = _when(int(said.expires) * NS)
    return made | {"httpOnly": said.http_only, "secure": said.secure}


def _text(data: bytes) -> str:
    """What stands in a head, as UTF-8 or as what keeps every byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _body(data: bytes) -> tuple[str, str]:
    """A body as HAR holds it: text, or base64, as which bytes that are no text take less room."""
    if NUL not in data:
        try:
            return data.decode("utf-8"), ""
        except UnicodeDecodeError:
            pass
    return base64.b64encode(data).decode("ascii"), "base64"
