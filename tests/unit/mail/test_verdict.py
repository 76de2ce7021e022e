"""The verdict: what the three say together, in words and in a field that nobody can break out of."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail import dkim, dmarc, spf
from portside.mail.dkim import public_record, sign
from portside.mail.fields import parse_header
from portside.mail.verdict import Verdict, author_domain, judge
from tests.support.dkim_keys import signer_of
from tests.support.plain_await import result_of
from tests.support.zones import Zone

MESSAGE = b"From: Ann <ann@example.com>\r\nTo: bob@example.net\r\n\r\nHello\r\n"
SIGNER = signer_of()
ZONE = Zone(
    {
        "example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
        "s1._domainkey.example.com": {"TXT": [public_record(SIGNER)]},
        "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
    }
)


def judged(message: bytes, address: str = "192.0.2.1", sender: str = "ann@example.com") -> Verdict:
    return result_of(judge(message, ZONE, address=address, helo="mx.example.com", sender=sender, now=0))


def test_a_message_for_which_its_domain_answers_passes() -> None:
    verdict = judged(sign(MESSAGE, SIGNER, time=0) + MESSAGE)
    assert verdict.words == [
        "SPF pass: 192.0.2.1 matches ip4:192.0.2.1/32 of example.com",
        "DKIM pass: signed by example.com, and unchanged since",
        "DMARC pass: it is signed by example.com",
    ]


def test_a_message_of_somebody_else_fails() -> None:
    verdict = judged(MESSAGE, "198.51.100.1")
    assert [line.partition(":")[0] for line in verdict.words] == ["SPF fail", "DKIM none", "DMARC fail"]
    assert verdict.dmarc.policy is dmarc.Policy.REJECT


def test_a_sender_of_the_same_domain_is_enough() -> None:
    assert judged(MESSAGE).dmarc.result is dmarc.Result.PASS


def test_what_cannot_be_asked_is_no_error() -> None:
    verdict = judged(b"", "", "")
    assert verdict.dmarc.result is dmarc.Result.PERMERROR
    assert verdict.spf.result is spf.Result.NONE


@pytest.mark.parametrize(
    ("header", "domain"),
    [
        (b"From: a@Example.com\r\n", "example.com"),
        (b"From: a@example.com, b@example.com\r\n", "example.com"),
        (b"From: a@example.com, b@example.org\r\n", ""),
        (b"From: a@example.com\r\nFrom: b@example.com\r\n", ""),
        (b"From: good@example.com <evil@example.org>\r\n", "example.org"),
        (b"From: nobody\r\n", ""),
        (b"To: a@example.com\r\n", ""),
        (b"", ""),
    ],
)
def test_the_author_s_domain_is_found_where_there_is_one(header: bytes, domain: str) -> None:
    assert author_domain(parse_header(header + b"\r\n")) == domain


def test_the_field_says_what_was_found() -> None:
    signed = sign(MESSAGE, SIGNER, time=0) + MESSAGE
    verdict = judged(signed)
    start = base64.b64encode(verdict.dkim[0].value).decode()[:8]
    assert parse_header(verdict.field("mx.example.net")).text("authentication-results") == (
        'mx.example.net; spf=pass reason="192.0.2.1 matches ip4:192.0.2.1/32 of example.com" '
        "smtp.mailfrom=ann@example.com; "
        'dkim=pass reason="signed by example.com, and unchanged since" header.d=example.com header.s=s1 '
        f"header.a=ed25519-sha256 header.b={start}; "
        'dmarc=pass reason="it is signed by example.com" header.from=example.com'
    )
    failed = parse_header(judged(MESSAGE, "198.51.100.1", "").field("mx.example.net")).text("authentication-results")
    assert "; dkim=none; dmarc=fail" in failed
    assert "smtp.helo=mx.example.com" in failed
    assert failed.endswith("policy.dmarc=reject")


EVIL = st.text('a;="\\\r\n \x00ü()', max_size=30)


@given(EVIL, EVIL, EVIL)
def test_nothing_that_a_stranger_said_breaks_out_of_the_field(sender: str, helo: str, domain: str) -> None:
    verdict = Verdict(
        spf.Finding(spf.Result.NONE, domain, domain),
        (dkim.Finding(dkim.Result.FAIL, sender, domain, helo, "", sender),),
        dmarc.Finding(dmarc.Result.NONE, helo, domain),
        sender,
        helo,
    )
    field = verdict.field("us")
    header = parse_header(field)
    assert [each.key for each in header.fields] == ["authentication-results"]
    outside = "".join(header.text("authentication-results").split('"')[::2])
    assert outside.count(";") == 3
    assert field.isascii()
