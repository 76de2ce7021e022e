"""Where mail goes: a name server of the test's own tells, and servers at several loopback addresses take it, or not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import dnsmasq, smtp_served, smtp_sink
from tests.support.ftp_peers import Identity
from tests.support.our_mail_client import ANY, send, told
from tests.support.ports import free_tcp_port
from tests.support.smtp_peers import MailPeer

pytestmark = pytest.mark.peer

REFUSED, NOT_REACHED = 1, 3
FIRST, SECOND, THIRD = "127.0.0.2", "127.0.0.3", "127.0.0.4"
NULL_MX = "dns-rr={},15,000000"
"""Preference 0, and the root (RFC 7505 §3)."""
TO = "ann@mail.test"


@dataclass
class Net:
    """Name server and mail servers; all of the latter listen at one port, as MX has it."""

    folder: Path
    stack: contextlib.ExitStack
    port: int
    names: int = 0

    def knows(self, *records: str) -> None:
        """Start the name server with these."""
        self.names = self.stack.enter_context(dnsmasq.serving(self.folder, records)).port

    def sink(self, host: str, *options: str) -> MailPeer:
        """A server that takes everything, unless ``options`` say otherwise."""
        return self.stack.enter_context(smtp_sink.serving(self.folder, *options, host=host, port=self.port))

    def ours(self, host: str, *options: str, identity: Identity | None = None) -> MailPeer:
        """Our own."""
        home = self.folder / host
        home.mkdir()
        port = ("--port", str(self.port))
        return self.stack.enter_context(smtp_served.serving(home, *port, *options, host=host, identity=identity))

    def send(self, *options: str, to: tuple[str, ...] = (TO,), code: int = 0) -> list[tuple[int | None, str]]:
        """What ``portside send`` tells of each recipient: a code, and the words."""
        where = ("--dns", f"127.0.0.1:{self.names}", "--mx-port", str(self.port), "--timeout", "20")
        ended = send(None, *where, "--json", "--subject", "x", "--body", "y", *options, to=to, code=code)
        return [(each.get("code"), str(each)) for each in told(ended)]


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """An empty net."""
    with contextlib.ExitStack() as stack:
        yield Net(tmp_path, stack, free_tcp_port())


def count(*servers: MailPeer) -> list[int]:
    """How many messages each has."""
    return [len(server.inbox.arrived()) for server in servers]


TWO = ("mx-host=mail.test,b.mail.test,20", "mx-host=mail.test,a.mail.test,10",
       f"host-record=a.mail.test,{FIRST}", f"host-record=b.mail.test,{SECOND}")  # fmt: skip


def test_the_preferred_one_gets_it(net: Net) -> None:
    net.knows(*TWO)
    first, second = net.sink(FIRST), net.sink(SECOND)
    net.send()
    assert count(first, second) == [1, 0]


def test_where_the_first_is_down_the_next_gets_it(net: Net) -> None:
    net.knows(*TWO)
    second = net.sink(SECOND)
    net.send()
    assert count(second) == [1]


@pytest.mark.parametrize(
    "options", [("-r", "CONNECT"), ("-r", "EHLO,HELO"), ("-q", "CONNECT"), ("-r", "MAIL")], ids=str
)
def test_where_the_first_has_no_time_the_next_gets_it(net: Net, options: tuple[str, ...]) -> None:
    net.knows(*TWO)
    first, second = net.sink(FIRST, *options), net.sink(SECOND)
    net.send()
    assert count(first, second) == [0, 1]


def test_a_refusal_for_good_is_not_tried_elsewhere(net: Net) -> None:
    net.knows(*TWO)
    first, second = net.sink(FIRST, "-f", "RCPT"), net.sink(SECOND)
    assert [code for code, _ in net.send(code=REFUSED)] == [500]
    first.wait_for()
    assert count(second) == [0]


def test_all_are_down(net: Net) -> None:
    net.knows(*TWO)
    net.send(code=NOT_REACHED)


def test_without_mx_the_domain_itself_gets_it(net: Net) -> None:
    net.knows(f"host-record=mail.test,{THIRD}")
    server = net.sink(THIRD)
    net.send()
    assert count(server) == [1]


def test_a_null_mx_takes_no_mail(net: Net) -> None:
    net.knows(NULL_MX.format("mail.test"), f"host-record=mail.test,{FIRST}")
    first = net.sink(FIRST)
    ((_, words),) = net.send(code=REFUSED)
    assert "5.1.10" in words
    assert count(first) == [0]


def test_a_domain_that_does_not_exist(net: Net) -> None:
    net.knows(*TWO)
    ((_, words),) = net.send(to=("ann@no-such.test",), code=ANY)
    assert "5.1.2" in words or "no name" in words


def test_each_address_of_a_host_is_tried(net: Net) -> None:
    net.knows("mx-host=mail.test,a.mail.test,10", "host-record=a.mail.test,::1", f"host-record=a.mail.test,{SECOND}")
    second = net.sink(SECOND)
    net.send()
    assert count(second) == [1]


def test_a_host_without_an_address_is_passed_over(net: Net) -> None:
    net.knows("mx-host=mail.test,nowhere.mail.test,5", *TWO)
    first = net.sink(FIRST)
    net.send()
    assert count(first) == [1]


def test_each_domain_has_its_own(net: Net) -> None:
    net.knows(*TWO, "mx-host=other.test,c.other.test,10", f"host-record=c.other.test,{THIRD}")
    first, third = net.sink(FIRST), net.sink(THIRD)
    net.send(to=(TO, "ben@mail.test", "cy@other.test"))
    assert count(first, third) == [1, 1]
    (raw,) = first.inbox.arrived()
    assert raw.count(b"X-Rcpt-Args:") == 2, "one transaction for all of a domain"


def test_among_equals_all_are_found(net: Net) -> None:
    hosts = [
        f"host-record={name}.mail.test,{address}" for name, address in zip("abc", (FIRST, SECOND, THIRD), strict=True)
    ]
    net.knows(*(f"mx-host=mail.test,{name}.mail.test,10" for name in "abc"), *hosts)
    third = net.sink(THIRD)
    net.send()
    assert count(third) == [1]


def test_tls_is_taken_where_it_is_offered_whoever_signed(net: Net, identity: Identity) -> None:
    """Among servers that nobody has named, TLS without proof is better than none (RFC 7435)."""
    net.knows(*TWO)
    first = net.ours(FIRST, identity=identity)
    net.send()
    (raw,) = first.wait(1)
    assert b"ESMTPS" in raw


def test_a_literal_address_needs_no_names(net: Net) -> None:
    net.knows()
    second = net.sink(SECOND)
    net.send(to=(f"ann@[{SECOND}]",))
    assert count(second) == [1]


def test_our_server_is_found_and_takes_only_its_own(net: Net) -> None:
    net.knows(*TWO)
    first = net.ours(FIRST, "--domain", "mail.test")
    assert [code for code, _ in net.send()] == [250]
    assert len(first.wait(1)) == 1
