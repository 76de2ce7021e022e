"""What a server's rules allow, and what they tell of the server; the same for all of its connections."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address, ip_network

from portside.interfaces import Address, Door
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.terms import Terms
from portside.protocols.ftp.syntax.commands import features, help_lines, help_of, row_of

NEIGHBOURS = {4: 24, 6: 64}
"""Bits that two addresses of one network have in common, as most networks are laid out."""


class Tls(Enum):
    """How a server uses TLS (RFC 4217): not at all, by AUTH TLS for who wants it, for everybody, or at once."""

    OFF = "off"
    OFFERED = "offered"
    REQUIRED = "required"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Policy:
    """- ``banner``: what the greeting says; it names neither program nor version (RFC 2577 §6).
    - ``same_session``: a data connection has to resume a TLS session of its own control connection.
    - ``active``: PORT and EPRT are allowed.
    - ``passive_ports``: where data connections are waited for (None: any port).
    - ``passive_address``: what PASV tells to clients of other networks, for a server behind NAT ("": the real one).
    - ``packing``: FEAT tells of MODE Z. Few ask for it by themselves; lftp does wherever it is told, and then stands
      still for seconds at each empty file that it sends.
    """

    banner: str = "Welcome."
    tls: Tls = Tls.OFF
    same_session: bool = False
    active: bool = True
    passive_ports: range | None = None
    passive_address: str = ""
    packing: bool = False

    @property
    def needs_tls(self) -> bool:
        """Whether nothing is told and taken in the clear."""
        return self.tls in (Tls.REQUIRED, Tls.IMPLICIT)

    def announced(self, door: Door, listening: Address) -> Address:
        """What PASV tells of where we listen."""
        if not self.passive_address or _are_neighbours(door.local.host, door.remote.host):
            return listening
        return Address(self.passive_address, listening.port)


def _are_neighbours(one: str, other: str) -> bool:
    try:
        here, there = ip_address(one), ip_address(other)
    except ValueError:  # a Unix socket
        return False
    if here.version != there.version:
        return False
    return there in ip_network((here, NEIGHBOURS[here.version]), strict=False) or there.is_loopback


# ---------------------------------------------------------------------------------- what asks for nothing more


def told(verb: str, value: str | None, policy: Policy, terms: Terms) -> Reply | None:
    """The reply to a command that only asks what the server is; None for every other."""
    match verb:
        case "NOOP":
            return Reply(200, ("Still here.",))
        case "SYST":
            return Reply(215, ("UNIX Type: L8",))
        case "FEAT":
            return Reply(211, ("Features:", *(f" {line}" for line in _features(policy, terms)), "End"))
        case "HELP":
            return _help(value or "")
        case "CLNT":
            return Reply(200, ("Noted.",))
        case "LANG":
            return _language(value or "")
        case "ACCT":
            return Reply(202, ("No account is needed here.",))
        case "CCC":
            return Reply(533, ("The control connection stays as it is.",))
    return None


def _features(policy: Policy, terms: Terms) -> list[str]:
    return features(
        tls=policy.tls is not Tls.OFF,
        packing=policy.packing,
        hashes=terms.hash_feature,
        facts=terms.facts_feature,
    )


def _help(word: str) -> Reply:
    if not word.strip():
        return Reply(214, ("These commands are known:", *help_lines(), "HELP and a command tells more."))
    row = row_of(word.strip().upper())
    if row is None:
        return Reply(504, (f"{word.strip()} is not known here.",))
    return Reply(214, (help_of(row),))


def _language(tag: str) -> Reply:
    known = tag.strip().upper() in ("", "EN")
    return Reply(200, ("English it is.",)) if known else Reply(504, ("Only EN is spoken here.",))
