"""Addresses in header fields: ``Ann <ann@example.com>, friends: bob@example.com, ...;`` (RFC 5322 §3.4 and §4.4).

What people and programs have written for forty years is read: comments, groups, routes, dots and words where they do
not belong, addresses in any script (RFC 6532). Nothing here is recursive or fails; what makes no sense becomes a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from portside.mail.words import decode_words, encode_words, needs_encoding

MOST_ADDRESSES = 10_000
"""Addresses that are read of one field."""
LONGEST_FIELD = 256 * 1024
"""Letters that are read of one field, each perhaps a token of its own."""

_token = re.compile(
    r'(?P<white>[ \t\r\n]+)|(?P<quoted>"(?:[^"\\]++|\\.)*+(?:"|\\?$))|(?P<literal>\[[^\[\]]*\])'
    r"|(?P<special>[()<>@,;:\\])|(?P<atom>[^ \t\r\n\"()<>@,;:\\\[\]]+)|(?P<stray>.)",
    re.S,
).match
_comment_part = re.compile(r"[^()\\]+|\\.|[()\\]", re.S).match
_quoted_pair = re.compile(r"\\(.)", re.S).sub
_ATOM = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\x80-\U0010ffff]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\x80-\U0010ffff]+)*"
)
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\- \x80-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a field (RFC 5322 §3.4): the name that people see, and the address, ``local@domain``.

    ``address`` is "" where there is only a name; it has no ``@`` where there is only a local part. ``group`` is the
    name of the group that it stands in.
    """

    name: str
    address: str
    group: str = ""

    @property
    def domain(self) -> str:
        """What stands behind the last ``@``, in lower case; "" without one."""
        return self.address.rpartition("@")[2].lower() if "@" in self.address else ""

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.name} <{self.address}>" if self.name and self.address else self.name or self.address


# ----------------------------------------------------------------------------------------------- reading


@dataclass(slots=True)
class _Entry:
    """What was read since the last comma."""

    words: list[str] = field(default_factory=list)  # of the name, or of an address without angle brackets
    is_spaced: list[bool] = field(default_factory=list)  # whether white space stood before the word
    comments: list[str] = field(default_factory=list)
    angle: list[str] | None = None  # the words between < and >
    is_route: bool = False  # what has come of them is an obsolete route


def parse_addresses(value: str) -> list[Address]:
    """The mailboxes of a field in their order, ``MOST_ADDRESSES`` at most; those of groups with the group's name.

    ``value`` is the field as it stands, encoded words not decoded: a comma may hide in them.
    """
    return list(islice(_addresses(value[:LONGEST_FIELD]), MOST_ADDRESSES))


def _addresses(value: str) -> Iterator[Address]:
    entry, group = _Entry(), ""
    for kind, text, spaced in _tokens(value):
        if kind == "special" and _separates(text, entry):
            if text == ":":
                group = _name(entry)
            else:
                yield from _finished(entry, group)
                group = "" if text == ";" else group
            entry = _Entry()
        elif kind == "special" and text == "<" and entry.angle is not None:
            yield from _finished(entry, group)
            entry = _Entry(angle=[])
        else:
            _take(entry, kind, text, spaced)
    yield from _finished(entry, group)


def _separates(text: str, entry: _Entry) -> bool:
    """Within ``<@relay,@relay:`` a comma and a colon separate nothing."""
    return (text in ",;" and not entry.is_route) or (text == ":" and entry.angle is None)


def _take(entry: _Entry, kind: str, text: str, spaced: bool) -> None:
    if kind == "comment":
        entry.comments.append(text)
    elif kind == "special" and text == "<":
        entry.angle = []
    elif kind == "special" and text == ">":
        if entry.angle is not None:
            entry.angle.append(">")
            entry.is_route = False
    elif entry.angle is not None and entry.angle[-1:] != [">"]:
        entry.is_route = text != ":" and (entry.is_route or (text == "@" and not entry.angle))
        entry.angle.append(text)
    else:
        entry.words.append(text)
        entry.is_spaced.append(spaced)


