"""A name server in memory: what mail asks of the DNS, answered from a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address

from portside.mail.resolving import Exchange, NoAnswer, NoSuchName

Records = Mapping[str, Sequence[str]]
"""Of one name: values by type, ``MX`` as "10 host"."""


class Zone:
    """Answers from ``names``; ``silent`` are names that nobody says anything about. ``asked`` keeps all questions."""

    def __init__(self, names: Mapping[str, Records] | None = None, silent: Iterable[str] = ()) -> None:
        self._names = {name.lower(): records for name, records in (names or {}).items()}
        self._silent = set(silent)
        self.asked: list[tuple[str, str]] = []

    def values(self, name: str, kind: str) -> Sequence[str]:
        """The records of one name and type."""
        name = name.rstrip(".").lower()
        self.asked.append((name, kind))
        if name in self._silent:
            raise NoAnswer(f"nobody says anything about {name}")
        if name not in self._names:
            raise NoSuchName(f"there is no {name}")
        return self._names[name].get(kind, ())

    async def exchanges(self, domain: str) -> tuple[Exchange, ...]:
        split = (value.split(" ") for value in self.values(domain, "MX"))
        return tuple(sorted(Exchange(int(preference), host) for preference, host in split))

    async def addresses(self, host: str) -> tuple[str, ...]:
        return (*self.values(host, "AAAA"), *self.values(host, "A"))

    async def texts(self, name: str) -> tuple[bytes, ...]:
        return tuple(value.encode("latin-1") for value in self.values(name, "TXT"))

    async def names(self, address: str) -> tuple[str, ...]:
        return tuple(self.values(ip_address(address).reverse_pointer, "PTR"))
