"""SPF with a second reader of the same records: what pyspf says of chance's records, we say as well."""

from __future__ import annotations

import os
import random

import pytest
import spf as theirs

from portside.mail.resolving import NoAnswer, NoSuchName
from portside.mail.spf import check_host
from tests.support.plain_await import result_of
from tests.support.zones import Zone

pytestmark = pytest.mark.peer

RECORDS = 20_000 if os.environ.get("PORTSIDE_PROVE") == "1" else 1500
HOSTS: dict[str, dict[str, list[str]]] = {
    "one.example": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"], "MX": ["10 two.example"]},
    "two.example": {"A": ["192.0.2.2", "198.51.100.7"]},
    "three.example": {"AAAA": ["2001:db8::3"]},
    "ann.one.example": {"A": ["127.0.0.2"]},
    "1.2.0.192.in-addr.arpa": {"PTR": ["one.example"]},
    "2.2.0.192.in-addr.arpa": {"PTR": ["two.example", "one.example"]},
}
NAMES = ["one.example", "two.example", "three.example", "nothing.example", "r1.example", "r2.example"]
SPECS = [*NAMES, "%{l}.%{d}", "%{d}", "%{l}.one.example", "%{ir}.%{v}.example"]
ADDRESSES = ["192.0.2.1", "192.0.2.2", "198.51.100.7", "203.0.113.9", "2001:db8::1", "2001:db8::3"]


def term(dice: random.Random) -> str:
    spec, prefix = dice.choice(SPECS), dice.choice(["", "", "/24", "/31", "//64", "/24//64", "/33"])
    qualifier = dice.choice(["", "", "", "-", "~", "?", "+"])
    return dice.choice([
        f"{qualifier}a", f"{qualifier}a:{spec}{prefix}", f"{qualifier}mx{prefix}", f"{qualifier}mx:{spec}",
        f"{qualifier}ip4:192.0.2.{dice.randrange(4)}{dice.choice(['', '/31', '/24', '/33'])}",
        f"{qualifier}ip6:2001:db8::{dice.randrange(4)}{dice.choice(['', '/126', '/64', '/129'])}",
        f"{qualifier}include:{dice.choice(NAMES)}", f"{qualifier}exists:{spec}", f"{qualifier}ptr",
        f"{qualifier}all", f"redirect={dice.choice(NAMES)}", "unknown=x", "foo", "a:", "all:x",
    ])  # fmt: skip


def record(dice: random.Random, name: str) -> str:
    """A record. pyspf refuses one that includes itself before it looks, and one in which a modifier that nobody knows
    comes twice, which RFC 7208 §6 has ignored: there is none of either."""
    terms = [term(dice) for _ in range(dice.randrange(5))]
    kept = [each for each in terms if not each.endswith(f"include:{name}") and each != "unknown=x"]
    return " ".join(["v=spf1", *kept, *dice.choice([["-all"], ["~all"], [], ["unknown=x"]])])


def zone_of(dice: random.Random) -> Zone:
    names = {name: dict(records) for name, records in HOSTS.items()}
    for name in ("one.example", "r1.example", "r2.example"):
        names.setdefault(name, {})["TXT"] = [record(dice, name)]
    return Zone(names)


def their_word(zone: Zone, address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    def lookup(
        name: str, kind: str, strict: object = True, timeout: object = 0
    ) -> list[tuple[tuple[str, str], object]]:
        try:
            values = zone.values(name, kind)
        except (NoSuchName, NoAnswer):
            return []
        return [((name, kind), _as_they_take_it(kind, value)) for value in values]

    monkeypatch.setattr(theirs, "DNSLookup", lookup)
    word: str = theirs.check2(i=address, s="ann@one.example", h="helo.example", querytime=0)[0]
    return word


def _as_they_take_it(kind: str, value: str) -> object:
    if kind == "MX":
        preference, host = value.split(" ")
        return int(preference), host
    return (value.encode(),) if kind == "TXT" else value


def test_both_read_the_same_of_records_that_chance_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(7208)
    differ: list[str] = []
    seen: set[str] = set()
    for _ in range(RECORDS):
        zone, address = zone_of(dice), dice.choice(ADDRESSES)
        ours = result_of(check_host(address, "one.example", "ann@one.example", "helo.example", zone, now=0))
        word = their_word(zone, address, monkeypatch)
        seen.add(word)
        if ours.result.value != word:
            told = {name: zone.values(name, "TXT") for name in ("one.example", "r1.example", "r2.example")}
            differ.append(f"{address}: {ours.result.value} ({ours.reason}), theirs {word}: {told}")
    assert seen == {"pass", "fail", "softfail", "neutral", "permerror"}
    assert differ == []
