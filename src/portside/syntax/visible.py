"""Text that others wrote, made fit to be shown: no character in it moves a cursor or turns what follows around."""

from __future__ import annotations

_CONTROLS = (
    *range(0x20),  # C0: escape sequences begin here
    *range(0x7F, 0xA0),  # DEL and C1: some terminals obey these as well
    0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A),  # direction marks reorder what follows
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
