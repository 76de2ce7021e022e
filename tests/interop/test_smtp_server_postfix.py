"""Mail that comes to our server through Postfix, or goes through ours to it: as it was, and nothing hides in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes

import pytest

from tests.support import postfix
from tests.support.postfix import wait_until_logged
from tests.support.smtp_clients import smtp_source
from tests.support.smtp_contents import EIGHT_BIT, HEAD, SEVEN_BIT, large
from tests.support.smtp_peers import ANN, MailPeer, carries, until
from tests.support.smtp_wire import Wire, opened

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]

FAR = "ann@far.test"
"""Somebody whose mail Postfix sends on to us."""
FALSE_ENDS = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r.\n", b"\n.\r", b"\r\r\n.\r\r\n",
    b"\r\n.\r\r\n", b"\r\n\x00.\r\n", b"\r\n.\x00\r\n", b"\n\r.\n\r",
]  # fmt: skip
HIDDEN = b"MAIL FROM:<forged@far.test>\r\nRCPT TO:<ann@far.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nboo\r\n.\r\n"


def subjects(server: MailPeer) -> list[str]:
    return [str(message_from_bytes(raw)["Subject"]) for raw in server.inbox.arrived()]


def relay(smtp: Smtp, ours: MailPeer, *more: str) -> MailPeer:
    """A Postfix that sends mail for far.test on to ``ours``."""
    way = f"transport_maps = inline:{{ {{ far.test = smtp:[{ours.host}]:{ours.port} }} }}"
    return smtp(way, *more, kind=postfix)


@pytest.mark.parametrize("chunking", [True, False], ids=["BDAT", "DATA"])
def test_contents_come_through_as_they_were(smtp: Smtp, chunking: bool) -> None:
    ours = smtp()
    no_chunks = () if chunking else ("smtp_discard_ehlo_keywords = chunking",)
    through = relay(smtp, ours, *no_chunks)
    contents = [*SEVEN_BIT.values(), *EIGHT_BIT.values(), large(2_000_000)]
    with opened(through.host, through.port) as wire:
        wire.hello()
        for content in contents:
            assert wire.send(content, FAR, more=" BODY=8BITMIME").code == 250
    found = ours.wait(len(contents))
    for content in contents:
        assert any(carries(raw, content) for raw in found), content[:300]


def test_it_comes_over_tls(smtp: Smtp) -> None:
    ours = smtp(tls=True)
    through = relay(smtp, ours, "smtp_tls_security_level = encrypt", f"smtp_tls_CAfile = {ours.ca}")
    with opened(through.host, through.port) as wire:
        wire.hello()
        wire.send(HEAD + b"\r\nhello\r\n", FAR)
    (raw,) = ours.wait(1)
    assert b"ESMTPS" in raw.partition(b"postfix.example.test (Postfix)")[0]


def test_mail_in_number(smtp: Smtp) -> None:
    ours = smtp()
    through = relay(smtp, ours)
    smtp_source(through, "-d", "-l", "2000", "-t", FAR, count=300, sessions=10)
    assert len(ours.wait(300)) == 300


def test_a_refusal_comes_back_as_a_report(smtp: Smtp) -> None:
    ours = smtp("--domain", "example.test")
    through = relay(smtp, ours)
    with opened(through.host, through.port) as wire:
        wire.hello()
        wire.begin(FAR, sender="ben@example.test")
        assert wire.ask("DATA").code == 354
        wire.say(HEAD + b"\r\n.\r\n")
        assert wire.answer().code == 250
    (report,) = through.wait(1)
    assert b"550 5.7.1" in report


def test_nothing_is_smuggled_through_it(smtp: Smtp) -> None:
    """As many messages as Postfix has taken in arrive or are refused: what hides in one for us alone is none."""
    ours = smtp()
    through = relay(smtp, ours, "smtpd_forbid_bare_newline = no")
    for number, false_end in enumerate(FALSE_ENDS):
        with opened(through.host, through.port) as wire:
            wire.hello()
            wire.begin(FAR)
            assert wire.ask("DATA").code == 354
            wire.say(
                HEAD.replace(b"a hard one", b"number %d" % number) + b"\r\nhello" + false_end + HIDDEN + b"QUIT\r\n"
            )
            wire.answers()
    with opened(through.host, through.port) as wire:
        wire.hello()
        last = wire.send(b"Subject: the last\r\n\r\n", FAR).text.rpartition(" ")[2]
    wait_until_logged(through, f"{last}: removed")  # its log is written by another process, in the order of events
    queued = set(re.findall(r"cleanup\[\d+\]: ([0-9A-F]+): message-id", postfix.log(through)))
    for name in queued:
        wait_until_logged(through, f"{name}: removed")
    sent = re.findall(r"postfix/smtp\[\d+\]: [0-9A-F]+: .* status=(sent|bounced)", postfix.log(through))
    ours.wait(sent.count("sent"))
    found = subjects(ours)
    assert len(found) == sent.count("sent")
    assert found.count("smuggled") == postfix.log(through).count("from=<forged@far.test>, size")
    assert found.count("the last") == 1


# ------------------------------------------------------------------------------------------- the other way


def before(smtp: Smtp, behind: MailPeer) -> Wire:
    """A login at a server of ours that sends on to ``behind``."""
    through = ("--relay", "--relay-through", behind.url)
    ours = smtp("--domain", "ours.test", "--auth-without-tls", *through, login=True)
    wire = opened(ours.host, ours.port)
    wire.hello()
    assert wire.ask("AUTH PLAIN AGFubmEAYSBzZWNyZXQ=").code == 235
    return wire


def test_what_we_send_on_is_as_it_was(smtp: Smtp) -> None:
    behind = smtp(kind=postfix)
    contents = [*SEVEN_BIT.values(), *EIGHT_BIT.values(), large(2_000_000)]
    with before(smtp, behind) as wire:
        for content in contents:
            assert wire.send(content, ANN, more=" BODY=8BITMIME").code == 250
        behind.wait_for(*contents)


def test_nothing_is_smuggled_through_us(smtp: Smtp) -> None:
    """By DATA it is refused at our door; by chunks, where any octet may come, it comes back, or arrives as one."""
    behind = smtp("smtpd_forbid_bare_newline = no", kind=postfix)
    with before(smtp, behind) as wire:
        for false_end in FALSE_ENDS:
            wire.begin(ANN, sender="anna@ours.test", more=" BODY=BINARYMIME")
            wire.chunk(HEAD + b"\r\nhello" + false_end + HIDDEN, last=True)
        assert wire.send(b"Subject: the last\r\n\r\n", ANN).code == 250
        until(lambda: "the last" in subjects(behind) or None, "the last message", behind.process)
    assert "smuggled" not in subjects(behind)
    assert "from=<forged@" not in postfix.log(behind)
