"""What a server says that it can do, in its reply to EHLO (RFC 5321 §4.1.1.1, §2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from portside.errors import LocalError

_KEYWORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_SIZE = re.compile(r"[0-9]{1,20}")
_NONE: Mapping[str, str] = MappingProxyType({})

PARAMETERS: Mapping[str, frozenset[str]] = {
    "SIZE": frozenset({"SIZE"}),
    "8BITMIME": frozenset({"BODY"}),
    "BINARYMIME": frozenset({"BODY"}),
    "SMTPUTF8": frozenset({"SMTPUTF8"}),
    "DSN": frozenset({"RET", "ENVID", "NOTIFY", "ORCPT"}),
    "AUTH": frozenset({"AUTH"}),
    "REQUIRETLS": frozenset({"REQUIRETLS"}),
}
"""The parameters of MAIL and RCPT that each extension brings."""
DESCRIPTIONS: Mapping[str, tuple[str, str]] = {
    "SIZE": ("the largest message, in octets (0: no limit)", "RFC 1870 §3"),
    "PIPELINING": ("commands may come without waiting for replies", "RFC 2920 §2"),
    "8BITMIME": ("content of eight bits is taken", "RFC 6152 §2"),
    "SMTPUTF8": ("addresses and header fields in UTF-8", "RFC 6531 §3.1"),
    "ENHANCEDSTATUSCODES": ("replies have codes of RFC 3463", "RFC 2034 §3"),
    "CHUNKING": ("content may come in chunks (BDAT)", "RFC 3030 §2"),
    "BINARYMIME": ("content without lines is taken, in chunks", "RFC 3030 §3"),
    "DSN": ("reports of delivery may be asked for", "RFC 3461 §3"),
    "STARTTLS": ("TLS may begin", "RFC 3207 §2"),
    "AUTH": ("the mechanisms of the login", "RFC 4954 §3"),
    "REQUIRETLS": ("TLS may be required all the way", "RFC 8689 §2"),
    "LIMITS": ("how much is taken in one session", "RFC 9422 §4"),
    "HELP": ("there is HELP", "RFC 5321 §4.1.1.8"),
    "VRFY": ("there is VRFY", "RFC 5321 §4.1.1.6"),
    "EXPN": ("there is EXPN", "RFC 5321 §4.1.1.7"),
    "ETRN": ("mail that waits may be called for", "RFC 1985 §4"),
    "DELIVERBY": ("delivery by a certain time", "RFC 2852 §3"),
    "MT-PRIORITY": ("messages may have priorities", "RFC 6710 §3"),
    "FUTURERELEASE": ("messages may be held for later", "RFC 4865 §4"),
    "BURL": ("content may be named by a URL", "RFC 4468 §3"),
    "XCLIENT": ("a proxy may say who the client is", "in use (Postfix)"),
}


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a server offers. ``name`` is its own; ``keywords`` each have what follows them, "" mostly."""

    name: str = ""
    keywords: Mapping[str, str] = field(default_factory=lambda: _NONE)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    @property
    def size(self) -> int | None:
        """Octets of the largest message; None where there is no limit, or none is told (RFC 1870 §4)."""
        text = self.keywords.get("SIZE", "").strip()
        return int(text) or None if _SIZE.fullmatch(text) else None

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The mechanisms of the login, in upper case."""
        return tuple(dict.fromkeys(self.keywords.get("AUTH", "").upper().split()))

    @property
    def limits(self) -> Mapping[str, int]:
        """How much the server takes, by the names of RFC 9422 §4 (MAILMAX, RCPTMAX, RCPTDOMAINMAX)."""
        pairs = (pair.partition("=") for pair in self.keywords.get("LIMITS", "").upper().split())
        return {name: int(value) for name, _, value in pairs if name and _SIZE.fullmatch(value)}

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters that MAIL and RCPT may have here."""
        return frozenset().union(*(PARAMETERS.get(keyword, frozenset()) for keyword in self.keywords))


def parse_extensions(lines: Sequence[str]) -> Extensions:
    """What the ``lines`` of a reply to EHLO or LHLO say: the name and a greeting, then a keyword in each.

    A line that is none is passed over. ``AUTH=`` is how some servers write it for clients of an early draft.
    """
    name = lines[0].split(" ", 1)[0] if lines else ""
    keywords: dict[str, str] = {}
    for line in lines[1:]:
        keyword, _, value = line.strip().replace("=", " ", 1 if line.upper().startswith("AUTH=") else 0).partition(" ")
        if _KEYWORD.fullmatch(keyword):
            known = keywords.get(keyword.upper(), "")
            keywords[keyword.upper()] = f"{known} {value.strip()}".strip()
    return Extensions(name, MappingProxyType(keywords))


def serialise_extensions(extensions: Extensions) -> tuple[str, ...]:
    """The lines of a reply to EHLO. Raises ``LocalError`` for a keyword that is none."""
    for keyword in extensions.keywords:
        if not _KEYWORD.fullmatch(keyword):
            raise LocalError(f"{keyword!a} is no keyword of an extension")
    lines = [f"{keyword} {value}".rstrip() for keyword, value in extensions.keywords.items()]
    return (extensions.name, *lines)
