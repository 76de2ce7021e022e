"""Telnet as somebody reads it who only watches (see ``portside.protocols.explaining``)."""

from __future__ import annotations

from portside.interfaces import Role
from portside.protocols.telnet.explain.masking import TelnetMask as mask
from portside.protocols.telnet.explain.meanings import OPTIONS
from portside.protocols.telnet.explain.parts import content, fields
from portside.protocols.telnet.explain.reading import TelnetReader
from portside.protocols.telnet.messages import Verb
from portside.protocols.telnet.syntax.commands import IAC_CODE

__all__ = ["content", "fields", "mask", "reader", "recognises"]

_VERBS = frozenset(verb.value for verb in Verb)


def reader(*, datagrams: bool = False) -> TelnetReader:  # noqa: ARG001
    """A reader for one conversation; Telnet is never spoken by datagrams."""
    return TelnetReader()


def recognises(role: Role | None, data: bytes) -> bool:  # noqa: ARG001
    """Whether a direction begins with a request for an option that is known: either side may do that."""
    return len(data) >= 3 and data[0] == IAC_CODE and data[1] in _VERBS and data[2] in OPTIONS
