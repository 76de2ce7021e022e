"""What is asked of the DNS, and what its answers mean."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from portside.interfaces import Address
from portside.mail.resolving import Exchange, NoAnswer, NoSuchName
from portside.transport.dns import RECORDS_KEPT, DnsResolver
from tests.support.ports import free_tcp_port

ZONE = {
    ("x.test.", "MX"): ["20 b.test.", "10 A.test.", "10 c.test."],
    ("null.test.", "MX"): ["0 ."],
    ("many.test.", "MX"): [f"{number} h{number}.test." for number in range(300)],
    ("a.test.", "A"): ["192.0.2.1", "192.0.2.2"],
    ("a.test.", "AAAA"): ["2001:db8::1"],
    ("four.test.", "A"): ["192.0.2.4"],
    ("x.test.", "TXT"): ['"v=spf1 " "-all"', '"other"'],
    ("1.2.0.192.in-addr.arpa.", "PTR"): ["a.test."],
    ("xn--exmple-cua.test.", "MX"): ["10 a.test."],
}
NAMES = {name for name, _ in ZONE} | {"empty.test."}
PATIENCE = 60.0
"""Seconds for an answer that comes: far more than it takes on a busy machine."""


class Server(asyncio.DatagramProtocol):
    """A name server of ``ZONE``, long answers over TCP only; ``broken.test`` fails, ``silent.test`` says nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        answer = self.answer(query)
        if answer is not None:
            if len(answer.to_wire()) > 512:
                answer = dns.message.make_response(query)
                answer.flags |= dns.flags.TC
            self.transport.sendto(answer.to_wire(), addr)

    def answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name == "silent.test.":
            return None
        if name == "broken.test.":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in NAMES:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif (name, kind) in ZONE:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *ZONE[name, kind]))
        return answer


@contextlib.asynccontextmanager
async def asking(lifetime: float = PATIENCE) -> AsyncIterator[tuple[DnsResolver, Server]]:
    loop = asyncio.get_running_loop()
    port = free_tcp_port()
    transport, server = await loop.create_datagram_endpoint(Server, ("127.0.0.1", port))

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(2), "big")
        answer = server.answer(dns.message.from_wire(await reader.readexactly(size)))
        assert answer is not None
        wire = answer.to_wire(max_size=65535)
        writer.write(len(wire).to_bytes(2, "big") + wire)
        await writer.drain()
        writer.close()

    streams = await asyncio.start_server(visit, "127.0.0.1", port)
    try:
        yield DnsResolver([Address("127.0.0.1", port)], lifetime=lifetime), server
    finally:
        transport.close()
        streams.close()
        await asyncio.sleep(0)


def ask(question: Callable[[DnsResolver], Awaitable[Any]], lifetime: float = PATIENCE) -> Any:
    async def story() -> Any:
        async with asking(lifetime) as (resolver, _):
            return await question(resolver)

    return asyncio.run(story())


def test_exchangers_come_by_preference() -> None:
    found = ask(lambda resolver: resolver.exchanges("x.test"))
    assert [each.preference for each in found] == [10, 10, 20]
    assert {each.host.lower() for each in found} == {"a.test", "b.test", "c.test"} and found[2] == Exchange(
        20, "b.test"
    )


@pytest.mark.parametrize(
    ("domain", "found"),
    [("null.test", (Exchange(0, ""),)), ("empty.test", ()), ("exämple.test", (Exchange(10, "a.test"),))],
)
def test_a_domain_may_have_none_or_take_none(domain: str, found: tuple[Exchange, ...]) -> None:
    assert ask(lambda resolver: resolver.exchanges(domain)) == found


def test_a_long_answer_comes_over_tcp_and_is_bounded() -> None:
    found = ask(lambda resolver: resolver.exchanges("many.test"))
    assert len(found) == 300 <= RECORDS_KEPT


@pytest.mark.parametrize(
    ("host", "addresses"),
    [("a.test", {"2001:db8::1", "192.0.2.1", "192.0.2.2"}), ("four.test", {"192.0.2.4"}), ("empty.test", set())],
)
def test_a_host_has_addresses_of_both_kinds(host: str, addresses: set[str]) -> None:
    assert set(ask(lambda resolver: resolver.addresses(host))) == addresses


def test_texts_are_joined() -> None:
    assert set(ask(lambda resolver: resolver.texts("x.test"))) == {b"v=spf1 -all", b"other"}


def test_an_address_has_names() -> None:
    assert ask(lambda resolver: resolver.names("192.0.2.1")) == ("a.test",)


@pytest.mark.parametrize("name", ["missing.test", "a..b", "x" * 64 + ".test", ".".join(["x" * 60] * 5), "\udcff.test"])
@pytest.mark.parametrize("kind", ["exchanges", "addresses", "texts"])
def test_a_name_that_is_not_there_is_not_there(name: str, kind: str) -> None:
    with pytest.raises(NoSuchName):
        ask(lambda resolver: getattr(resolver, kind)(name))


@pytest.mark.parametrize("address", ["", "x", "1.2.3", "1.2.3.4.5"])
def test_only_an_address_has_names(address: str) -> None:
    with pytest.raises(NoSuchName):
        ask(lambda resolver: resolver.names(address))


@pytest.mark.parametrize(
    ("name", "lifetime", "words"), [("broken.test", PATIENCE, "answers well"), ("silent.test", 0.5, "in time")]
)
def test_a_server_that_can_not_say_may_do_so_later(name: str, lifetime: float, words: str) -> None:
    with pytest.raises(NoAnswer, match=words):
        ask(lambda resolver: resolver.exchanges(name), lifetime)


def test_what_was_answered_is_kept_for_a_while() -> None:
    async def story() -> None:
        async with asking() as (resolver, server):
            await resolver.exchanges("x.test")
            await resolver.exchanges("x.test")
            assert server.asked == [("x.test.", "MX")]

    asyncio.run(story())


def test_without_servers_of_its_own_the_system_s_are_asked() -> None:
    assert DnsResolver()._servers == ()
