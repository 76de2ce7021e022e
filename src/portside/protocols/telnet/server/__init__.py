"""Telnet's server: a coroutine for each visitor."""

from portside.protocols.telnet.server.visitor import (
    Application,
    Interrupted,
    Keeps,
    TellsOfItself,
    Visitor,
    VisitorLeft,
)

__all__ = ["Application", "Interrupted", "Keeps", "TellsOfItself", "Visitor", "VisitorLeft"]
