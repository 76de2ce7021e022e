"""What one web server is told to do."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from portside.engine.server import CONNECTIONS_PER_ADDRESS
from portside.interfaces import Address, Observer, Tap
from portside.protocols.http.messages import FieldLine
from portside.protocols.http.rules.limits import ServerLimits

LogFormat = Literal["text", "combined", "json"]


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """How a folder is served.

    - ``upload``: PUT and the listing's form may write into it.
    - ``hidden``: names that begin with a dot are served too.
    - ``listing``: a folder without an index file is listed.
    - ``index``: the names of index files, in order.
    - ``compress``: text is compressed on the fly; ``precompressed``: siblings (.br, .zst, .gz) are used.
    - ``cache_control``: the Cache-Control of every file ("" for none).
    - ``headers``: fields added to every response, (name, value) as text.
    """

    root: Path
    upload: bool = False
    hidden: bool = False
    listing: bool = True
    index: tuple[str, ...] = ("index.html", "index.htm")
    compress: bool = True
    precompressed: bool = True
    cache_control: str = "no-cache"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def field_lines(self) -> tuple[FieldLine, ...]:
        """``headers`` as they are sent."""
        return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class Settings:
    """A web server.

    - ``site``: the folder for every host that ``sites`` does not name.
    - ``sites``: virtual hosts, host name (lower case, no port) to folder.
    - ``hosts``: further names by which this server may be called; on loopback any other is answered 421.
    - ``auth``: ``(user, password)`` that every request has to give.
    - ``access_log``: how requests are logged, or None; ``log_file`` is where to (None: stderr).
    - ``per_address``: connections that one address may hold; loopback has no limit.
    """

    site: FolderSettings
    addresses: Sequence[Address]
    tls: ssl.SSLContext | None = None
    sites: Mapping[str, FolderSettings] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    auth: tuple[str, str] | None = None
    access_log: LogFormat | None = "text"
    log_file: Path | None = None
    limits: ServerLimits = field(default_factory=ServerLimits)
    per_address: int = CONNECTIONS_PER_ADDRESS
    observer: Observer | None = None
    tap: Tap | None = None
