"""Both sides of the port: our client at our server, with all that both can do."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from portside.accounts.users import KnownAccounts, User, given
from portside.interfaces import Address
from portside.mail.envelope import Body, Envelope, Notify, Recipient, Return
from portside.mail.storing import StoreFull
from portside.protocols.smtp.client.mailer import Mailer
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.orders import Stage, TlsUse
from portside.protocols.smtp.rules.policy import Policy, Tls
from portside.protocols.smtp.rules.sasl.mechanisms import MECHANISMS, SCRAM_PLUS
from portside.protocols.smtp.server import Settings as ServerSettings
from portside.protocols.smtp.server import serve
from portside.transport.dial import ClientTls
from portside.transport.trust.binding import end_point
from tests.support import certificates
from tests.support.smtp_mailing import LETTER, run, to
from tests.support.smtp_stores import ShelfStore


@dataclass
class Both:
    """A client, and what is on the server's shelf."""

    mailer: Mailer
    shelf: ShelfStore

    def contents(self) -> list[bytes]:
        return [message.content for message in self.shelf.kept]

    def envelope(self) -> Envelope:
        return self.shelf.kept[-1].envelope


@contextlib.asynccontextmanager
async def both(
    policy: Policy | None = None, *, client: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[Both]:
    shelf = more.pop("shelf", None) or ShelfStore()
    settings = ServerSettings((Address("127.0.0.1", 0),), policy=policy or Policy(), **more)
    server = await serve(settings, shelf)
    scheme = "lmtp" if settings.policy.lmtp else "smtps" if settings.policy.tls is Tls.IMPLICIT else "smtp"
    try:
        url = f"{scheme}://127.0.0.1:{server.addresses[0].port}"
        async with Mailer(Settings(url, **(client or {}))) as mailer:
            yield Both(mailer, shelf)
    finally:
        await server.stop(0.0)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, certificates.Pair]:
    folder = tmp_path_factory.mktemp("pair")
    ca = certificates.make_ca(folder)
    return ca.cert, certificates.good(folder, ca)


