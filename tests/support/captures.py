"""Captures made in memory: conversations as packets, files of them, and what a story says of these."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from portside.capture.files import pcapng
from portside.capture.flows import TcpFlow
from portside.capture.frames import Path as Way
from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support import certificates
from tests.support.handshakes import Side

CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 80)
End = tuple[str, int]


MOST_TOLD = 100
"""Stories whose files are open: a property is tried with thousands, and select(2) knows descriptors up to 1023."""
_told: deque[Story] = deque()


class Talk:
    """A TCP conversation as its packets, each a block of a pcapng file; several may share their ``blocks``."""

    def __init__(self, client: End = CLIENT, server: End = SERVER, blocks: list[bytes] | None = None) -> None:
        self.blocks = [] if blocks is None else blocks
        self._flow = TcpFlow(self.blocks.append, server, client, Role.SERVER, None)

    def says(self, role: Role, data: bytes) -> None:
        (self._flow.came if role is Role.CLIENT else self._flow.sent)(data)

    def ends(self, role: Role) -> None:
        (self._flow.ended if role is Role.CLIENT else self._flow.finished)()

    def exchange(self, *said: bytes) -> Talk:
        """Client and server in turn, then both end."""
        for number, data in enumerate(said):
            self.says((Role.CLIENT, Role.SERVER)[number % 2], data)
        for role in Role:
            self.ends(role)
        return self


def datagrams(*said: bytes, client: End = CLIENT, server: End = ("10.0.0.2", 9999)) -> list[bytes]:
    """Datagrams of a client and a server in turn."""
    ways = (Way(client, server, from_client=True), Way(server, client, from_client=False))
    return [ways[number % 2].datagram(1000 + number, data) for number, data in enumerate(said)]


def write(path: Path, blocks: Sequence[bytes], *, keys: bytes = b"", comment: str = "") -> Path:
    """A capture file of those packets."""
    head = [pcapng.section_header(), pcapng.interface(1, comment=comment), *([pcapng.secrets(keys)] if keys else [])]
    path.write_bytes(b"".join([*head, *blocks]))
    return path


def told(path: Path, *, budget: int = 1 << 20, keys: bytes = b"", show_secrets: bool = False) -> Story:
    """What a file tells, read to its end. The file stays open while some further ones are told."""
    if len(_told) >= MOST_TOLD:
        _told.popleft().close()
    story = Story([path], keys=keys, show_secrets=show_secrets)
    while story.read(budget):
        pass
    story.finish()
    _told.append(story)
    return story


class TlsTalk:
    """Two ends of TLS in memory: ``flights`` is what each side has sent in turn, ``keys`` what they have logged."""

    def __init__(
        self, home: Path, *, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, ciphers: str = "", alpn: str = ""
    ) -> None:
        authority = certificates.make_ca(home)
        pair = certificates.good(home, authority)
        log = home / "keys.txt"
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(pair.cert, pair.key)
        client = ssl.create_default_context(cafile=str(authority.cert))
        for context in (server, client):
            context.minimum_version = context.maximum_version = version
            if ciphers:
                context.set_ciphers(ciphers)
            if alpn:
                context.set_alpn_protocols([alpn])
        client.keylog_filename = str(log)
        self._log = log
        self._sides = {Role.CLIENT: Side(client, "localhost"), Role.SERVER: Side(server)}
        self.flights: list[tuple[Role, bytes]] = []
        while not all(side.done for side in self._sides.values()):
            for role in Role:
                self._sides[role].step()
                self._pump(role)

    @property
    def keys(self) -> bytes:
        return self._log.read_bytes()

    def _pump(self, role: Role) -> None:
        data = self._sides[role].outgoing.read()
        if data:
            self.flights.append((role, data))
            self._other(role).incoming.write(data)

    def _other(self, role: Role) -> Side:
        return self._sides[Role.SERVER if role is Role.CLIENT else Role.CLIENT]

    def says(self, role: Role, data: bytes) -> None:
        """``role`` says ``data``, and the other side reads it."""
        self._sides[role].tls.write(data)
        self._pump(role)
        came = b""
        while len(came) < len(data):
            came += self._other(role).tls.read(1 << 20)
        assert came == data

    def over_tcp(self) -> Talk:
        """The same as a TCP conversation."""
        talk = Talk(server=("10.0.0.2", 443))
        for role, data in self.flights:
            talk.says(role, data)
        for role in Role:
            talk.ends(role)
        return talk
