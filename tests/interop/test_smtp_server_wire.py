"""What no client of others can be made to say: chunks of any octets, and every split of what is sent in one go."""

from __future__ import annotations

import email
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.smtp_contents import BINARY, EIGHT_BIT, HEAD, SEVEN_BIT, large
from tests.support.smtp_peers import ANN, BEN, MailPeer
from tests.support.smtp_wire import Wire, opened

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]

WAYS = [
    pytest.param({"host": "127.0.0.1"}, id="plain"),
    pytest.param({"host": "::1", "tls": True}, id="STARTTLS"),
    pytest.param({"host": "127.0.0.1", "tls": True, "at_once": True}, id="TLS"),
]
ALL = SEVEN_BIT | EIGHT_BIT
OFFERED = {
    "SIZE", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING", "BINARYMIME", "DSN",
}  # fmt: skip


def visit(server: MailPeer) -> tuple[Wire, set[str]]:
    """A connection that is as secure as it can be, and what is offered on it."""
    wire = opened(server.host, server.port, ca=server.ca if server.tls_port else None)
    offered = wire.hello()
    if server.ca and not server.tls_port:
        wire.secure(server.ca)
        offered = wire.hello()
    return wire, offered


@pytest.mark.parametrize("way", WAYS)
def test_what_is_offered(smtp: Smtp, way: dict[str, Any]) -> None:
    server = smtp(**way)
    wire, offered = visit(server)
    with wire:
        assert offered >= OFFERED
        assert ("STARTTLS" in offered) is (server.ca is None), "offered in the clear, and not within TLS"
        assert ("REQUIRETLS" in offered) is (server.ca is not None)


@pytest.mark.parametrize("way", WAYS)
def test_contents_by_data(smtp: Smtp, way: dict[str, Any]) -> None:
    server = smtp(**way)
    wire, _ = visit(server)
    with wire:
        for content in ALL.values():
            assert wire.send(content, ANN, more=" BODY=8BITMIME").code == 250
    server.wait_for(*ALL.values())


@pytest.mark.parametrize("way", WAYS)
def test_contents_by_chunks(smtp: Smtp, way: dict[str, Any]) -> None:
    contents = [*ALL.values(), *BINARY.values()]
    server = smtp(**way)
    wire, _ = visit(server)
    with wire:
        for content in contents:
            wire.begin(ANN, more=" BODY=BINARYMIME")
            half = len(content) // 2
            assert wire.chunk(content[:half]).code == 250
            assert wire.chunk(b"").code == 250
            assert wire.chunk(content[half:]).code == 250
            assert wire.chunk(b"", last=True).code == 250
    server.wait_for(*contents)


def test_ten_megabytes_in_one_chunk(smtp: Smtp) -> None:
    server, content = smtp(), large()
    wire, _ = visit(server)
    with wire:
        wire.begin(ANN, more=f" SIZE={len(content)}")
        assert wire.chunk(content, last=True).code == 250
    server.wait_for(content)


def test_a_message_of_nothing(smtp: Smtp) -> None:
    server = smtp()
    wire, _ = visit(server)
    with wire:
        assert wire.send(b"", ANN).code == 250
    (raw,) = server.wait(1)
    assert email.message_from_bytes(raw).get_payload() == ""


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_any_split_of_what_may_be_said_in_one_go(smtp: Smtp, piece: int) -> None:
    """The same messages, in whatever pieces the octets come (RFC 2920 §3.1 says where a client has to wait)."""
    content = SEVEN_BIT["dots"]
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    groups = [
        (b"EHLO client.test\r\n", [250]),
        (b"MAIL FROM:<a@b.test>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\n", [250, 250, 354]),
        (stuffed + b".\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<ben@example.test>\r\n", [250, 250, 250]),
        (b"BDAT %d LAST\r\n" % len(content) + content + b"QUIT\r\n", [250, 221]),
    ]
    server = smtp()
    with opened(server.host, server.port) as wire:
        for group, codes in groups:
            for at in range(0, len(group), piece):
                wire.say(group[at : at + piece])
            assert [wire.answer().code for _ in codes] == codes
    server.wait_for(content, content)


def test_lmtp_answers_for_each_recipient(smtp: Smtp) -> None:
    """Each recipient has its reply after the content, the refused one before it."""
    server = smtp("--lmtp", "--domain", "example.test")
    with opened(server.host, server.port) as wire:
        assert wire.ask("EHLO client.test").code == 500
        wire.hello(verb="LHLO")
        wire.begin(ANN, BEN)
        assert wire.ask("RCPT TO:<far@elsewhere.test>").code == 550
        assert wire.ask("DATA").code == 354
        wire.say(HEAD + b"\r\nhello\r\n.\r\n")
        assert [wire.answer().code, wire.answer().code] == [250, 250]
        assert wire.ask("QUIT").code == 221
    server.wait_for(HEAD + b"\r\nhello\r\n")
