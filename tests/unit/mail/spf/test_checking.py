"""``check_host``: RFC 7208's appendix A, its limits, its errors, and a second reader of the same records."""

from __future__ import annotations

from typing import Any

import pytest

from portside.mail.spf import Finding, Result, check, check_host
from portside.mail.spf.checking import LONGEST_EXPLANATION, MOST_LOOKUPS
from tests.support.plain_await import result_of
from tests.support.zones import Zone

BASE: dict[str, dict[str, list[str]]] = {
    "example.com": {"MX": ["10 mail-a.example.com", "20 mail-b.example.com"], "A": ["192.0.2.10", "192.0.2.11"]},
    "amy.example.com": {"A": ["192.0.2.65"]},
    "bob.example.com": {"A": ["192.0.2.66"]},
    "mail-a.example.com": {"A": ["192.0.2.129"], "AAAA": ["2001:db8::129"]},
    "mail-b.example.com": {"A": ["192.0.2.130"]},
    "example.org": {"MX": ["10 mail-c.example.org"]},
    "mail-c.example.org": {"A": ["192.0.2.140"]},
    "null.example": {"MX": ["0 "]},
    "10.2.0.192.in-addr.arpa": {"PTR": ["example.com"]},
    "65.2.0.192.in-addr.arpa": {"PTR": ["amy.example.com"]},
    "140.2.0.192.in-addr.arpa": {"PTR": ["mail-c.example.org"]},
    "4.0.0.10.in-addr.arpa": {"PTR": ["bob.example.com"]},
    "pass.example": {"TXT": ["v=spf1 +all"]},
    "fail.example": {"TXT": ["v=spf1 -all"]},
    "soft.example": {"TXT": ["v=spf1 ~all"]},
    "neutral.example": {"TXT": ["v=spf1 ?all"]},
    "empty.example": {"TXT": ["v=spf1"]},
    "bad.example": {"TXT": ["v=spf1 foo"]},
    "two.example": {"TXT": ["v=spf1 -all", "v=spf1 +all"]},
    "other.example": {"TXT": ["hello", "v=spf10 -all"]},
    "why.example": {"TXT": ["%{i} may not send for %{d}, %{s} (%{c} %{r} %{t})%%"]},
    "ann._at.example.com": {"A": ["127.0.0.2"]},
}


