"""What one FTP server is told to do."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from portside.accounts.users import READ_ONLY, READ_WRITE, Accounts
from portside.engine.server import CONNECTIONS_PER_ADDRESS
from portside.interfaces import Address, Observer, Tap
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.policy import Policy

LARGEST_UPLOAD = 1 << 40
"""Bytes of an upload: a terabyte, so the disk is the real limit."""


class Anonymous(Enum):
    """What may be done without a login: read, read and write, or nothing."""

    READ = "ro"
    WRITE = "rw"
    OFF = "off"

    @property
    def rights(self) -> frozenset[str]:
        """The rights' names."""
        return READ_WRITE if self is Anonymous.WRITE else READ_ONLY


@dataclass(frozen=True, slots=True)
class Settings:
    """An FTP server.

    - ``root``: the folder of everybody who has no other. ``hidden``: anonymous sees names that begin with a dot, too.
    - ``accounts``: who may come in by name (None: nobody). ``anonymous``: what the others may do.
    - ``context``: makes the TLS context that ``policy`` needs; a new one for each control connection where data
      connections have to resume its session.
    - ``largest_upload``: bytes. ``per_address``: control connections of one address; loopback has no limit.
    """

    root: Path
    addresses: Sequence[Address] = (Address("127.0.0.1", 2121),)
    policy: Policy = field(default_factory=Policy)
    limits: ServerLimits = field(default_factory=ServerLimits)
    accounts: Accounts | None = None
    anonymous: Anonymous = Anonymous.READ
    hidden: bool = False
    context: Callable[[], ssl.SSLContext] | None = None
    largest_upload: int = LARGEST_UPLOAD
    per_address: int = CONNECTIONS_PER_ADDRESS
    observer: Observer | None = None
    tap: Tap | None = None
