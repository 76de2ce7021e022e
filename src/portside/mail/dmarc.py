"""Whether a message is from whom its From says, and what that domain wants done where it is not (DMARC, RFC 9989).

RFC 9989 took RFC 7489's place in 2026. Which domain is the organization's is found by walking up the DNS, not in a list
of public suffixes: so nothing has to be kept up to date here, and whoever is asked is the one who knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from portside.errors import RemoteError
from portside.mail import dkim, spf
from portside.mail.charsets import decode
from portside.mail.dkim.tags import parse_tags
from portside.mail.domains import is_domain, to_ascii
from portside.mail.resolving import NoAnswer, NoSuchName, Resolver

MOST_STEPS = 8
"""Questions of one walk (§4.10): a name with more labels loses several at once."""
MOST_DOMAINS = 10
"""Domains whose organization is looked for, for one message: each is a walk of its own."""


class Policy(Enum):
    """What a domain wants done with what fails (§4.7)."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    __hash__ = object.__hash__


class Result(Enum):
    """What came of it (RFC 8601 §2.7 and RFC 9989 §5)."""

    NONE = "none"
    PASS = "pass"
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Record:
    """What a domain publishes at ``_dmarc.domain`` (§4.7).

    ``below`` is the policy for its subdomains, ``absent`` for those that do not exist. ``is_suffix`` is psd= ("y", "n"
    or "u"); ``strict_dkim`` and ``strict_spf`` ask for the very domain; ``is_test``: its policy is only tried (t=y).
    """

    policy: Policy
    below: Policy
    absent: Policy
    is_suffix: str = "u"
    strict_dkim: bool = False
    strict_spf: bool = False
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known: ``domain`` is that of From, ``reason`` says it in words, and ``policy`` what it wants done."""

    result: Result
    reason: str
    domain: str = ""
    policy: Policy = Policy.NONE


def parse_record(text: bytes) -> Record | None:
    """Reads a record, None where it is none, or one that says nothing (§4.7). What is unknown in it is skipped."""
    try:
        tags = parse_tags(decode(text))
    except RemoteError:
        return None
    if tags.get("v") != "DMARC1" or next(iter(tags)) != "v":
        return None
    said = {name: tags[name].lower() for name in ("p", "sp", "np") if name in tags}
    if "p" not in said or not set(said.values()) <= _POLICIES.keys():
        if not tags.get("rua"):
            return None
        said = {"p": "none"}  # §4.10.1: it wants reports, at least
    below = said.get("sp", said["p"])
    return Record(
        _POLICIES[said["p"]],
        _POLICIES[below],
        _POLICIES[said.get("np", below)],
        tags["psd"].lower() if tags.get("psd", "").lower() in {"y", "n"} else "u",
        tags.get("adkim", "r").lower() == "s",
        tags.get("aspf", "r").lower() == "s",
        tags.get("t", "n").lower() == "y",
    )


_POLICIES = {policy.value: policy for policy in Policy}


async def check(
    author: str, sent: spf.Finding, signed: Sequence[dkim.Finding], resolver: Resolver, *, envelope_domain: str
) -> Finding:
    """What DMARC says of a message whose From is of the domain ``author``, from what SPF and DKIM say.

    ``envelope_domain`` is the domain that SPF was checked for. It never fails: what goes wrong is a result.
    """
    domain = to_ascii(author)
    if not is_domain(domain):
        return Finding(Result.PERMERROR, "From has no single domain to ask", domain)
    try:
        return await _checked(domain, sent, signed, resolver, to_ascii(envelope_domain))
    except NoAnswer:
        return Finding(Result.TEMPERROR, f"the DNS could not say what {domain} publishes", domain)


async def _checked(
    domain: str, sent: spf.Finding, signed: Sequence[dkim.Finding], resolver: Resolver, envelope_domain: str
) -> Finding:
    walked = await _walk(domain, resolver)
    organization = _organization(domain, walked)
    place = next((name for name in (domain, organization, *_suffixes(walked)) if name in walked), "")
    if not place:
        return Finding(Result.NONE, f"{domain} publishes no policy", domain)
    record = walked[place]
    passed = {finding.domain for finding in signed if finding.result is dkim.Result.PASS}
    by_signature = await _aligned(passed, domain, organization, record.strict_dkim, resolver)
    if by_signature:
        return Finding(Result.PASS, f"it is signed by {by_signature}", domain)
    sender = {envelope_domain} if sent.result is spf.Result.PASS else set()
    if await _aligned(sender, domain, organization, record.strict_spf, resolver):
        return Finding(Result.PASS, f"it was sent by a host of {envelope_domain}", domain)
    policy = await _wanted(record, domain, place, resolver)
    return Finding(Result.FAIL, _why(domain, passed, sender, record), domain, policy)


def _why(domain: str, signed: set[str], sender: set[str], record: Record) -> str:
    others = sorted(signed | sender)
    why = f"neither a signature nor the sending host is of {domain}"
    why += f" (only of {', '.join(others)})" if others else ""
    return why + (", which only tries its policy" if record.is_test else "")


async def _wanted(record: Record, domain: str, place: str, resolver: Resolver) -> Policy:
    """The policy for the domain itself, for one below, or for one that does not exist (§4.7)."""
    if record.is_test:
        return Policy.NONE
    if domain == place:
        return record.policy
    return record.below if record.below is record.absent or await _exists(domain, resolver) else record.absent


async def _exists(domain: str, resolver: Resolver) -> bool:
    try:
        await resolver.addresses(domain)
    except NoSuchName:
        return False
    return True


# ------------------------------------------------------------------------------------ the organization


async def _aligned(domains: Iterable[str], author: str, organization: str, is_strict: bool, resolver: Resolver) -> str:
    """Which of ``domains`` is that of the author, or of the same organization (§4.10); "" for none."""
    for domain in sorted(domains, key=lambda name: (name != author, name))[:MOST_DOMAINS]:
        if domain == author:
            return domain
        is_related = not is_strict and (domain.endswith("." + organization) or domain == organization)
        if is_related and _organization(domain, await _walk(domain, resolver)) == organization:
            return domain
    return ""


async def _walk(domain: str, resolver: Resolver) -> dict[str, Record]:
    """The records from ``domain`` upwards, by their domain (§4.10): the walk ends where psd= says that it may."""
    found: dict[str, Record] = {}
    for name in _steps(domain):
        record = await _published(name, resolver)
        if record is not None:
            found[name] = record
            if record.is_suffix != "u":
                break
    return found


def _steps(domain: str) -> list[str]:
    """The names of a walk: the domain, then those above it, ``MOST_STEPS`` in all."""
    labels = domain.split(".")
    above = [".".join(labels[number:]) for number in range(1, len(labels))]
    return [domain, *above[-(MOST_STEPS - 1) :]]


async def _published(domain: str, resolver: Resolver) -> Record | None:
    """The one record of a domain; of several none counts."""
    try:
        texts = await resolver.texts(f"_dmarc.{domain}")
    except NoSuchName:
        return None
    records = [record for record in map(parse_record, texts) if record is not None]
    return records[0] if len(records) == 1 else None


def _organization(domain: str, walked: dict[str, Record]) -> str:
    """The organization's domain, as the records of a walk show it (§4.10.2)."""
    for name, record in walked.items():
        if record.is_suffix == "n":
            return name
        if record.is_suffix == "y" and name != domain:
            labels = name.count(".") + 2
            return ".".join(domain.split(".")[-labels:])
    return min(walked, key=lambda name: name.count("."), default=domain)


def _suffixes(walked: dict[str, Record]) -> list[str]:
    """The public suffix of a walk, where one has a record."""
    return [name for name, record in walked.items() if record.is_suffix == "y"]