def _tokens(value: str) -> Iterator[tuple[str, str, bool]]:
    """Kind, text, and whether white space stood ahead of it. Comments come without their parentheses."""
    here, spaced = 0, False
    while here < len(value):
        match = _token(value, here)
        if match is None or match.lastgroup is None:  # every character is a token of some kind
            return
        here = match.end()
        if match.lastgroup == "white":
            spaced = True
            continue
        if match[0] == "(":
            text, here = _comment(value, here)
            yield "comment", text, spaced
        else:
            yield match.lastgroup, match[0], spaced
        spaced = False


def _comment(value: str, here: int) -> tuple[str, int]:
    """The comment that began before ``here`` and what it is followed by; comments in it belong to it."""
    depth, start = 1, here
    while here < len(value):
        match = _comment_part(value, here)
        if match is None:
            break
        here = match.end()
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return _quoted_pair(r"\1", value[start : here - 1]), here
    return _quoted_pair(r"\1", value[start:]), len(value)


def _finished(entry: _Entry, group: str) -> Iterator[Address]:
    if entry.angle is not None:
        address = _without_route([word for word in entry.angle if word != ">"])
        if address or _name(entry):
            yield Address(_name(entry), address, group)
    elif (_is_spec(entry.words) or len(entry.words) == 1) and (address := _spec(entry.words)):
        yield Address(_decoded(entry.comments), address, group)
    elif name := _name(entry) if entry.words else "":
        yield Address(name, "", group)


def _without_route(words: list[str]) -> str:
    """RFC 5322 §4.4's obsolete route, ``@relay,@relay:``, is nothing that anybody follows (RFC 5321 appendix C)."""
    if words[:1] == ["@"] and ":" in words:
        words = words[words.index(":") + 1 :]
    return _spec(words) if _is_spec(words) or len(words) == 1 else " ".join(words)


def _is_spec(words: Sequence[str]) -> bool:
    """Whether words are one address: a single ``@``, and no two words side by side that no dot joins."""
    is_joined = all(left[-1] in "@." or right[0] in "@." for left, right in pairwise(words))
    return words.count("@") == 1 and is_joined


def _spec(words: Sequence[str]) -> str:
    """``local@domain``: quotes stand only where they are needed, so that one address is written one way."""
    if "@" not in words:
        return "".join(map(_plain, words))
    last = len(words) - 1 - words[::-1].index("@")
    local = "".join(map(_plain, words[:last]))
    return f"{_serialise_local(local)}@{''.join(words[last + 1 :])}"


def _plain(word: str) -> str:
    """A word without its quotes."""
    return _quoted_pair(r"\1", word[1:-1] if word.endswith('"') else word[1:]) if word[:1] == '"' else word


def _name(entry: _Entry) -> str:
    if not entry.words:
        return _decoded(entry.comments)
    words = zip(entry.words, entry.is_spaced, strict=True)
    pieces = (" " + _plain(word) if spaced else _plain(word) for word, spaced in words)
    return decode_words("".join(pieces)).strip()


def _decoded(comments: Sequence[str]) -> str:
    return decode_words(" ".join(comments)).strip()


# ----------------------------------------------------------------------------------------------- writing


def serialise_address(address: Address, *, utf8: bool = False) -> list[str]:
    """A mailbox as the words that a header line may be folded between, without controls.

    A name that is not ASCII becomes encoded words, unless ``utf8`` says that the header may be UTF-8 (RFC 6532).
    """
    if not address.name:
        return [address.address]
    return [*serialise_phrase(address.name, utf8=utf8), f"<{address.address}>"]


def serialise_phrase(name: str, *, utf8: bool = False) -> list[str]:
    """A name as words of a phrase (RFC 5322 §3.2.5)."""
    if needs_encoding(name) and not (utf8 and name.isprintable() and "=?" not in name):
        return encode_words(name)
    if _PHRASE.fullmatch(name) and "  " not in name and name == name.strip():
        return name.split(" ")
    return [_quoted(name)]


def _serialise_local(local: str) -> str:
    return local if _ATOM.fullmatch(local) else _quoted(local)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
