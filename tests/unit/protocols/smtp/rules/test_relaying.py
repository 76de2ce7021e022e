"""This is never an open relay: forty spellings of an address elsewhere, each refused or kept here."""

from __future__ import annotations

import pytest

from portside.mail.envelope import Recipient
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.relaying import check_recipient, lives_here
from portside.protocols.smtp.syntax.codes import Refusal
from tests.support.smtp_plays import Play

OURS = Policy(domains=frozenset({"example.com", "xn--bcher-kva.example"}))

SPELLINGS = [
    "<victim@example.net>",
    "<victim@EXAMPLE.NET>",
    "<victim@example.net.>",
    "<victim@sub.example.com>",
    "<victim@example.com.example.net>",
    "<victim@example.comexample.net>",
    "<victim@notexample.com>",
    "<victim%example.net@example.com>",
    "<victim%example.net@[192.0.2.1]>",
    "<victim%example.net@localhost>",
    "<victim%example.net>",
    "<victim@example.net@example.com>",
    "<victim@example.com@example.net>",
    '<"victim@example.net">',
    '<"victim@example.net"@example.com>',
    '<"victim%example.net"@example.com>',
    '<"victim@example.net"@[192.0.2.1]>',
    "<@example.com:victim@example.net>",
    "<@example.com,@example.org:victim@example.net>",
    "<@[192.0.2.1]:victim@example.net>",
    "<@example.com:victim%example.net@example.com>",
    '<@example.com:"victim@example.net">',
    "<example.net!victim>",
    "<example.net!victim@example.com>",
    "<example.net!victim@[192.0.2.1]>",
    "<example.com!example.net!victim>",
    "<@example.net:victim@example.com>",
    "<victim@[198.51.100.1]>",
    "<victim@[IPv6:2001:db8::1]>",
    "<victim@[example.net]>",
    "<victim@localhost>",
    "<victim@example>",
    "<victim@>",
    "<victim>",
    "<@example.net>",
    "victim@example.net",
    "<victim@example.net",
    "<<victim@example.net>>",
    "<victim @example.net>",
    "<victim@example.net >",
    "<victim@example.net>,<b@example.com>",
    "<victim@example.com\\@example.net>",
    "<victim@example.net\\@example.com>",
    "<victim@exa\u00admple.com>",
    "<victim@ｅｘａｍｐｌｅ.net>",
    "<victim@example.net%00@example.com>",
    "<victim@=6578616d706c65.net>",
]
assert len(SPELLINGS) >= 40


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_leads_to_another_host(spelling: str) -> None:
    play = Play(OURS).greet()
    play.type("MAIL FROM:<anybody@example.org>")
    code = play.code(f"RCPT TO:{spelling}")
    assert code in (250, 501, 550, 553, 555)
    if code != 250:
        return
    play.type("DATA")
    play.raw(b".\r\n")
    (recipient,) = play.envelopes[0].recipients
    assert lives_here(recipient, OURS)
    assert recipient.domain == "example.com"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_without_a_domain_all_that_comes_stays_here(spelling: str) -> None:
    play = Play().greet()
    play.type("MAIL FROM:<anybody@example.org>")
    if play.code(f"RCPT TO:{spelling}") == 250:
        play.type("DATA")
        play.raw(b".\r\n")
        assert lives_here(play.envelopes[0].recipients[0], Policy())


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("anna@example.com", True),
        ("anna@Example.Com", True),
        ("anna@example.com.", True),
        ("postmaster", True),
        ("anna@xn--bcher-kva.example", True),
        ("anna@example.net", False),
        ("anna@mail.example.com", False),
        ('"a@example.com"@example.net', False),
    ],
)
def test_who_lives_here_is_told_by_what_stands_behind_the_last_at(address: str, here: bool) -> None:
    assert lives_here(Recipient(address), OURS) is here


def test_strangers_are_reached_by_who_has_logged_in_where_that_is_allowed_and_by_nobody_else() -> None:
    stranger = Recipient("victim@example.net")
    relays = Policy(domains=OURS.domains, relays=True)
    for policy, user in ((OURS, ""), (OURS, "anna"), (relays, "")):
        with pytest.raises(Refusal) as refused:
            check_recipient(stranger, policy, user)
        assert (refused.value.status, refused.value.enhanced) == (550, "5.7.1")
    check_recipient(stranger, relays, "anna")


KNOWN = Policy(domains=OURS.domains, is_known={"anna"}.__contains__)


@pytest.mark.parametrize(
    "address",
    [
        "anna@example.com",
        "Anna@example.com",
        "anna+shop@example.com",
        "postmaster@example.com",
        "POSTMASTER",
        "postmaster",
    ],
)
def test_who_is_known_gets_mail_and_the_postmaster_always(address: str) -> None:
    check_recipient(Recipient(address), KNOWN, "")


@pytest.mark.parametrize(
    "address", ["bert@example.com", "annabel@example.com", "+anna@example.com", "bert+anna@example.com"]
)
def test_who_is_not_known_is_refused(address: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_recipient(Recipient(address), KNOWN, "")
    assert (refused.value.status, refused.value.enhanced) == (550, "5.1.1")
