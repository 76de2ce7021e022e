"""Names that strangers chose, made safe to show and to link to.

A file's name may hold anything but a slash and NUL: markup, line ends, characters that turn the direction of
writing round, and bytes that are no UTF-8 (as surrogates U+DC80..U+DCFF, PEP 383).
"""

from __future__ import annotations

from html import escape
from unicodedata import category
from urllib.parse import quote_from_bytes

_JOINERS = "\u200c\u200d"
"""Invisible, yet part of how Persian, the scripts of India and emoji are written."""

_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
"""Written as a programmer would: the control pictures of Unicode are missing from many fonts."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The categories of Unicode that have no picture of their own, or change how their neighbours are shown."""


def plain_text(name: str) -> str:
    """``name`` with a visible stand-in for each character that cannot be seen; not yet escaped for HTML."""
    if name.isprintable():
        return name
    return "".join(_stand_in(character) or character for character in name)


def visible_html(name: str) -> str:
    """``name`` as HTML: escaped, each stand-in marked as such."""
    if name.isprintable():
        return escape(name)
    return "".join(map(_shown, name))


def reference(name: str, folder: bool = False) -> str:
    """A relative reference to ``name`` in the folder of the page (RFC 3986 §4.2), safe inside an attribute.

    It begins with ``./``, so that ``a:b`` is not taken for a scheme; a folder's ends with a slash.
    """
    return f"./{quote_from_bytes(_octets(name), safe='')}{'/' if folder else ''}"


def _octets(name: str) -> bytes:
    """The bytes that ``name`` has on disk; a surrogate that stands for no byte (from Windows) is kept as it is."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


def _shown(character: str) -> str:
    stand_in = _stand_in(character)
    return escape(character) if stand_in is None else f'<span class="odd">{stand_in}</span>'


def _stand_in(character: str) -> str | None:
    """What to show in place of ``character``; None where it can be seen."""
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return _ESCAPES.get(character, f"\\x{code:02x}")
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if category(character) in _UNSEEN and character not in _JOINERS:
        return f"U+{code:04X}"
    return None
