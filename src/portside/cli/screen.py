"""What a person reads: one line at a time, and no character in it that moves the cursor."""

from __future__ import annotations

import sys
from typing import Any

_CONTROLS = (
    *range(0x20),  # C0: escape sequences begin here
    *range(0x7F, 0xA0),  # DEL and C1: some terminals obey these as well
    0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A),  # direction marks reorder what follows
    0x2028, 0x2029,  # line and paragraph separators
    *range(0xD800, 0xE000),  # bytes of a file name that are no UTF-8: no stream can encode them
)  # fmt: skip
_VISIBLE = {code: ascii(chr(code))[1:-1] for code in _CONTROLS}


def visible(text: str) -> str:
    r"""``text`` in one line, with control characters written as Python writes them.

    >>> visible("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return text if text.isascii() and text.isprintable() else text.translate(_VISIBLE)


def show(line: str) -> None:
    """One line of data on stdout, at once."""
    print(visible(line), flush=True)


def tell(line: str) -> None:
    """One line for the person, on stderr."""
    _write(f"portside: {visible(line)}\n")


def warn(line: str) -> None:
    """One line about what the person should know before it hurts."""
    tell(f"warning: {line}")


def tell_freely(text: str) -> None:
    """Several lines on stderr, each made visible by itself."""
    _write("".join(visible(line) + "\n" for line in text.splitlines()))


def is_watched(stream: Any) -> bool:
    """Whether a person sits at the other end of ``stream`` (a closed one has nobody)."""
    return stream is not None and not stream.closed and bool(stream.isatty())


def _write(text: str) -> None:
    if sys.stderr is None or sys.stderr.closed:  # started with its stderr closed: there is nobody to tell
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except BrokenPipeError:
        sys.stderr = None  # whoever read our words has gone; our work and its exit code are not theirs
