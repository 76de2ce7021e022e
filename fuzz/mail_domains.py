"""Invariant: whatever a domain publishes, SPF, DKIM and DMARC come to a result, and ask the DNS a few times only.

Nothing raises but ``RemoteError`` where a record is read by itself, and no result holds more than a line.
"""

from __future__ import annotations

import contextlib
import random

from portside.errors import RemoteError
from portside.mail import dmarc, spf
from portside.mail.dkim.keys import parse_record
from portside.mail.fields import parse_header
from portside.mail.verdict import judge
from tests.support.plain_await import result_of
from tests.support.zones import Zone

MESSAGE = (
    b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=s; h=from;\r\n"
    b" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YWJj\r\nFrom: a@example.com\r\n\r\n"
)
MOST_QUESTIONS = 200
"""Ten terms of SPF, each with ten exchangers behind it, and the walks of DMARC."""

SEEDS = (
    b"v=spf1 a mx:b.example/24//64 include:example.com ip4:192.0.2.0/24 ip6:2001:db8::/32 ptr exists:%{ir"
    b"}.%{v}.x.y -all",
    b"v=spf1 redirect=%{d2} exp=why.%{o}",
    b"v=spf1 include:%{l}.%{d} a:%{S3r-}.%{h}.x exists:%{p}.x ~all",
    b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=; t=s:y; h=sha256; s=email",
    b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdO"
    b"Kb2jLQiY/J16JYi0"
    b"Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kr"
    b"yOTIKT+l/K4w3QIDAQAB",
    b"v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=s; psd=n; t=y; rua=mailto:a@b",
)  # fmt: skip
WORDS = (
    b"v=spf1", b"v=DKIM1", b"v=DMARC1", b" ", b";", b"=", b":", b"/", b"//", b"%{", b"}", b"%{d}", b"%{p}",
    b"%{l1r-}", b"%%",
    b"include:", b"redirect=", b"exp=", b"exists:", b"a:", b"mx", b"ptr", b"ip4:", b"ip6:", b"-all", b"p=",
    b"psd=y", b"psd=n",
    b"k=rsa", b"example.com", b"\0", b"\xff", b"..", b"0", b"33", b"129",
)  # fmt: skip


def check(data: bytes, dice: random.Random) -> None:
    with contextlib.suppress(RemoteError):
        parse_record(data)
    dmarc.parse_record(data)
    text = data.decode("latin-1")
    published = {name: {"TXT": [text], "A": ["192.0.2.9"], "MX": ["1 b.example"]} for name in _NAMES}
    zone = Zone(published, silent=[dice.choice([*_NAMES, "nothing.example"])])
    address = dice.choice(["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.9", "nowhere"])
    sender = dice.choice(["", "a@example.com", "a-b+c@b.example", "ü@example.com", "@"])
    verdict = result_of(judge(MESSAGE, zone, address=address, helo="b.example", sender=sender, now=1))
    assert len(zone.asked) <= MOST_QUESTIONS
    assert verdict.spf.result in spf.Result
    assert all("\n" not in line for line in verdict.words)
    assert "\n" not in verdict.spf.explanation
    assert len(parse_header(verdict.field("us")).fields) == 1


_NAMES = ("example.com", "b.example", "s._domainkey.example.com", "_dmarc.example.com", "9.2.0.192.in-addr.arpa")
