"""How a client and a server agree on where their data connection is opened.

EPSV and EPRT come first, since they know IPv6 and carry no address that could be wrong (RFC 2428); a server over IPv4
that refuses them is asked by PASV or PORT (RFC 959). The host in the answer to PASV is never believed: data comes from
whom we talk to, and whoever says otherwise would have us connect for him (RFC 2577 §2).
"""

from __future__ import annotations

from portside.errors import RemoteError
from portside.interfaces import Address
from portside.protocols.ftp.messages import Command, Reply
from portside.protocols.ftp.syntax.addresses import parse_epsv, parse_pasv, serialise_eprt, serialise_port

EXTENDED_PASSIVE = 229
PASSIVE = 227


class Meeting:
    """What one control connection knows of its data connections.

    ``proven``: one has come about in this very way, so that a command need not wait for the next one.
    """

    __slots__ = ("_here", "_peer", "_server", "extended", "proven")

    def __init__(self, here: Address, peer: Address) -> None:
        self._here = here
        self._peer = peer
        self._server = str(peer)
        self.extended = True
        self.proven = False

    def ask_passive(self) -> Command:
        """Where do you listen?"""
        return Command("EPSV") if self.extended else Command("PASV")

    def ask_active(self, address: Address) -> Command:
        """Connect to us there."""
        if self.extended:
            return Command("EPRT", serialise_eprt(address))
        return Command("PORT", serialise_port(address))

    def place(self, reply: Reply) -> Address | None:
        """Where the server listens, by its answer; None where it refuses. Raises ``RemoteError``."""
        if reply.code == EXTENDED_PASSIVE:
            port = parse_epsv(reply.text)
        elif reply.code == PASSIVE:
            port = parse_pasv(reply.text).port
        elif reply.code // 100 == 2:
            raise RemoteError(f"{self._server} does not say where it listens: {reply.code} {reply.text}", reply.code)
        else:
            return None
        if not port:
            raise RemoteError(f"{self._server} says that it listens on port 0", reply.code)
        return Address(self._peer.host, port)

    def fall_back(self) -> bool:
        """Ask in the old way from now on; False where that was the old way, or there is none (IPv6)."""
        if not self.extended or ":" in self._peer.host:
            return False
        self.extended = self.proven = False
        return True
