"""Signatures are checked: the RFCs' own messages, each of ours with something changed, and a DNS that fails."""

from __future__ import annotations

import base64
import hashlib
import mmap
from dataclasses import replace
from pathlib import Path

import pytest

from portside.mail.dkim import Finding, Result, public_record, sign, verify
from portside.mail.dkim.canonical import BLOCK, Form, signed_header
from portside.mail.dkim.verifying import CLOCK_SKEW, MOST_HASHES, MOST_SIGNATURES
from portside.mail.fields import parse_header
from tests.support.dkim_keys import signer_of, zone_of
from tests.support.plain_await import result_of
from tests.support.zones import Zone

MESSAGE = (
    b"From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nSubject: Hello\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
    b"\r\nHello Bob\r\nline two\r\n"
)
SIGNER = signer_of()
SIGNED = sign(MESSAGE, SIGNER, time=1000) + MESSAGE
NAME = "s1._domainkey.example.com"


def verified(message: bytes, zone: Zone | None = None, now: float = 2000) -> Finding:
    [found] = result_of(verify(message, zone_of(SIGNER) if zone is None else zone, now=now))
    return found


# ------------------------------------------------------------------------------------- the RFCs' messages

FOOTBALL_KEYS = {
    "brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test._domainkey.football.example.com": "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
    "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4h"
    "stT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
}
FOOTBALL = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""


@pytest.mark.parametrize("line", [b"\n", b"\r\n"], ids=["as it lies on a disk", "as it travels"])
def test_the_message_of_rfc_8463_passes_twice(line: bytes) -> None:
    zone = Zone({name: {"TXT": [record]} for name, record in FOOTBALL_KEYS.items()})
    found = result_of(verify(FOOTBALL.replace(b"\n", line), zone, now=1528640000))
    assert [(each.algorithm, each.result, each.reason) for each in found] == [
        ("ed25519-sha256", Result.PASS, "signed by football.example.com, and unchanged since"),
        ("rsa-sha256", Result.PASS, "signed by football.example.com, and unchanged since"),
    ]


BRISBANE_KEY = (
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFC"
    "jxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI"
    "MmPSPDdQPNUYckcQ2QIDAQAB"
)
BRISBANE = b"""\
DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
      4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
"""


def test_the_message_of_rfc_6376_passes() -> None:
    zone = Zone({"brisbane._domainkey.example.com": {"TXT": [BRISBANE_KEY]}})
    found = verified(BRISBANE.replace(b"\n", b"\r\n"), zone)
    assert (found.result, found.identity) == (Result.PASS, "joe@football.example.com"), found.reason


# ------------------------------------------------------------------------------------------ what passes


def test_a_signature_that_is_good_passes() -> None:
    found = verified(SIGNED)
    assert (found.result, found.domain, found.selector, found.is_test) == (Result.PASS, "example.com", "s1", False)


@pytest.mark.parametrize(
    "changed",
    [
        b"Received: from x\r\n" + SIGNED,
        SIGNED.replace(b"\r\n", b"\n"),
        SIGNED.replace(b"Subject: Hello", b"SUBJECT:   Hello  "),
        SIGNED.replace(b"Subject: Hello", b"Subject:\r\n Hello"),
        SIGNED.replace(b"Hello Bob\r\n", b"Hello \t Bob  \r\n"),
        SIGNED + b"\r\n\r\n",
        SIGNED[:-2],
        b"DKIM-Signature-Not: x\r\n" + SIGNED,
    ],
)
def test_what_relays_do_on_the_way_does_no_harm(changed: bytes) -> None:
    assert verified(changed).result is Result.PASS


def test_a_message_on_the_disk_is_verified_as_one_in_memory(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(SIGNED)
    with (tmp_path / "m").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        [found] = result_of(verify(mapped, zone_of(SIGNER), now=2000))
    assert found.result is Result.PASS


def test_a_message_without_a_signature_has_no_findings() -> None:
    assert result_of(verify(MESSAGE, Zone(), now=0)) == result_of(verify(b"", Zone(), now=0)) == []


# -------------------------------------------------------------------------------------------- what does not


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (SIGNED.replace(b"line two", b"line 2"), "body was changed"),
        (SIGNED + b"more\r\n", "body was changed"),
        (SIGNED.replace(b"Hello\r\n", b"Hullo\r\n"), "header was changed"),
        (SIGNED.replace(b"Ann <ann", b"Bob <ann"), "header was changed"),
        (b"From: evil@example.com\r\n" + SIGNED, "header was changed"),
        (b"Subject: evil\r\n" + SIGNED, "header was changed"),
        (SIGNED.replace(b"Subject: Hello\r\n", b""), "header was changed"),
        (SIGNED.replace(b"t=1000", b"t=1001"), "header was changed"),
        (SIGNED.replace(b"h=from :from", b"h=from"), "header was changed"),
    ],
)
def test_what_was_changed_fails(changed: bytes, reason: str) -> None:
    found = verified(changed)
    assert found.result is Result.FAIL
    assert reason in found.reason


def test_a_signature_of_another_key_fails() -> None:
    other = signer_of(selector="other")
    zone = Zone({NAME: {"TXT": [public_record(replace(signer_of("rsa2048"), selector="s1"))]}})
    assert verified(SIGNED, zone).result is Result.PERMERROR
    assert "algorithm" in verified(SIGNED, zone).reason
    assert verified(sign(MESSAGE, other, time=0) + MESSAGE).result is Result.PERMERROR