def checked(record: str, address: str = "192.0.2.1", **more: Any) -> Finding:
    """What the domain's record says; ``more``: the sender, further names, and names that nobody answers for."""
    names = BASE | {"example.com": BASE["example.com"] | {"TXT": [record]}} | more.get("names", {})
    zone = more.get("zone") or Zone(names, more.get("silent", ()))
    sender = more.get("sender", "ann@example.com")
    return result_of(
        check_host(address, "example.com", sender, "helo.example.com", zone, now=7.0, receiver="here.example")
    )


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        # appendix A
        ("v=spf1 +all", "192.0.2.1", Result.PASS),
        ("v=spf1 a -all", "192.0.2.10", Result.PASS),
        ("v=spf1 a -all", "192.0.2.11", Result.PASS),
        ("v=spf1 a -all", "192.0.2.12", Result.FAIL),
        ("v=spf1 a:example.org -all", "192.0.2.10", Result.FAIL),
        ("v=spf1 mx -all", "192.0.2.129", Result.PASS),
        ("v=spf1 mx -all", "192.0.2.130", Result.PASS),
        ("v=spf1 mx -all", "192.0.2.10", Result.FAIL),
        ("v=spf1 mx:example.org -all", "192.0.2.140", Result.PASS),
        ("v=spf1 mx mx:example.org -all", "192.0.2.129", Result.PASS),
        ("v=spf1 mx mx:example.org -all", "192.0.2.140", Result.PASS),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", Result.PASS),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.143", Result.PASS),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.144", Result.FAIL),
        ("v=spf1 ptr -all", "192.0.2.65", Result.PASS),
        ("v=spf1 ptr -all", "192.0.2.10", Result.PASS),
        ("v=spf1 ptr -all", "192.0.2.140", Result.FAIL),
        ("v=spf1 ptr -all", "10.0.0.4", Result.FAIL),
        ("v=spf1 ptr:example.org -all", "192.0.2.140", Result.PASS),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", Result.FAIL),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", Result.PASS),
        # what a match means, and which comes first
        ("v=spf1 ~all", "192.0.2.1", Result.SOFTFAIL),
        ("v=spf1 ?all", "192.0.2.1", Result.NEUTRAL),
        ("v=spf1", "192.0.2.1", Result.NEUTRAL),
        ("v=spf1 mx", "192.0.2.1", Result.NEUTRAL),
        ("v=spf1 ?ip4:192.0.2.1 -ip4:192.0.2.0/24 +all", "192.0.2.1", Result.NEUTRAL),
        ("v=spf1 all -all", "192.0.2.1", Result.PASS),
        ("V=SPF1 A -ALL", "192.0.2.10", Result.PASS),
        # IPv6, and IPv4 in its clothes
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", Result.PASS),
        ("v=spf1 ip6:2001:db8::/32 -all", "192.0.2.1", Result.FAIL),
        ("v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", Result.PASS),
        ("v=spf1 mx -all", "2001:db8::129", Result.PASS),
        ("v=spf1 mx/8//64 -all", "2001:db8::ffff", Result.PASS),
        ("v=spf1 mx//128 -all", "2001:db8::ffff", Result.FAIL),
        ("v=spf1 a -all", "2001:db8::1", Result.FAIL),
        ("v=spf1 a/0 -all", "198.51.100.1", Result.PASS),
        # include and redirect
        ("v=spf1 include:pass.example -all", "192.0.2.1", Result.PASS),
        ("v=spf1 -include:pass.example +all", "192.0.2.1", Result.FAIL),
        ("v=spf1 include:fail.example ~all", "192.0.2.1", Result.SOFTFAIL),
        ("v=spf1 include:soft.example -all", "192.0.2.1", Result.FAIL),
        ("v=spf1 include:neutral.example -all", "192.0.2.1", Result.FAIL),
        ("v=spf1 include:empty.example -all", "192.0.2.1", Result.FAIL),
        ("v=spf1 include:bad.example +all", "192.0.2.1", Result.PERMERROR),
        ("v=spf1 include:nothing.example +all", "192.0.2.1", Result.PERMERROR),
        ("v=spf1 include:other.example +all", "192.0.2.1", Result.PERMERROR),
        ("v=spf1 include:two.example +all", "192.0.2.1", Result.PERMERROR),
        ("v=spf1 redirect=fail.example", "192.0.2.1", Result.FAIL),
        ("v=spf1 redirect=soft.example", "192.0.2.1", Result.SOFTFAIL),
        ("v=spf1 redirect=empty.example", "192.0.2.1", Result.NEUTRAL),
        ("v=spf1 redirect=nothing.example", "192.0.2.1", Result.PERMERROR),
        ("v=spf1 redirect=bad.example", "192.0.2.1", Result.PERMERROR),
        ("v=spf1 redirect=fail.example +all", "192.0.2.1", Result.PASS),
        ("v=spf1 redirect=%{l}.example", "192.0.2.1", Result.PERMERROR),
        # exists, and macros
        ("v=spf1 exists:%{l}._at.%{o} -all", "192.0.2.1", Result.PASS),
        ("v=spf1 exists:%{l}._at.%{o} -all", "2001:db8::1", Result.PASS),
        ("v=spf1 exists:%{l1r-}.nothing.%{o} -all", "192.0.2.1", Result.FAIL),
        ("v=spf1 a:%{p} -all", "192.0.2.65", Result.PASS),
        ("v=spf1 a:%{p}.x -all", "192.0.2.1", Result.FAIL),
        # a null MX, and records that are wrong
        ("v=spf1 mx:null.example -all", "192.0.2.1", Result.FAIL),
        ("v=spf1 +all foo", "192.0.2.1", Result.PERMERROR),
        ("v=spf1 ip4:192.0.2.1 -all\xff", "192.0.2.1", Result.PERMERROR),
    ],
)
def test_a_record_says_who_may_send(record: str, address: str, result: Result) -> None:
    found = checked(record, address)
    assert found.result is result, found.reason
    assert found.reason
    assert found.domain == "example.com"


