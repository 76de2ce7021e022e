"""HTTP/1.x as somebody reads it who only watches (see ``portside.protocols.explaining``)."""

from __future__ import annotations

from portside.interfaces import Role
from portside.protocols.http.explain.bodies import content
from portside.protocols.http.explain.heads import REQUEST_LINE, STATUS_LINE
from portside.protocols.http.explain.masking import HttpMask as mask
from portside.protocols.http.explain.meanings import METHODS
from portside.protocols.http.explain.parts import fields
from portside.protocols.http.explain.reading import HttpReader

__all__ = ["content", "fields", "mask", "reader", "recognises"]

_METHODS = tuple(method.encode() + b" " for method in METHODS)
_SERVER, _PREFACE = b"HTTP/1.", b"PRI * HTTP/2"
"""How a server's first word begins; and how HTTP/2's connections do, which look alike (RFC 9113 §3.4)."""


def reader(*, datagrams: bool = False) -> HttpReader:  # noqa: ARG001
    """A reader for one conversation; HTTP/1.x is never spoken by datagrams."""
    return HttpReader()


def recognises(role: Role | None, data: bytes) -> bool:
    """Whether a direction that begins with ``data`` speaks HTTP/1.x."""
    if role is not Role.CLIENT and data.startswith(_SERVER):
        return b"\n" not in data or STATUS_LINE.match(data) is not None
    if role is Role.SERVER or data.startswith(_PREFACE):
        return False
    if b"\n" in data:
        return REQUEST_LINE.match(data) is not None
    return data.startswith(_METHODS)
