"""TLS handshakes in memory: two contexts, no socket."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field


@dataclass
class Side:
    """One side of a handshake; ``error`` is what it ended with."""

    context: ssl.SSLContext
    server_name: str | None = None
    incoming: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    outgoing: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    error: ssl.SSLError | None = None
    done: bool = False

    def __post_init__(self) -> None:
        serves = self.context.protocol == ssl.PROTOCOL_TLS_SERVER
        self.tls = self.context.wrap_bio(
            self.incoming, self.outgoing, server_side=serves, server_hostname=self.server_name
        )

    def step(self) -> None:
        """Go on as far as the bytes that have come allow."""
        if self.done or self.error:
            return
        try:
            self.tls.do_handshake()
            self.done = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.error = error


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str = "localhost") -> tuple[Side, Side]:
    """Both sides (server, client) after a handshake in which the client asked for ``name``."""
    ours, theirs = Side(server), Side(client, name)
    for _ in range(10):  # a handshake of TLS 1.2 takes two round trips
        theirs.step()
        ours.incoming.write(theirs.outgoing.read())
        ours.step()
        theirs.incoming.write(ours.outgoing.read())
    return ours, theirs


def feed(context: ssl.SSLContext, data: bytes, *, ends: bool = False, name: str = "localhost") -> ssl.SSLError:
    """What one side raises when the other has said ``data`` (and then, where ``ends``, has gone)."""
    serves = context.protocol == ssl.PROTOCOL_TLS_SERVER
    side = Side(context, None if serves else name)
    side.step()
    side.incoming.write(data)
    if ends:
        side.incoming.write_eof()
    side.step()
    assert side.error is not None, "the handshake was expected to fail"
    return side.error
