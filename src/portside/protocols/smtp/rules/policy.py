"""What a server's rules allow, and what they tell of the server; the same for all of its connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from portside.protocols.smtp.rules.turns import Hook


class Tls(Enum):
    """How a server uses TLS: not at all, by STARTTLS for who wants it or for everybody (RFC 3207), at once (8314)."""

    OFF = "off"
    OFFERED = "offered"
    REQUIRED = "required"
    IMPLICIT = "implicit"

    __hash__ = object.__hash__  # Enum's own is written in Python


@dataclass(frozen=True, slots=True)
class Policy:
    """- ``name``: what the server calls itself; ``banner``: what else its greeting says.
    - ``lmtp``: LHLO in place of EHLO, and a reply for each recipient (RFC 2033).
    - ``mechanisms``: those of AUTH that are offered, the best first; () for no logins.
    - ``clear_login``: passwords may come without TLS; ``login_required``: nobody sends without a login (RFC 6409 §4.3).
    - ``domains``: whose mail is taken from everybody (None: all that comes stays here).
    - ``relays``: who has logged in may send to other domains, too.
    - ``is_known``: whether somebody lives behind a local part (None: whoever is asked for).
    - ``bare_lines``: a bare LF in a content is taken for an end of line, as old programs on the same machine send it.
    - ``hooks``: where the side above wants to be asked.
    """

    name: str = "localhost"
    banner: str = ""
    lmtp: bool = False
    tls: Tls = Tls.OFF
    mechanisms: tuple[str, ...] = ()
    clear_login: bool = False
    login_required: bool = False
    domains: frozenset[str] | None = None
    relays: bool = False
    is_known: Callable[[str], bool] | None = None
    bare_lines: bool = False
    hooks: frozenset[Hook] = frozenset()
