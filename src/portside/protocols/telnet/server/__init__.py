"""Telnet's server: a coroutine for each visitor."""

from portside.protocols.telnet.server.serving import Settings, TelnetServer, serve
from portside.protocols.telnet.server.visit import Typing
from portside.protocols.telnet.server.visitor import (
    Application,
    Interrupted,
    Keeps,
    TellsOfItself,
    Visitor,
    VisitorLeft,
)

__all__ = [
    "Application", "Interrupted", "Keeps", "Settings", "TellsOfItself", "TelnetServer", "Typing", "Visitor",
    "VisitorLeft", "serve",
]  # fmt: skip