@pytest.mark.parametrize(
    ("time", "expires", "now", "result"),
    [
        (1000, 2000, 1999, Result.PASS),
        (1000, 2000, 2001, Result.FAIL),
        (1000, None, 1e12, Result.PASS),
        (1000, None, 1000 - CLOCK_SKEW + 1, Result.PASS),
        (5000, None, 5000 - CLOCK_SKEW - 1, Result.FAIL),
    ],
)
def test_a_signature_counts_in_its_time(time: float, expires: float | None, now: float, result: Result) -> None:
    assert verified(sign(MESSAGE, SIGNER, time=time, expires=expires) + MESSAGE, now=now).result is result


@pytest.mark.parametrize(
    ("record", "result", "reason"),
    [
        ("v=DKIM1; p=", Result.PERMERROR, "revoked"),
        ("garbage", Result.PERMERROR, "no tag"),
        (public_record(SIGNER) + "; t=y", Result.PASS, "unchanged"),
        (public_record(SIGNER) + "; t=s", Result.PASS, "unchanged"),
        (public_record(SIGNER) + "; s=tlsrpt", Result.PERMERROR, "e-mail"),
    ],
)
def test_what_the_record_says_counts(record: str, result: Result, reason: str) -> None:
    found = verified(SIGNED, Zone({NAME: {"TXT": [record]}}))
    assert found.result is result
    assert reason in found.reason
    assert found.is_test is ("t=y" in record)


def test_a_strict_key_is_not_for_a_domain_below() -> None:
    zone = Zone({"brisbane._domainkey.example.com": {"TXT": [BRISBANE_KEY + "; t=s"]}})
    found = verified(BRISBANE.replace(b"\n", b"\r\n"), zone)
    assert (found.result, "below" in found.reason) == (Result.PERMERROR, True)


def test_of_several_keys_one_that_verifies_is_enough() -> None:
    records = ["v=DKIM1; p=", "garbage", public_record(SIGNER)]
    assert verified(SIGNED, Zone({NAME: {"TXT": records}})).result is Result.PASS
    assert verified(SIGNED, Zone({NAME: {"TXT": ["x"] * 5 + [public_record(SIGNER)]}})).result is Result.PERMERROR


@pytest.mark.parametrize(
    ("zone", "result"),
    [(Zone(), Result.PERMERROR), (Zone({NAME: {}}), Result.PERMERROR), (Zone(silent=[NAME]), Result.TEMPERROR)],
)
def test_a_key_that_cannot_be_had_is_told(zone: Zone, result: Result) -> None:
    assert verified(SIGNED, zone).result is result


def test_a_signature_that_breaks_the_rules_is_told_and_the_others_count() -> None:
    message = b"DKIM-Signature: v=1; a=rsa-sha1\r\nDKIM-Signature: \xff\r\n" + SIGNED
    assert [found.result for found in result_of(verify(message, zone_of(SIGNER), now=2000))] == [
        Result.PERMERROR, Result.PERMERROR, Result.PASS,
    ]  # fmt: skip


def test_no_more_signatures_are_checked_than_the_dns_is_asked_for() -> None:
    zone = zone_of(SIGNER)
    message = sign(MESSAGE, SIGNER, time=0) * 50 + MESSAGE
    assert len(result_of(verify(message, zone, now=2000))) == MOST_SIGNATURES
    assert len(zone.asked) == MOST_SIGNATURES


def test_a_body_is_digested_a_few_times_only() -> None:
    many = b"".join(sign(MESSAGE, SIGNER, time=0).replace(b"v=1;", b"v=1; l=%d;" % length) for length in range(9))
    found = result_of(verify(many + MESSAGE, zone_of(SIGNER), now=2000))
    assert [each.result for each in found] == [Result.FAIL] * MOST_HASHES + [Result.NEUTRAL] * 5


def test_others_have_their_turn_while_a_large_body_is_digested() -> None:
    message = SIGNED + b"x" * (3 * BLOCK)
    coroutine = verify(message, zone_of(SIGNER), now=2000)
    assert [coroutine.send(None) for _ in range(4)] == [None] * 4
    with pytest.raises(StopIteration):
        coroutine.send(None)


def test_a_body_that_does_not_match_asks_nobody() -> None:
    zone = zone_of(SIGNER)
    assert verified(SIGNED + b"more", zone).result is Result.FAIL
    assert zone.asked == []


# --------------------------------------------------------------------------------------- a part of the body


def signed_up_to(length: int) -> bytes:
    """The message with a good signature of the first octets of its body alone."""
    body = MESSAGE.partition(b"\r\n\r\n")[2]
    digest = base64.b64encode(hashlib.sha256(body[:length]).digest()).decode()
    own = f"DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=s1; h=from; l={length}; bh={digest}; b=".encode()
    data = signed_header(MESSAGE, parse_header(MESSAGE), ("from",), own, Form.SIMPLE)
    value = base64.b64encode(SIGNER.sign(data, hashlib.sha256(data).digest()))
    return own + value + b"\r\n" + MESSAGE


@pytest.mark.parametrize(("length", "result"), [(0, Result.POLICY), (5, Result.POLICY), (21, Result.PASS)])
def test_a_signature_of_a_part_of_the_body_does_not_pass(length: int, result: Result) -> None:
    found = verified(signed_up_to(length))
    assert found.result is result
    assert ("anybody" in found.reason) is (result is Result.POLICY)


def test_what_is_appended_behind_a_part_is_noticed() -> None:
    assert verified(signed_up_to(21) + b"evil\r\n").result is Result.POLICY


def test_a_part_that_is_longer_than_the_body_fails() -> None:
    assert verified(signed_up_to(100)).result is Result.FAIL
