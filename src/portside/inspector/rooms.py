"""Which protocol a conversation speaks: the catalog's ``explain`` rooms, asked in turn."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from portside import catalog
from portside.interfaces import Role
from portside.protocols.explaining import ExplainRoom


@cache
def rooms() -> dict[str, ExplainRoom]:
    """Every protocol that can be explained, by name."""
    found = {}
    for name in catalog.names():
        if "explain" in catalog.spec(name).rooms:
            found[name] = cast(ExplainRoom, import_module(catalog.room(name, "explain")))
    return found


@cache
def _by_port() -> dict[int, str]:
    specs = {name: catalog.spec(name) for name in rooms()}
    return {port: name for name, spec in specs.items() for port in (spec.port, *spec.assigned)}


def recognised(role: Role, data: bytes) -> str:
    """The protocol whose conversation begins like this, or ""."""
    return next((name for name, room in rooms().items() if room.recognises(role, data)), "")


def confirmed(port: int, role: Role, data: bytes) -> str:
    """The protocol that is usual at ``port``, where a conversation of it may begin like this; "" otherwise.

    It is asked first, since others may begin alike ("220" greets in FTP and in SMTP).
    """
    usual = expected_at(port)
    return usual if usual and rooms()[usual].recognises(role, data) else ""


def expected_at(port: int) -> str:
    """The protocol that is usually spoken at ``port``, or "": what is asked where bytes alone tell nothing."""
    return _by_port().get(port, "")
