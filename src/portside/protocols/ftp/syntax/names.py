"""Names and paths as they are said in FTP (RFC 959 Appendix II, RFC 2640 §3, RFC 3659 §2.2)."""

from __future__ import annotations

import re

from portside.errors import RemoteError

REFUSED = 550
LONGEST_PATH = 4096
"""Bytes of a path: Linux takes no longer one."""

_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"')
_UNSAYABLE = re.compile("[\r\n\0]")


def is_sayable(name: str) -> bool:
    """Whether a name can stand in a line: with CR, LF or NUL in it, whoever reads it would see two."""
    return not _UNSAYABLE.search(name)


def resolve(folder: tuple[str, ...], path: str) -> tuple[str, ...]:
    """The names that lead to ``path`` from the root, for who stands in ``folder``; ``..`` at the root stays there.

    Raises ``RemoteError`` (550) for a path that can't be said or is longer than ``LONGEST_PATH``.
    """
    if not is_sayable(path):
        raise RemoteError("a name holds no line break and no NUL", REFUSED)
    _refuse_long(path)
    names = [] if path.startswith("/") else list(folder)
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    _refuse_long(absolute(tuple(names)))
    return tuple(names)


def _refuse_long(path: str) -> None:
    if len(path.encode("utf-8", "surrogateescape")) > LONGEST_PATH:
        raise RemoteError(f"a path has {LONGEST_PATH:,} bytes at most", REFUSED)


def absolute(names: tuple[str, ...]) -> str:
    """The path of ``names``, from the root."""
    return "/" + "/".join(names)


def quoted(path: str) -> str:
    """``path`` in quotes, those within it doubled (257, RFC 959 Appendix II)."""
    return '"' + path.replace('"', '""') + '"'


def parse_quoted(text: str) -> str | None:
    """The path in a reply's text that begins with one in quotes; None where it does not."""
    found = _QUOTED.match(text)
    return None if found is None else found[1].replace('""', '"')