@pytest.mark.parametrize(
    "domain", ["", "localhost", "a..b", "a" * 64 + ".com", "ä..example", "[192.0.2.1]", "x" * 300 + ".y", "a b.c"]
)
def test_a_name_that_cannot_publish_anything_is_none(domain: str) -> None:
    zone = Zone()
    found = result_of(check_host("192.0.2.1", domain, f"a@{domain}", "h", zone, now=0))
    assert found.result is Result.NONE
    assert zone.asked == [] or domain == "[192.0.2.1]"


@pytest.mark.parametrize("domain", ["nothing.example", "other.example", "example.org"])
def test_a_domain_without_a_record_is_none(domain: str) -> None:
    assert result_of(check_host("192.0.2.1", domain, f"a@{domain}", "h", Zone(BASE), now=0)).result is Result.NONE


@pytest.mark.parametrize(
    ("record", "silent", "result"),
    [
        ("v=spf1 +all", "example.com", Result.TEMPERROR),
        ("v=spf1 a:amy.example.com +all", "amy.example.com", Result.TEMPERROR),
        ("v=spf1 mx +all", "mail-a.example.com", Result.TEMPERROR),
        ("v=spf1 include:pass.example -all", "pass.example", Result.TEMPERROR),
        ("v=spf1 redirect=pass.example", "pass.example", Result.TEMPERROR),
        ("v=spf1 ptr -all", "1.2.0.192.in-addr.arpa", Result.FAIL),
        ("v=spf1 ip4:192.0.2.1 a:amy.example.com", "amy.example.com", Result.PASS),
        ("v=spf1 -all exp=why.example", "why.example", Result.FAIL),
    ],
)
def test_a_dns_that_does_not_answer_is_told_where_it_was_needed(record: str, silent: str, result: Result) -> None:
    assert checked(record, silent=[silent]).result is result


def test_other_scripts_are_asked_for_in_ascii() -> None:
    zone = Zone(
        {"xn--bcher-kva.example": {"TXT": ["v=spf1 exists:%{l}.x.example a:%{l}.y.example ip4:192.0.2.1 -all"]}}
    )
    found = result_of(check_host("192.0.2.1", "bücher.example", "ä@bücher.example", "h", zone, now=0))
    assert (found.result, found.domain) == (Result.PASS, "xn--bcher-kva.example")
    assert [name for name, kind in zone.asked if kind != "TXT"] == []


def test_what_came_over_no_network_is_none() -> None:
    for address in ("", "localhost", "1.2.3"):
        assert checked("v=spf1 +all", address).result is Result.NONE


# ------------------------------------------------------------------------------------------------ limits


def test_ten_terms_may_ask() -> None:
    names = {f"n{number}.example": {"A": ["192.0.2.99"]} for number in range(20)}
    asking = [f"a:n{number}.example" for number in range(20)]
    most = " ".join(asking[:MOST_LOOKUPS])
    assert checked(f"v=spf1 {most} ip4:192.0.2.0/24 -all", names=names).result is Result.PASS
    more = " ".join(asking[: MOST_LOOKUPS + 1])
    found = checked(f"v=spf1 {more} -all", names=names)
    assert (found.result, "look-ups" in found.reason) == (Result.PERMERROR, True)
    assert checked(f"v=spf1 ip4:192.0.2.1 {more} -all", names=names).result is Result.PASS


def test_records_that_lead_to_themselves_come_to_an_end() -> None:
    loops = {"a.example": {"TXT": ["v=spf1 include:b.example"]}, "b.example": {"TXT": ["v=spf1 redirect=a.example"]}}
    zone = Zone(BASE | loops | {"example.com": {"TXT": ["v=spf1 include:a.example"]}})
    assert checked("", zone=zone).result is Result.PERMERROR
    assert len(zone.asked) <= MOST_LOOKUPS + 2
    assert checked("v=spf1 redirect=example.com").result is Result.PERMERROR