def secured(pair: tuple[Path, certificates.Pair], tls: Tls = Tls.OFFERED, **policy: Any) -> dict[str, Any]:
    """A server with TLS, and a client that believes it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair[1].cert, pair[1].key)
    bound = SCRAM_PLUS in policy.get("mechanisms", ())
    binding = end_point(pair[1].certificate().public_bytes(Encoding.DER)) if bound else b""
    return {
        "policy": Policy(tls=tls, **policy), "context": context, "binding": binding,
        "client": {"trust": ClientTls(cafile=pair[0])},
    }  # fmt: skip


CONTENTS = [
    b"", b"\r\n", b".\r\n", b"..\r\n.\r\n", b"Subject: x\r\n\r\n.a\r\n..b\r\n", b"a" * 5000 + b"\r\n",
    b"".join(b".%d\r\n" % number for number in range(5000)), "Subject: \u00fc\r\n\r\n\u20ac\r\n".encode(),
]  # fmt: skip


@pytest.mark.parametrize("chunking", [True, False])
def test_every_content_arrives_as_it_was(chunking: bool) -> None:
    async def story() -> None:
        async with both(client={"chunking": chunking, "connections": 1}) as sides:
            for content in CONTENTS:
                assert (await sides.mailer.send(to(), content)).delivered
            assert sides.contents() == [content or b"\r\n" for content in CONTENTS]

    run(story)


def test_octets_of_any_kind_arrive_in_chunks() -> None:
    async def story() -> None:
        content = bytes(range(256)) * 3
        async with both() as sides:
            assert (await sides.mailer.send(to(body=Body.BINARY), content)).delivered
            assert sides.contents() == [content] and sides.envelope().body is Body.BINARY

    run(story)


def test_all_that_an_envelope_says_is_heard() -> None:
    async def story() -> None:
        sent = Envelope(
            "ann@example.org",
            (Recipient("b@x.org", frozenset({Notify.FAILURE, Notify.DELAY}), "rfc822;b@y.org"), Recipient("c@x.org")),
            ret=Return.HEADERS,
            envid="e+1=2",
        )
        async with both() as sides:
            assert (await sides.mailer.send(sent, LETTER)).delivered
            heard = sides.envelope()
            assert (heard.sender, heard.ret, heard.envid) == (sent.sender, sent.ret, sent.envid)
            assert heard.recipients == sent.recipients and heard.size == len(LETTER)

    run(story)


def test_addresses_in_every_script_arrive() -> None:
    async def story() -> None:
        async with both() as sides:
            outcome = await sides.mailer.send(to("\u00fc@ex\u00e4mple.org", sender="\u03b1@x.org"), LETTER)
            assert outcome.delivered and sides.envelope().utf8
            assert sides.envelope().addresses == ("\u00fc@ex\u00e4mple.org",)

    run(story)


@pytest.mark.parametrize("mechanism", MECHANISMS[:2] + MECHANISMS[3:])
@pytest.mark.parametrize("tls", [Tls.OFFERED, Tls.IMPLICIT])
def test_every_login_comes_in_over_tls(mechanism: str, tls: Tls, pair: tuple[Path, certificates.Pair]) -> None:
    async def story() -> None:
        options = secured(pair, tls, mechanisms=(mechanism,), login_required=True)
        options["client"] |= {"login": ("anna", "secret"), "tls": TlsUse.REQUIRED}
        async with both(**options, accounts=known()) as sides:
            (result,) = (await sides.mailer.send(to(), LETTER)).results
            assert result.delivered and result.server is not None and result.server.user == "anna"

    run(story)


@pytest.mark.parametrize("mechanism", MECHANISMS[:2] + MECHANISMS[3:])
def test_no_login_comes_in_with_another_password(mechanism: str, pair: tuple[Path, certificates.Pair]) -> None:
    async def story() -> None:
        options = secured(pair, mechanisms=(mechanism,))
        options["client"] |= {"login": ("anna", "another"), "tls": TlsUse.REQUIRED}
        async with both(**options, accounts=known()) as sides:
            (result,) = (await sides.mailer.send(to(), LETTER)).results
            assert result.stage is Stage.ENTRY and result.reply is not None and result.reply.code == 535

    run(story)


def known() -> KnownAccounts:
    return KnownAccounts(given([(User("anna"), "secret")], cost=4, scram=True))


def test_tls_may_be_required_all_the_way(pair: tuple[Path, certificates.Pair]) -> None:
    async def story() -> None:
        async with both(**secured(pair)) as sides:
            assert (await sides.mailer.send(to(require_tls=True), LETTER)).delivered
            assert sides.envelope().require_tls

    run(story)


def test_lmtp_answers_for_each() -> None:
    async def story() -> None:
        policy = Policy(lmtp=True, is_known=lambda name: name != "nobody")
        async with both(policy) as sides:
            outcome = await sides.mailer.send(to("b@localhost", "nobody@localhost", "c@localhost"), LETTER)
            assert [result.delivered for result in outcome.results] == [True, False, True]

    run(story)


@pytest.mark.parametrize("chunking", [True, False])
def test_a_message_that_is_too_large_is_not_even_said(chunking: bool) -> None:
    async def story() -> None:
        limits = ServerLimits(largest=1000)
        async with both(client={"chunking": chunking}, limits=limits) as sides:
            (result,) = (await sides.mailer.send(to(), b"x" * 1000)).results
            assert result.stage is Stage.OURS and result.reply is not None and result.reply.code == 552
            assert (await sides.mailer.send(to(), b"x" * 900)).delivered

    run(story)


def test_recipients_beyond_the_server_s_number_come_in_the_next_transaction() -> None:
    async def story() -> None:
        async with both(limits=ServerLimits(recipients=7)) as sides:
            outcome = await sides.mailer.send(to(*(f"u{number}@x.org" for number in range(20))), LETTER)
            assert outcome.delivered
            counts = [len(message.envelope.recipients) for message in sides.shelf.kept]
            assert counts == [7, 7, 6]

    run(story)


def test_a_full_store_is_told_and_nothing_is_lost() -> None:
    async def story() -> None:
        shelf = ShelfStore(failing={"keep": StoreFull("no room")})
        async with both(shelf=shelf) as sides:
            (result,) = (await sides.mailer.send(to(), LETTER)).results
            assert result.reply is not None and result.reply.code == 452 and result.passing
            shelf.failing.clear()
            assert (await sides.mailer.send(to(), LETTER)).delivered
            assert len(sides.shelf.kept) == 1

    run(story)


def test_thousands_go_over_few_connections_each_once() -> None:
    async def story() -> None:
        async with both(client={"connections": 4}) as sides:
            outcomes = [outcome async for _, outcome in sides.mailer.send_all((to(), b"%d" % n) for n in range(2000))]
            assert len(outcomes) == 2000 and all(outcome.delivered for outcome in outcomes)  # type: ignore[union-attr]
            assert sorted(sides.contents()) == sorted(b"%d\r\n" % number for number in range(2000))

    run(story)


@pytest.mark.parametrize("chunking", [True, False])
def test_a_long_file_arrives_as_it_was(chunking: bool, tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "long.eml"
        path.write_bytes(b"Subject: long\n\n" + b".0123456789 and so on\n" * 200_000)
        async with both(client={"chunking": chunking}) as sides:
            await asyncio.gather(*(sides.mailer.send(to(), path) for _ in range(3)))
            assert sides.contents() == [path.read_bytes().replace(b"\n", b"\r\n")] * 3

    run(story)
