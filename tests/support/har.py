"""What the HAR 1.2 specification demands of an archive (W3C Web Performance WG, historical draft, §3): its types."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str)


def size(value: Any) -> bool:
    """A number of bytes; -1 where it is not known."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= -1


def saved(value: Any) -> bool:
    """Bytes that a coding saved; below 0 where it made more of them."""
    return isinstance(value, int) and not isinstance(value, bool)


def spent(value: Any) -> bool:
    """Milliseconds that are not optional: none is below 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def moment(value: Any) -> bool:
    """ISO 8601 with its zone."""
    return text(value) and datetime.fromisoformat(value).tzinfo is not None


def url(value: Any) -> bool:
    return text(value) and bool(urlsplit(value).scheme) and bool(urlsplit(value).netloc)


def each(members: Mapping[str, Check]) -> Check:
    def check(value: Any) -> bool:
        assert isinstance(value, list), value
        return all(one(members)(item) for item in value)

    return check


def one(members: Mapping[str, Check]) -> Check:
    """An object with these members, those with a "?" if they are there, and no other but a comment or own ones (_x)."""
    known = {name.rstrip("?"): check for name, check in members.items()} | {"comment": text}
    needed = {name for name in members if not name.endswith("?")}

    def check(value: Any) -> bool:
        assert isinstance(value, dict), value
        assert needed <= value.keys(), f"missing: {needed - value.keys()}"
        for name, member in value.items():
            if not name.startswith("_"):
                assert name in known, f"unknown: {name}"
                assert known[name](member), f"{name}: {member!r}"
        return True

    return check


NAMED = {"name": text, "value": text}
COOKIE = {**NAMED, "path?": text, "domain?": text, "expires?": moment, "httpOnly?": flag, "secure?": flag}
POSTED = {"mimeType": text, "params": each({"name": text, "value?": text}), "text": text}
REQUEST = {
    "method": text, "url": url, "httpVersion": text, "cookies": each(COOKIE), "headers": each(NAMED),
    "queryString": each(NAMED), "postData?": one(POSTED), "headersSize": size, "bodySize": size,
}  # fmt: skip
CONTENT = {"size": size, "compression?": saved, "mimeType": text, "text?": text, "encoding?": text}
RESPONSE = {
    "status": size, "statusText": text, "httpVersion": text, "cookies": each(COOKIE), "headers": each(NAMED),
    "content": one(CONTENT), "redirectURL": text, "headersSize": size, "bodySize": size,
}  # fmt: skip
ENTRY = {
    "startedDateTime": moment, "time": spent, "request": one(REQUEST), "response": one(RESPONSE),
    "cache": one({}), "timings": one({"send": spent, "wait": spent, "receive": spent}),
    "serverIPAddress?": text, "connection?": text,
}  # fmt: skip
ARCHIVE = {"log": one({"version": text, "creator": one({"name": text, "version": text}), "entries": each(ENTRY)})}


def entries(archive: bytes) -> list[Json]:
    """The entries of an archive. Fails where it is not as the specification wants it."""
    told: Json = json.loads(archive.decode("utf-8"))
    assert one(ARCHIVE)(told)
    assert told["log"]["version"] == "1.2"
    found: list[Json] = told["log"]["entries"]
    for entry in found:
        assert abs(sum(entry["timings"].values()) - entry["time"]) < 1e-6
    return found


def body(part: Json) -> bytes:
    """The bytes of a ``content``, or of ``postData``, which has no encoding of its own but ours."""
    coded = part.get("encoding", part.get("_encoding"))
    assert coded in (None, "base64")
    return base64.b64decode(part["text"], validate=True) if coded else str(part["text"]).encode()


def pairs(named: list[Json]) -> list[tuple[str, str]]:
    """A list of names and values."""
    return [(item["name"], item["value"]) for item in named]
