"""What client and server have agreed on for the commands that follow: TYPE, MODE, STRU, OPTS."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portside.errors import RemoteError
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.syntax.commands import Setting, TypeCode
from portside.protocols.ftp.syntax.listings import FACTS, feature_of_facts

HASHES = ("SHA-1", "SHA-256", "SHA-512", "MD5")
"""What HASH can calculate; SHA-256 is meant where nothing was said."""
BAD_ARGUMENT = 501
LEVEL = 6
"""How hard MODE Z tries, 1 to 9: where zlib itself sees the best of size for time."""

_LEVEL = re.compile(r"LEVEL ([0-9])")


@dataclass(frozen=True, slots=True)
class Terms:
    """``text``: TYPE A, with lines that end with CR LF. ``packed``: MODE Z, with ``level``. ``facts``: MLST's.

    A connection begins with TYPE A (RFC 959 §5.1).
    """

    text: bool = True
    packed: bool = False
    level: int = LEVEL
    facts: tuple[str, ...] = FACTS
    hash: str = "SHA-256"

    @property
    def facts_feature(self) -> str:
        """What FEAT tells of MLST."""
        return feature_of_facts(self.facts)

    @property
    def hash_feature(self) -> str:
        """What FEAT tells of HASH: the chosen one has a star."""
        return ";".join(f"{name}*" if name == self.hash else name for name in HASHES)


Agreed = tuple[Terms, Reply]


def set_type(terms: Terms, code: TypeCode) -> Agreed:
    """TYPE."""
    text = code.code == "A"
    return replace(terms, text=text), Reply(200, (f"TYPE is {'A: text' if text else 'I: bytes as they are'}.",))


def set_structure(terms: Terms, _code: str) -> Agreed:
    """STRU: there is only F."""
    return terms, Reply(200, ("STRU is F.",))


def set_mode(terms: Terms, code: str) -> Agreed:
    """MODE."""
    packed = code == "Z"
    return replace(terms, packed=packed), Reply(200, (f"MODE is {'Z: compressed' if packed else 'S: stream'}.",))


def set_option(terms: Terms, setting: Setting) -> Agreed:
    """OPTS (RFC 2389 §4). Raises ``RemoteError`` (501)."""
    value = setting.value
    match setting.name:
        case "UTF8" | "UTF-8" if value.upper() in ("", "ON"):
            return terms, Reply(200, ("Names are UTF-8, always.",))
        case "MLST":
            wanted = {fact.lower() for fact in value.split(";")}
            facts = tuple(fact for fact in FACTS if fact in wanted)
            return replace(terms, facts=facts), Reply(200, (f"MLST OPTS {''.join(f'{fact};' for fact in facts)}",))
        case "HASH" if value.upper() in HASHES or not value:
            chosen = value.upper() or terms.hash
            return replace(terms, hash=chosen), Reply(200, (chosen,))
        case "MODE":
            return _set_level(terms, value)
    raise RemoteError("OPTS knows UTF8 ON, MLST facts, HASH algorithm and MODE Z LEVEL 1-9", BAD_ARGUMENT)


def _set_level(terms: Terms, value: str) -> Agreed:
    mode, _, rest = value.upper().partition(" ")
    found = _LEVEL.fullmatch(rest)
    if mode != "Z" or found is None or found[1] == "0":
        raise RemoteError("OPTS MODE is written OPTS MODE Z LEVEL 1-9", BAD_ARGUMENT)
    return replace(terms, level=int(found[1])), Reply(200, (f"MODE Z LEVEL is {found[1]}.",))


AGREED: Mapping[str, Callable[[Terms, Any], Agreed]] = {
    "TYPE": set_type,
    "STRU": set_structure,
    "MODE": set_mode,
    "OPTS": set_option,
}
"""What each of these commands changes."""
