"""What the DNS says of a sender, as the page shows it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from portside.apps.mailbox.judging import judge_by
from portside.mail.maildir.summary import Summary
from tests.support.zones import Zone

MESSAGE = (
    b"Return-Path: <shop@example.com>\nReceived: from app.example.com (app [192.0.2.7])\n\tby mx with ESMTP; now\n"
    b"From: shop@example.com\nSubject: x\n\nx\n"
)
RECORDS = {
    "example.com": {"TXT": ["v=spf1 ip4:192.0.2.7 -all"]},
    "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
    "app.example.com": {"TXT": []},
    "com": {"TXT": []},
    "_dmarc.com": {"TXT": []},
}


def judged(host: str, zone: Zone, message: bytes = MESSAGE) -> list[dict[str, Any]]:
    summary = Summary("m1", 0.0, "", (), "", 0, False, 0, "", "shop@example.com", 25, host, 40000)
    return asyncio.run(judge_by(zone, clock=lambda: 1_795_770_000.0)(message, summary))


@pytest.mark.parametrize(("host", "result"), [("192.0.2.7", "pass"), ("192.0.2.8", "fail")])
def test_the_address_that_brought_it_counts(host: str, result: str) -> None:
    spf, dkim, dmarc = judged(host, Zone(RECORDS))
    assert (spf["method"], spf["result"]) == ("SPF", result) and spf["why"]
    assert dkim == {"method": "DKIM", "result": "none", "why": "nobody signed it"}
    assert (dmarc["method"], dmarc["result"]) == ("DMARC", result)


@pytest.mark.parametrize("message", [b"", b"no header", b"Received:\n\n", b"Received: from \xff\nFrom: <>\n\n"])
def test_anything_is_judged(message: bytes) -> None:
    assert [each["method"] for each in judged("", Zone(RECORDS), message)] == ["SPF", "DKIM", "DMARC"]


def test_a_name_server_that_is_silent_is_a_result_too() -> None:
    spf, _, _ = judged("192.0.2.7", Zone(RECORDS, silent=["example.com"]))
    assert spf["result"] == "temperror"
