"""HTTP exchanges as an HTTP Archive (HAR 1.2), which browsers and many tools read."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from portside import __version__
from portside.inspector.conversations import Message
from portside.inspector.story import Story

MOST_BODY = 1024 * 1024
"""Bytes of one body that are taken along."""
UNKNOWN = -1
"""What HAR writes for a number that nobody knows."""
_COOKIE = re.compile(r"\s*([^=;]+)=([^;]*)")
Json = dict[str, Any]


def pieces(story: Story, numbers: Sequence[int]) -> Iterator[bytes]:
    """The archive, entry by entry. An exchange is there if one of its messages was chosen."""
    yield (
        json.dumps({"version": "1.2", "creator": {"name": "portside", "version": __version__}})[:-1]
        .encode()
        .join((b'{"log":', b',"entries":['))
    )
    separator = b""
    for request, response in _exchanges(story, numbers):
        yield separator + json.dumps(_entry(story, request, response)).encode()
        separator = b",\n"
    yield b"]}}\n"


def _exchanges(story: Story, numbers: Sequence[int]) -> Iterator[tuple[Message, Message | None]]:
    chosen = [story.message(number) for number in numbers]
    answers: dict[int, Message] = {}
    for message in story.messages:
        if message.answers is not None and message.protocol == "HTTP" and message.kind == "response":
            answers[message.answers.number] = message
    seen: set[int] = set()
    for message in chosen:
        request = message if message.kind == "request" else message.answers
        if message.protocol == "HTTP" and request is not None and request.number not in seen:
            seen.add(request.number)
            yield request, answers.get(request.number)


def _entry(story: Story, request: Message, response: Message | None) -> Json:
    conversation = request.conversation
    sent, waited, received = _times(request, response)
    return {
        "startedDateTime": datetime.fromtimestamp(request.time / 1e9, UTC).isoformat(),
        "time": sum(part for part in (sent, waited, received) if part >= 0),
        "request": _request(story, request),
        "response": _no_response() if response is None else _response(story, response),
        "cache": {},
        "timings": {"send": sent, "wait": waited, "receive": received},
        "serverIPAddress": conversation.server.host,
        "connection": str(conversation.client.port),
    }


def _times(request: Message, response: Message | None) -> tuple[float, float, float]:
    """Milliseconds of sending, waiting, receiving."""
    sent = (request.until - request.time) / 1e6
    if response is None:
        return sent, 0.0, 0.0
    return sent, max(0.0, (response.time - request.until) / 1e6), (response.until - response.time) / 1e6


def _request(story: Story, message: Message) -> Json:
    fields, size = _head(story, message)
    facts = message.facts
    scheme = "https" if "TLS" in message.inside else "http"
    target = str(facts.get("target", "/"))
    host = str(facts.get("host", "") or message.conversation.server)
    url = target if "://" in target else f"{scheme}://{host}{target if target.startswith('/') else '/'}"
    made: Json = {
        "method": str(facts.get("method", "")),
        "url": url,
        "httpVersion": f"HTTP/{facts.get('version', '1.1')}",
        "cookies": _cookies(fields, "cookie"),
        "headers": fields,
        "queryString": [{"name": name, "value": value} for name, value in _query(url)],
        "headersSize": size,
        "bodySize": max(0, message.size - size),
    }
    content = story.content(message.number, MOST_BODY)
    if content is not None:
        body, encoding = _text(content.data)
        made["postData"] = {"mimeType": content.type, "params": [], "text": body}
        if encoding:
            made["postData"]["comment"] = "the text is base64"
    return made


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return []


def _response(story: Story, message: Message) -> Json:
    fields, size = _head(story, message)
    facts = message.facts
    content = story.content(message.number, MOST_BODY)
    body, encoding = _text(content.data) if content is not None else ("", "")
    shown: Json = {
        "size": len(content.data) if content is not None else 0,
        "mimeType": str(facts.get("type", "")) or "x-unknown",
        "text": body,
    }
    if encoding:
        shown["encoding"] = encoding
    if content is not None and content.wrapping:
        shown["compression"] = shown["size"] - int(facts.get("length", 0))
    return {
        "status": int(facts.get("status", 0)),
        "statusText": str(facts.get("phrase", "")),
        "httpVersion": f"HTTP/{facts.get('version', '1.1')}",
        "cookies": _cookies(fields, "set-cookie"),
        "headers": fields,
        "content": shown,
        "redirectURL": str(facts.get("location", "")),
        "headersSize": size,
        "bodySize": max(0, message.size - size),
    }


def _no_response() -> Json:
    return {
        "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": UNKNOWN, "bodySize": UNKNOWN,
        "comment": "no answer was captured",
    }  # fmt: skip


def _head(story: Story, message: Message) -> tuple[list[Json], int]:
    """The fields of a message's head, and its size."""
    layer = next(layer for layer in reversed(story.open(message.number).layers) if layer.protocol == "HTTP")
    named = [field for field in layer.fields if field.name not in ("Request line", "Status line", "Empty line", "Body")]
    empty = next((field.span[1] for field in layer.fields if field.name == "Empty line"), len(layer.data))
    return [{"name": field.name, "value": " ".join(field.value.split())} for field in named], empty


def _cookies(fields: list[Json], name: str) -> list[Json]:
    values = [field["value"] for field in fields if field["name"].lower() == name]
    if name == "set-cookie":
        values = [value.partition(";")[0] for value in values]
    return [{"name": found[1], "value": found[2]} for value in values for found in _COOKIE.finditer(value)]


def _text(data: bytes) -> tuple[str, str]:
    """A body as HAR holds it: text, or base64."""
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(data).decode("ascii"), "base64"
