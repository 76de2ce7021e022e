"""DMARC: what a domain publishes, who belongs to it, and what it wants done (RFC 9989)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail import dkim, dmarc, spf
from portside.mail.dmarc import MOST_STEPS, Finding, Policy, Record, Result, parse_record
from tests.support.plain_await import result_of
from tests.support.zones import Zone

REJECT, QUARANTINE, NONE = Policy.REJECT, Policy.QUARANTINE, Policy.NONE


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("v=DMARC1; p=none", Record(NONE, NONE, NONE)),
        ("v=DMARC1;p=reject;", Record(REJECT, REJECT, REJECT)),
        ("v=DMARC1; p=Reject; sp=quarantine", Record(REJECT, QUARANTINE, QUARANTINE)),
        ("v=DMARC1; p=none; sp=quarantine; np=reject", Record(NONE, QUARANTINE, REJECT)),
        ("v=DMARC1; p=none; np=reject", Record(NONE, NONE, REJECT)),
        ("v=DMARC1; p=none; adkim=s; aspf=S", Record(NONE, NONE, NONE, strict_dkim=True, strict_spf=True)),
        ("v=DMARC1; p=none; psd=y", Record(NONE, NONE, NONE, "y")),
        ("v=DMARC1; p=none; psd=x; adkim=x; pct=50; ri=1", Record(NONE, NONE, NONE)),
        ("v=DMARC1; p=reject; t=y", Record(REJECT, REJECT, REJECT, is_test=True)),
        ("v=DMARC1; rua=mailto:a@b", Record(NONE, NONE, NONE)),
        ("v=DMARC1; p=nonsense; rua=mailto:a@b", Record(NONE, NONE, NONE)),
        ("v=DMARC1; p=reject; sp=nonsense; rua=mailto:a@b", Record(NONE, NONE, NONE)),
        ("v=DMARC1 ; p = reject", Record(REJECT, REJECT, REJECT)),
    ],
)
def test_a_record_is_read(text: str, record: Record) -> None:
    assert parse_record(text.encode()) == record


@pytest.mark.parametrize(
    "text",
    ["", "v=DMARC1", "v=DMARC1; p=nonsense", "v=DMARC2; p=none", "p=none; v=DMARC1", "v=spf1 -all", "v=dmarc1; p=none",
     "v=DMARC1; p=none; p=none", "v=DMARC1; p=reject; sp=x", "v=DMARC1; p=reject; np=",
     "v=DMARC1; nonsense", "\xff"],
)  # fmt: skip
def test_what_is_no_record_is_none(text: str) -> None:
    assert parse_record(text.encode("latin-1")) is None


@given(st.binary(max_size=60))
def test_whatever_is_published_is_read_or_none(text: bytes) -> None:
    assert parse_record(b"v=DMARC1; p=none;" + text) is None or isinstance(parse_record(text), Record | None)


def signed(*domains: str, result: dkim.Result = dkim.Result.PASS) -> list[dkim.Finding]:
    return [dkim.Finding(result, "", domain) for domain in domains]


def sent(result: spf.Result = spf.Result.PASS) -> spf.Finding:
    return spf.Finding(result, "")


def checked(
    author: str,
    records: dict[str, str],
    *,
    signatures: list[dkim.Finding] | None = None,
    sender: str = "",
    zone: Zone | None = None,
) -> Finding:
    """What is said of a message from ``author`` with these signatures, sent by a host of ``sender`` ("": of nobody)."""
    names = {f"_dmarc.{domain}": {"TXT": [record]} for domain, record in records.items()}
    by = sent() if sender else sent(spf.Result.FAIL)
    return result_of(dmarc.check(author, by, signatures or [], zone or Zone(names), envelope_domain=sender))


ORG = {"example.com": "v=DMARC1; p=reject; sp=quarantine"}


@pytest.mark.parametrize(
    ("author", "signatures", "sender", "result"),
    [
        ("example.com", ["example.com"], "", Result.PASS),
        ("example.com", [], "example.com", Result.PASS),
        ("Example.COM.", [], "example.com", Result.PASS),
        ("example.com", ["mail.example.com"], "", Result.PASS),
        ("example.com", [], "bounce.example.com", Result.PASS),
        ("news.example.com", ["example.com"], "", Result.PASS),
        ("news.example.com", ["mail.example.com"], "", Result.PASS),
        ("example.com", ["example.org"], "example.net", Result.FAIL),
        ("example.com", ["notexample.com"], "", Result.FAIL),
        ("example.com", ["com"], "com", Result.FAIL),
        ("example.com", [], "", Result.FAIL),
        ("example.com", ["a.example", "b.example", "example.com"], "", Result.PASS),
        ("example.org", ["example.org"], "example.org", Result.NONE),
        ("", [], "", Result.PERMERROR),
        ("no domain", [], "", Result.PERMERROR),
    ],
)
def test_a_message_passes_where_its_author_s_organization_answers_for_it(
    author: str, signatures: list[str], sender: str, result: Result
) -> None:
    found = checked(author, ORG, signatures=signed(*signatures), sender=sender)
    assert found.result is result
    assert found.reason


def test_an_author_in_another_script_is_asked_for_in_ascii() -> None:
    records = {"xn--bcher-kva.example": "v=DMARC1; p=reject"}
    assert checked("bücher.example", records, signatures=signed("xn--bcher-kva.example")).result is Result.PASS
    assert checked("bücher.example", records, sender="bücher.example").result is Result.PASS


def test_a_signature_that_did_not_pass_proves_nothing() -> None:
    for result in set(dkim.Result) - {dkim.Result.PASS}:
        assert checked("example.com", ORG, signatures=signed("example.com", result=result)).result is Result.FAIL


@pytest.mark.parametrize(
    ("record", "signatures", "sender", "result"),
    [
        ("adkim=s", ["mail.example.com"], "", Result.FAIL),
        ("adkim=s", ["example.com"], "", Result.PASS),
        ("adkim=s", [], "mail.example.com", Result.PASS),
        ("aspf=s", [], "mail.example.com", Result.FAIL),
        ("aspf=s", [], "example.com", Result.PASS),
        ("aspf=s", ["mail.example.com"], "", Result.PASS),
    ],
)
def test_a_strict_domain_wants_the_very_domain(record: str, signatures: list[str], sender: str, result: Result) -> None:
    records = {"example.com": f"v=DMARC1; p=none; {record}"}
    assert checked("example.com", records, signatures=signed(*signatures), sender=sender).result is result


@pytest.mark.parametrize(
    ("author", "records", "exists", "policy"),
    [
        ("example.com", {"example.com": "v=DMARC1; p=reject; sp=none"}, True, REJECT),
        ("a.example.com", {"example.com": "v=DMARC1; p=reject; sp=quarantine"}, True, QUARANTINE),
        ("a.example.com", {"example.com": "v=DMARC1; p=reject"}, True, REJECT),
        ("a.example.com", {"a.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=reject"}, True, NONE),
        ("a.example.com", {"example.com": "v=DMARC1; p=none; np=reject"}, True, NONE),
        ("a.example.com", {"example.com": "v=DMARC1; p=none; np=reject"}, False, REJECT),
        ("a.b.example", {"example": "v=DMARC1; p=none; sp=reject; psd=y"}, True, REJECT),
        ("example.com", {"example.com": "v=DMARC1; p=reject; t=y"}, True, NONE),
    ],
)
def test_the_policy_is_that_of_the_nearest_who_answers(
    author: str, records: dict[str, str], exists: bool, policy: Policy
) -> None:
    names = {f"_dmarc.{domain}": {"TXT": [record]} for domain, record in records.items()}
    zone = Zone(names | ({author: {"A": ["192.0.2.1"]}} if exists else {}))
    found = checked(author, {}, zone=zone)
    assert (found.result, found.policy) == (Result.FAIL, policy)


# ------------------------------------------------------------------------------------ the organization


@pytest.mark.parametrize(
    ("author", "signature", "records", "result"),
    [
        # RFC 9989 §4.10: the record with the fewest labels is the organization's
        ("a.mail.example.com", "b.example.com",
         {"a.mail.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=none"}, Result.PASS),
        # psd=n: here it ends, whatever stands above
        ("a.giant.bank", "b.giant.bank",
         {"a.giant.bank": "v=DMARC1; p=none; psd=n", "giant.bank": "v=DMARC1; p=none"}, Result.FAIL),
        ("x.a.giant.bank", "y.a.giant.bank",
         {"a.giant.bank": "v=DMARC1; p=none; psd=n", "giant.bank": "v=DMARC1; p=none"}, Result.PASS),
        # psd=y: the organization is one label below
        ("mail.giant.bank", "other.giant.bank", {"bank": "v=DMARC1; p=none; psd=y"}, Result.PASS),
        ("giant.bank", "small.bank", {"bank": "v=DMARC1; p=none; psd=y"}, Result.FAIL),
        ("giant.bank", "bank", {"bank": "v=DMARC1; p=none; psd=y"}, Result.FAIL),
    ],
)  # fmt: skip
def test_the_organization_is_found_in_the_dns(
    author: str, signature: str, records: dict[str, str], result: Result
) -> None:
    assert checked(author, records, signatures=signed(signature)).result is result


def test_a_long_name_is_walked_in_a_few_steps() -> None:
    zone = Zone({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})
    author = ".".join("abcdefghijklmnopqrstuvwxyz") + ".example.com"
    assert checked(author, {}, zone=zone).policy is REJECT
    walked = [name for name, kind in zone.asked if kind == "TXT"]
    assert walked == [
        f"_dmarc.{author}", "_dmarc.v.w.x.y.z.example.com", "_dmarc.w.x.y.z.example.com", "_dmarc.x.y.z.example.com",
        "_dmarc.y.z.example.com", "_dmarc.z.example.com", "_dmarc.example.com", "_dmarc.com",
    ]  # fmt: skip
    assert len(walked) == MOST_STEPS


def test_of_two_records_none_counts() -> None:
    zone = Zone({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}})
    assert checked("example.com", {}, zone=zone).result is Result.NONE
    zone = Zone({"_dmarc.example.com": {"TXT": ["hello", "v=DMARC1; p=none"]}})
    assert checked("example.com", {}, zone=zone).result is Result.FAIL


def test_a_dns_that_does_not_answer_is_told() -> None:
    assert checked("example.com", {}, zone=Zone(silent=["_dmarc.example.com"])).result is Result.TEMPERROR


def test_many_signatures_do_not_ask_the_dns_many_times() -> None:
    zone = Zone({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}})
    others = signed(*(f"x{number}.example.org" for number in range(1000)))
    assert checked("example.com", {}, zone=zone, signatures=others).result is Result.FAIL
    assert len(zone.asked) <= 5
