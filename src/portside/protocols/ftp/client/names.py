"""What a server may call the files that we write: its names must never lead out of the folder they are meant for.

A name with a slash, ``..``, a NUL or a control character becomes no file of ours. It is refused, told once, and the
rest goes on.
"""

from __future__ import annotations

from portside.errors import UsageError

LONGEST_NAME = 255
"""Bytes of one name, on every file system in common use."""


def is_safe(name: str) -> bool:
    """Whether ``name`` can be the name of a file of ours, in the folder it is meant for."""
    if name in ("", ".", "..") or "/" in name or len(name.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        return False
    return not any(_is_control(letter) for letter in name)


def _is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter < "\xa0"


def remote_name(path: str, shown: str) -> str:
    """The name under which ``-O`` saves ``path``. Raises ``UsageError`` where it could hide or climb."""
    name = path.rpartition("/")[2]
    if not is_safe(name):
        raise UsageError(f"{shown} gives no name to save it under; name one with -o")
    if name.startswith("."):
        raise UsageError(f"{shown} would be saved as the hidden file {name!r}; name it with -o if you mean it")
    return name


def join(folder: str, name: str) -> str:
    """``name`` in the server's ``folder`` ("": the one where we are)."""
    return f"{folder.rstrip('/')}/{name}" if folder else name
