"""What one web client is told to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from portside import __version__
from portside.interfaces import Observer, Tap
from portside.protocols.http.client.proxies import NO_PROXIES, Proxies
from portside.transport.connect import CONNECT_TIMEOUT
from portside.transport.dial import ClientTls

PER_ORIGIN = 16
"""Connections with one origin at most; browsers hold 6, and a server's own limit for one address is often 20."""
IN_ALL = 100
"""Connections at most."""
IDLE = 55.0
"""Seconds that a connection is kept unused: most servers give up after 60 or 75."""
SILENCE = 60.0
"""Seconds that a server may be silent while we wait for it."""
REDIRECTS = 20
"""Redirects that are followed at most, as browsers do."""
IN_MEMORY = 1024**3
"""Bytes of a body that is read into memory at most; longer ones are for a file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A web client.

    Times are seconds, sizes bytes.

    - ``timeout``: silence of a server that we wait for; ``connect_timeout``: resolving, connecting and TLS together
      (0: no limit for either).
    - ``redirects``: how many are followed (0: none, the redirect itself is the answer).
    - ``retries``: how often a request that is safe to repeat is tried again (see ``retries.py``).
    - ``login``: user and password for the origin of the first URL; ``netrc``: a file with more of them.
    - ``proxies``: which proxy leads where; ``unix_socket``: every connection goes there instead.
    - ``compressed``: compression is asked for, and taken off.
    - ``per_origin``, ``connections``, ``idle``: the pool of connections.
    - ``in_memory``: how large a body may get that is read into memory.
    - ``observer`` and ``tap`` watch.
    """

    timeout: float = SILENCE
    connect_timeout: float = CONNECT_TIMEOUT
    redirects: int = REDIRECTS
    retries: int = 0
    login: tuple[str, str] | None = field(default=None, repr=False)
    netrc: Path | None = None
    tls: ClientTls = field(default_factory=lambda: ClientTls(alpn=("http/1.1",)))
    proxies: Proxies = NO_PROXIES
    unix_socket: Path | None = None
    compressed: bool = True
    user_agent: str = f"portside/{__version__}"
    per_origin: int = PER_ORIGIN
    connections: int = IN_ALL
    idle: float = IDLE
    in_memory: int = IN_MEMORY
    observer: Observer | None = None
    tap: Tap | None = None
