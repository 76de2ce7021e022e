"""Telnet's client: a conversation with a server, and a session for programs that know what they wait for."""

from portside.protocols.telnet.client.connection import Connection, connect
from portside.protocols.telnet.client.expecting import Found
from portside.protocols.telnet.client.session import TelnetSession, telnet
from portside.protocols.telnet.client.settings import PORT, Settings

__all__ = ["PORT", "Connection", "Found", "Settings", "TelnetSession", "connect", "telnet"]
