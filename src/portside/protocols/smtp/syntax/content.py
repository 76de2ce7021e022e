"""The content of a message on its way: dots stuffed and unstuffed, chunks, and what ends a line (RFC 5321 §4.5.2).

In DATA the content ends with CR LF, a dot, and CR LF: nothing else, however much it looks like it. Where one program
takes a bare LF for a line's end and the next one does not, a message can be smuggled within another. So a bare CR or
LF in what comes in is a ``fault``, by which the whole message is refused once its true end has come; and none ever
goes out: a bare LF of a local text becomes CR LF, and a bare CR is refused.

Lines may be of any length: the 998 octets of RFC 5322 §2.1.1 bind who writes a message, and refusing longer ones would
lose mail that others take.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from portside.errors import LocalError
from portside.protocols.smtp.syntax.codes import BAD_ARGUMENT, Refusal

END = b"\r\n.\r\n"
LARGEST_CHUNK = (1 << 63) - 1
"""Octets of the largest chunk that can be announced; how much is taken is for the limits to say."""

_DOT_LINE = re.compile(rb"\n\.")
_BARE_CR = re.compile(rb"\r[^\n]")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_CHUNK = re.compile(r"([0-9]{1,20})(?:[ \t]+(LAST))?", re.IGNORECASE)


def has_bare(data: bytes) -> bool:
    """Whether a CR or an LF of ``data`` stands alone; ``data`` begins and ends between lines, or within one."""
    if data.count(b"\n") != data.count(b"\r"):
        return True
    return _BARE_CR.search(data) is not None or data.endswith(b"\r")  # none, and as many LF: all are pairs


def bare_line() -> Refusal:
    """What a message with a bare CR or LF is refused with: what others make of such a line is anybody's guess."""
    return Refusal("Lines of a message end with CR LF: it holds a bare one.", 550, "5.6.11")


class Unstuffer:
    """Content as it comes after DATA, in whatever pieces.

    - ``ended``: its end has come; ``rest``: what came behind it.
    - ``fault``: a CR or an LF stood alone; the message must not be kept. With ``mend`` a bare LF is taken for a line's
      end within the content (but never for one of those around its last dot), and only a bare CR is a fault.
    """

    __slots__ = ("_at_line", "_held", "_mend", "ended", "fault", "rest")

    def __init__(self, *, mend: bool = False) -> None:
        self._mend = mend
        self._held = b""  # what may be the beginning of the end
        self._at_line = True  # whether what comes next, or is held, begins a line
        self.ended = False
        self.rest = b""
        self.fault: Refusal | None = None

    def feed(self, data: bytes) -> bytes:
        """The content that came with ``data``, dots unstuffed; at the end ``ended`` is set."""
        if self._held:
            data, self._held = self._held + data, b""
        if self._at_line:
            if data.startswith(b"."):
                data = self._leading_dot(data)
            if self.ended or not data:
                return b""
        dot = _DOT_LINE.search(data)  # in most pieces there is none, and in the last one often only the end's
        return self._look_at(self._hold(data) if dot is None else self._undot(data, dot.start()))

    def _undot(self, data: bytes, first: int) -> bytes:
        """``data`` up to the end, where it has come, without its dots; at ``first`` there are an LF and a dot."""
        end = data.find(END, max(first - 1, 0))
        if end >= 0:
            self.ended, self.rest = True, data[end + len(END) :]
            return data[: end + 2] if first > end else data[: end + 2].replace(b"\r\n.", b"\r\n")
        return self._hold(data).replace(b"\r\n.", b"\r\n")

    def _leading_dot(self, data: bytes) -> bytes:
        """What ``data`` holds behind the dot that begins it; "" where it is the end, or may become it."""
        if data.startswith(b".\r\n"):
            self.ended, self.rest = True, data[3:]
        elif data in (b".", b".\r"):
            self._held = data
        else:
            return data[1:]
        return b""

    def _hold(self, data: bytes) -> bytes:
        """``data`` without what may be the beginning of the end, which is held."""
        for tail in (b"\r\n.\r", b"\r\n.", b"\r"):
            if data.endswith(tail):
                kept = 2 if len(tail) > 1 else 0
                self._at_line = len(tail) > 1
                self._held = tail[kept:]
                return data[: len(data) - len(tail) + kept]
        self._at_line = data.endswith(b"\r\n")
        return data

    def _look_at(self, data: bytes) -> bytes:
        if not has_bare(data):
            return data
        if self._mend:
            data = _BARE_LF.sub(b"\r\n", data)
        if not self._mend or has_bare(data):
            self.fault = bare_line()
        return data


class Stuffer:
    """Content on its way out: the octets that are sent after 354, in whatever pieces it comes.

    ``dots`` is False for a chunk (BDAT), where only ends of lines are set right. Raises ``LocalError`` for a bare CR.
    """

    __slots__ = ("_at_line", "_dots", "_held")

    def __init__(self, *, dots: bool = True) -> None:
        self._dots = dots
        self._at_line = True
        self._held = b""  # a CR whose LF has not come yet

    def feed(self, data: bytes) -> bytes:
        """What to send for ``data``."""
        if self._held:
            data, self._held = self._held + data, b""
        if data.endswith(b"\r"):
            data, self._held = data[:-1], b"\r"
        if not data:
            return b""
        data = whole_lines(data)
        stuffed = data.replace(b"\r\n.", b"\r\n..") if self._dots and _DOT_LINE.search(data) else data
        if self._dots and self._at_line and data.startswith(b"."):
            stuffed = b"." + stuffed
        self._at_line = data.endswith(b"\n")
        return stuffed

    def end(self) -> bytes:
        """What to send last: the end of the last line, where it has none, and the dot."""
        if self._held:
            raise _bare_cr()
        last = b"" if self._at_line else b"\r\n"
        return last + b".\r\n" if self._dots else last


def stuff(content: bytes) -> bytes:
    """All that is sent after 354 for the whole ``content``, its end included. Raises ``LocalError`` for a bare CR."""
    stuffer = Stuffer()
    return stuffer.feed(content) + stuffer.end()


def whole_lines(data: bytes) -> bytes:
    """``data`` with CR LF for each bare LF. Raises ``LocalError`` for a bare CR."""
    if has_bare(data):
        data = _BARE_LF.sub(b"\r\n", data)
        if has_bare(data):
            raise _bare_cr()
    return data


def _bare_cr() -> LocalError:
    return LocalError("the message holds a bare CR, which no line may (RFC 5321 §2.3.8): encode that part (base64)")


# -------------------------------------------------------------------------------------------------- chunks


@dataclass(frozen=True, slots=True)
class Chunk:
    """BDAT (RFC 3030 §2): ``size`` octets follow its line; ``last``: the message is whole with them."""

    size: int
    last: bool = False


def parse_chunk(argument: str) -> Chunk:
    """The argument of BDAT. Raises ``Refusal`` (501): nobody knows then how much follows."""
    found = _CHUNK.fullmatch(argument)
    if found is None or int(found[1]) > LARGEST_CHUNK:
        raise Refusal("BDAT is written BDAT octets [LAST].", BAD_ARGUMENT, "5.5.4")
    return Chunk(int(found[1]), found[2] is not None)


def serialise_chunk(chunk: Chunk) -> str:
    """The argument of BDAT."""
    return f"{chunk.size} LAST" if chunk.last else str(chunk.size)