def test_two_answers_may_be_empty() -> None:
    assert checked("v=spf1 a:x1.example a:x2.example +all").result is Result.PASS
    assert checked("v=spf1 a:amy.example.com mx ptr +all", "2001:db8::1").result is Result.PERMERROR
    found = checked("v=spf1 a:x1.example mx:x2.example exists:x3.example +all")
    assert (found.result, "find nothing" in found.reason) == (Result.PERMERROR, True)


def test_ten_exchangers_may_stand_behind_a_name() -> None:
    def many(count: int) -> dict[str, dict[str, list[str]]]:
        hosts = {f"m{number}.example": {"A": ["192.0.2.77"]} for number in range(count)}
        return {"many.example": {"MX": [f"10 m{number}.example" for number in range(count)]}} | hosts

    assert checked("v=spf1 mx:many.example -all", "192.0.2.77", names=many(10)).result is Result.PASS
    assert checked("v=spf1 mx:many.example -all", "192.0.2.77", names=many(11)).result is Result.PERMERROR


def test_of_the_names_of_an_address_ten_are_looked_at() -> None:
    def many(count: int) -> dict[str, dict[str, list[str]]]:
        names = [f"x{number}.example" for number in range(count)] + ["amy.example.com"]
        return {"65.2.0.192.in-addr.arpa": {"PTR": names}} | {name: {"A": ["192.0.2.9"]} for name in names[:-1]}

    assert checked("v=spf1 ptr -all", "192.0.2.65", names=many(9)).result is Result.PASS
    assert checked("v=spf1 ptr -all", "192.0.2.65", names=many(10)).result is Result.FAIL


# ------------------------------------------------------------------------------------------ explanations


def test_a_failure_is_explained_in_the_words_of_the_domain() -> None:
    found = checked("v=spf1 -all exp=why.example")
    said = "192.0.2.1 may not send for example.com, ann@example.com (192.0.2.1 here.example 7)%"
    assert found.explanation == said
    assert checked("v=spf1 ~all exp=why.example").explanation == ""


@pytest.mark.parametrize("texts", [[], ["one", "two"], ["%{x}"], ["\xff"], ["%"]])
def test_an_explanation_that_is_wrong_is_none(texts: list[str]) -> None:
    found = checked("v=spf1 -all exp=odd.example", names={"odd.example": {"TXT": texts}})
    assert (found.result, found.explanation) == (Result.FAIL, "")


def test_the_explanation_is_that_of_the_record_that_failed() -> None:
    names = {"far.example": {"TXT": ["v=spf1 -all exp=far-why.example"]}, "far-why.example": {"TXT": ["far %{d}"]}}
    assert checked("v=spf1 redirect=far.example exp=why.example", names=names).explanation == "far far.example"
    assert checked("v=spf1 include:far.example -all exp=why.example", names=names).explanation.startswith(
        "192.0.2.1 may"
    )


def test_an_explanation_is_one_line_of_some_length() -> None:
    names = {"odd.example": {"TXT": ["x" * 2000]}}
    assert len(checked("v=spf1 -all exp=odd.example", names=names).explanation) == LONGEST_EXPLANATION


# -------------------------------------------------------------------------------------------- identities


def test_a_sender_without_a_local_part_is_the_postmaster() -> None:
    names = {"postmaster._at.example.com": {"A": ["127.0.0.2"]}}
    assert checked("v=spf1 exists:%{l}._at.%{o} -all", sender="@example.com", names=names).result is Result.PASS


def test_the_sender_is_checked_and_helo_where_there_is_none() -> None:
    zone = Zone(BASE)
    found = result_of(check("192.0.2.1", "fail.example", "ann@pass.example", zone, now=0))
    assert (found.result, found.domain, found.identity) == (Result.PASS, "pass.example", "mailfrom")
    found = result_of(check("192.0.2.1", "fail.example", "", zone, now=0))
    assert (found.result, found.domain, found.identity) == (Result.FAIL, "fail.example", "helo")


def test_the_name_of_the_address_is_asked_for_only_where_it_is_used() -> None:
    zone = Zone(BASE | {"example.com": {"TXT": ["v=spf1 exists:%{i}.x.example -all"]}})
    checked("", zone=zone)
    assert not [name for name, kind in zone.asked if kind == "PTR"]
