"""Every protocol, one line each: the whole registry. Nothing is loaded before it is asked for."""

from __future__ import annotations

from importlib import import_module

from portside.errors import UsageError
from portside.protocols.spec import Spec

_PACKAGES = {
    "ftp": "portside.protocols.ftp",
    "http": "portside.protocols.http",
    "smtp": "portside.protocols.smtp",
    "telnet": "portside.protocols.telnet",
    "upper": "portside.protocols.upper",
}


def names() -> tuple[str, ...]:
    """The protocols that are built, in the order of the alphabet."""
    return tuple(_PACKAGES)


def spec(name: str) -> Spec:
    """The specification of one protocol. Raises ``UsageError`` where there is none of that name."""
    if name not in _PACKAGES:
        raise UsageError(f"there is no protocol {name!r}; there are {', '.join(_PACKAGES)}")
    found = import_module(_PACKAGES[name]).SPEC
    assert isinstance(found, Spec), f"{_PACKAGES[name]} has no SPEC"
    return found


def room(name: str, which: str) -> str:
    """The import string of one room of a protocol. Raises ``UsageError`` where it has no such room."""
    rooms = spec(name).rooms
    if which not in rooms:
        raise UsageError(f"{name} has no {which}")
    return rooms[which]
