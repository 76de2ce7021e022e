"""The forms in which header and body are signed, so that what relays do to them counts little (RFC 6376 §3.4).

Lines may end in CRLF, or in LF as they lie on a disk: they are signed as they travelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum

from portside.mail.fields import Field, Header, Octets

BLOCK = 1 << 20
"""Octets of a body that are looked at at once: some milliseconds of work."""

_line_end = re.compile(rb"\r?\n").sub
_runs = re.compile(rb"[ \t]{2,}|\t").sub
_own_value = re.compile(rb"(?:(?<=:)|(?<=;))([ \t\r\n]*b[ \t\r\n]*=)[^;]*").sub


class Form(Enum):
    """How much may change without harm."""

    SIMPLE = "simple"
    RELAXED = "relaxed"

    __hash__ = object.__hash__


# ------------------------------------------------------------------------------------------------ header


def field_in(form: Form, raw: bytes) -> bytes:
    """A field with its name and its line end, in the form that is signed (§3.4.1, §3.4.2)."""
    if form is Form.SIMPLE:
        return _line_end(b"\r\n", raw)
    name, _, value = raw.partition(b":")
    line = _in_single_spaces(value.replace(b"\r\n", b"").replace(b"\n", b""))
    return name.strip(b" \t").lower() + b":" + line.strip(b" ") + b"\r\n"


def signed_header(message: Octets, header: Header, names: tuple[str, ...], own: bytes, form: Form) -> bytes:
    """What a signature says of the header (§3.7): the named fields, the lowest of a name first, and the signature's own
    field ``own`` without its value ``b=``."""
    waiting: dict[str, list[Field]] = {}
    for field in header.fields:
        waiting.setdefault(field.key, []).append(field)
    chosen = [waiting[name].pop() for name in names if waiting.get(name)]
    fields = [field_in(form, _whole(message[field.start : field.end])) for field in chosen]
    return b"".join(fields) + field_in(form, _whole(without_value(own))).removesuffix(b"\r\n")


def _whole(raw: bytes) -> bytes:
    return raw if raw.endswith(b"\n") else raw + b"\r\n"


def without_value(own: bytes) -> bytes:
    """The signature's field with nothing behind ``b=`` (§3.5)."""
    return _own_value(rb"\1", own)


# -------------------------------------------------------------------------------------------------- body


class BodyForm:
    """Brings a body into a form as it comes, in any pieces, and hands it on to ``sink``.

    Blank lines are held back as a number, since those at the end do not count (§3.4.3, §3.4.4).
    """

    def __init__(self, form: Form, sink: Callable[[bytes], object]) -> None:
        self._relaxed = form is Form.RELAXED
        self._sink = sink
        self._held = b""  # a CR whose LF may follow
        self._lines = 0  # line ends that count once something follows
        self._is_spaced = False  # white space that counts once something but a line end follows
        self._is_empty = True

    def feed(self, data: bytes) -> None:
        """The next octets of the body."""
        data = self._held + data
        self._held = data[-1:] if data.endswith(b"\r") else b""
        self._take((data[:-1] if self._held else data).replace(b"\r\n", b"\n"))

    def finish(self) -> None:
        """The body has ended: so does its last line, and an empty body is one line in the simple form only."""
        self._take(self._held)
        if not (self._relaxed and self._is_empty):
            self._sink(b"\r\n")

    def _take(self, data: bytes) -> None:
        core = data.rstrip(b" \t\n" if self._relaxed else b"\n")
        if core:
            self._release(core)
        self._hold(data[len(core) :])

    def _release(self, core: bytes) -> None:
        for done in range(0, self._lines, BLOCK):
            self._sink(b"\r\n" * min(BLOCK, self._lines - done))
        if self._relaxed:
            core = _in_single_spaces(b" " + core if self._is_spaced else core).replace(b" \n", b"\n")
        self._sink(core.replace(b"\n", b"\r\n"))
        self._lines, self._is_spaced, self._is_empty = 0, False, False

    def _hold(self, tail: bytes) -> None:
        lines = tail.count(b"\n")
        self._lines += lines
        self._is_spaced = not tail.endswith(b"\n") if lines else self._is_spaced or bool(tail)


def _in_single_spaces(data: bytes) -> bytes:
    """Most of what is large has no run of white space in it, and is not looked at octet by octet."""
    return _runs(b" ", data) if b"  " in data or b"\t" in data else data


def body_blocks(message: Octets, start: int) -> Iterator[bytes]:
    """The whole body of a message, which begins at ``start``, in blocks."""
    return (message[here : here + BLOCK] for here in range(start, len(message), BLOCK))
