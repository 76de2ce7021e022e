"""The mail server over real sockets of loopback: TLS in both ways, logins, attacks, and how it ends."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portside.accounts.users import KnownAccounts, User, given
from portside.errors import ListenError
from portside.interfaces import Address
from portside.protocols.smtp.rules.policy import Policy, Tls
from portside.protocols.smtp.rules.sasl.mechanisms import MECHANISMS
from portside.protocols.smtp.server import MailServer, Settings, SinkStore, serve
from portside.transport.trust import server_context
from tests.support import certificates
from tests.support.smtp_stores import ShelfStore
from tests.support.smtp_wire import Wire, opened

HERE = (Address("127.0.0.1", 0),)
PATIENCE = 30.0
CONTENT = b"Subject: hi\r\n\r\nHello.\r\n"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[certificates.Pair, Path]:
    ca = certificates.make_ca(tmp_path)
    return certificates.good(tmp_path, ca), ca.cert


@pytest.fixture
def secured(pair: tuple[certificates.Pair, Path]) -> Settings:
    accounts = KnownAccounts(given([(User("anna"), "secret")], cost=4, scram=True))
    context = server_context(pair[0].cert, pair[0].key)
    policy = Policy(name="mx.example", tls=Tls.OFFERED, mechanisms=MECHANISMS)
    return Settings(HERE, policy, context=context, accounts=accounts)


def run(settings: Settings, store: ShelfStore, story: Callable[[int], None]) -> None:
    """``story`` with the port of a server, in a thread beside its loop."""

    async def both() -> None:
        server = await serve(replace(settings, addresses=HERE), store)
        try:
            await asyncio.to_thread(story, server.addresses[0].port)
        finally:
            await server.stop(0.0)

    asyncio.run(both())


def test_a_message_comes_in_byte_for_byte() -> None:
    shelf = ShelfStore()
    content = (
        b"Subject: all octets\r\n\r\n"
        + bytes(octet for octet in range(256) if octet not in (10, 13))
        + b"\r\n.\r\n..x\r\n"
    )

    def story(port: int) -> None:
        with opened("127.0.0.1", port) as wire:
            wire.hello()
            assert wire.send(content, "b@example.net").code == 250
            wire.begin("b@example.net")
            assert wire.chunk(content[:100]).code == 250
            assert wire.chunk(content[100:], last=True).code == 250
            assert wire.ask("QUIT").code == 221

    run(Settings(), shelf, story)
    assert [message.content for message in shelf.kept] == [content, content]


def test_a_large_message_comes_in_whole() -> None:
    shelf = ShelfStore()
    content = b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 500_000

    def story(port: int) -> None:
        with opened("127.0.0.1", port) as wire:
            wire.hello()
            assert wire.send(content, "b@example.net").code == 250

    run(Settings(), shelf, story)
    assert shelf.kept[0].content == content


def test_tls_begins_by_starttls_and_people_log_in_there(
    secured: Settings, pair: tuple[certificates.Pair, Path]
) -> None:
    shelf = ShelfStore()

    def story(port: int) -> None:
        with smtplib.SMTP("localhost", port, timeout=PATIENCE) as client:
            with pytest.raises(smtplib.SMTPNotSupportedError):
                client.login("anna", "secret")
            client.starttls(context=ssl.create_default_context(cafile=str(pair[1])))
            client.login("anna", "secret")
            client.sendmail("a@example.com", ["b@example.net"], CONTENT)

    run(secured, shelf, story)
    origin = shelf.kept[0].origin
    assert (origin.user, origin.protocol) == ("anna", "ESMTPSA")
    assert origin.tls.startswith("TLSv1.")


def test_tls_may_begin_at_once(secured: Settings, pair: tuple[certificates.Pair, Path]) -> None:
    shelf = ShelfStore()

    def story(port: int) -> None:
        with opened("localhost", port, ca=pair[1]) as wire:
            offered = wire.hello()
            assert "STARTTLS" not in offered
            assert "AUTH" in offered
            assert wire.send(CONTENT, "b@example.net").code == 250

    run(replace(secured, policy=replace(secured.policy, tls=Tls.IMPLICIT)), shelf, story)
    assert shelf.kept[0].origin.protocol == "ESMTPS"


def test_what_was_said_in_the_clear_counts_for_nothing_within_tls(
    secured: Settings, pair: tuple[certificates.Pair, Path]
) -> None:
    shelf = ShelfStore()

    def story(port: int) -> None:
        with opened("127.0.0.1", port) as wire:
            wire.hello()
            wire.say(b"STARTTLS\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<b@example.net>\r\n")
            assert wire.answer().code == 220
            wire.take_up_tls(pair[1])
            assert wire.ask("RCPT TO:<b@example.net>").code == 503
            assert wire.ask("NOOP").code == 250
            wire.hello()
            assert wire.send(CONTENT, "b@example.net").code == 250

    run(secured, shelf, story)
    assert [message.envelope.sender for message in shelf.kept] == ["sender@elsewhere.test"]


def test_a_client_that_speaks_no_tls_after_all_is_dropped_and_others_are_served(secured: Settings) -> None:
    shelf = ShelfStore()

    def story(port: int) -> None:
        with opened("127.0.0.1", port) as wire, opened("127.0.0.1", port) as other:
            wire.hello()
            assert wire.ask("STARTTLS").code == 220
            wire.say(b"MAIL FROM:<a@example.com>\r\n" * 10)
            while wire.sock.recv(4096):  # an alert, and the end
                pass
            other.hello()
            assert other.send(CONTENT, "b@example.net").code == 250

    run(secured, shelf, story)
    assert len(shelf.kept) == 1


def test_a_unix_socket_will_do(tmp_path: Path) -> None:
    shelf = ShelfStore()
    path = str(tmp_path / "lmtp.sock")

    def story() -> None:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(path)
            said = b"LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n"
            sock.sendall(said)
            came = b""
            while b"354" not in came:
                came += sock.recv(4096)
            sock.sendall(CONTENT + b".\r\nQUIT\r\n")
            while data := sock.recv(4096):
                came += data
        assert came.count(b"250 2.0.0 Kept") == 2

    async def both() -> None:
        server = await serve(Settings((Address("", 0, path),), Policy(lmtp=True)), shelf)
        try:
            await asyncio.to_thread(story)
        finally:
            await server.stop(0.0)

    asyncio.run(both())
    assert (shelf.kept[0].origin.host, shelf.kept[0].origin.protocol) == ("", "LMTP")


def test_a_place_that_is_taken_is_told() -> None:
    async def story() -> None:
        server = await serve(Settings(HERE), SinkStore())
        try:
            with pytest.raises(ListenError):
                await serve(Settings(tuple(server.addresses)), SinkStore())
        finally:
            await server.stop(0.0)

    asyncio.run(story())


def test_a_stop_lets_the_message_at_hand_be_kept() -> None:
    shelf = ShelfStore(later=True)

    async def story() -> None:
        server: MailServer = await serve(Settings(HERE), shelf)
        wire = await asyncio.to_thread(_waiting_for_its_end, server.addresses[0].port)
        await shelf.asked.wait()
        stopping = asyncio.ensure_future(server.stop(PATIENCE))
        await asyncio.sleep(0)
        shelf.let_go()
        codes = [answer.code for answer in await asyncio.to_thread(wire.answers)]
        wire.sock.close()
        assert codes == [250, 421]
        await stopping

    asyncio.run(story())
    assert len(shelf.kept) == 1


def _waiting_for_its_end(port: int) -> Wire:
    wire = opened("127.0.0.1", port)
    wire.hello()
    wire.begin("b@example.net")
    assert wire.ask("DATA").code == 354
    wire.say(CONTENT + b".\r\n")
    return wire


def test_an_abort_is_at_once() -> None:
    async def story() -> None:
        server = await serve(Settings(HERE), SinkStore())
        wire = await asyncio.to_thread(opened, "127.0.0.1", server.addresses[0].port)
        server.abort()
        await asyncio.sleep(0)
        with pytest.raises((EOFError, OSError)):
            await asyncio.to_thread(wire.answer)
        wire.sock.close()

    asyncio.run(story())
