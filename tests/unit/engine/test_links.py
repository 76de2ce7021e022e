"""Second connections: dialled or waited for, secured, heard under their names, and gone with their conversation."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from portside.engine.links import TRANSITIONS, Event, Links, Means, State
from portside.engine.pressure import SIDE, WIRE
from portside.errors import ConnectError, ListenError, TlsError, TransportError
from portside.interfaces import NOTHING, Address, Link, Outputs, StartTls, Stream
from portside.transport.connect import connect
from portside.transport.memory import MemoryStream, Pair
from portside.transport.tcp import HIGH_WATER
from portside.transport.tls import TlsStream, secure
from tests.support import certificates
from tests.support.conversations import Ears, until
from tests.support.ports import free_tcp_port

HERE = Address("127.0.0.1", 0)
THERE = Address("127.0.0.1", 20)
DATA = Link("data")


class Notebook:
    """Stands for rules and conversation: writes down every step; ``answer`` is what the rules say to it."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, tuple[Any, ...]]] = []
        self.crashes: list[Exception] = []
        self.drains = 0
        self.in_step: Callable[[str], Outputs | None] = lambda _: NOTHING

    def __getattr__(self, name: str) -> object:  # whatever the rules are asked
        return name

    def step(self, event: str, given: object, ask: object, *arguments: object) -> Outputs:
        assert ask == event
        self.steps.append((event, arguments))
        return self.in_step(event) or NOTHING

    def drained(self) -> None:
        self.drains += 1

    @property
    def events(self) -> list[str]:
        return [event for event, _ in self.steps]

    def told(self, event: str) -> tuple[Any, ...]:
        return next(arguments for one, arguments in self.steps if one == event)


def links_over(notebook: Notebook, means: Means) -> Links:
    return Links(notebook, means, notebook.step, notebook.crashes.append, notebook.drained)  # type: ignore[arg-type]


async def settled() -> None:
    """Let tasks and calls that wait for the loop have their turns."""
    for _ in range(5):
        await asyncio.sleep(0)


def play(story: Callable[[Notebook, Links, MemoryStream], Awaitable[None]]) -> Notebook:
    """``story`` with links that dial one end of a pair, whose other end it gets."""
    notebook = Notebook()

    async def run() -> None:
        pair = Pair(schedule=asyncio.get_running_loop().call_soon)

        async def dial(address: Address, source: str) -> Stream:
            assert (address, source) == (THERE, "127.0.0.1")
            return pair.client

        await story(notebook, links_over(notebook, Means(dial)), pair.server)

    asyncio.run(run())
    return notebook


def dial(links: Links) -> None:
    links.dial(DATA, THERE, "127.0.0.1")


# -------------------------------------------------------------------------------------------------- dialled


def test_a_link_is_announced_before_its_bytes_and_both_carry_its_name() -> None:
    async def story(_: Notebook, links: Links, far: MemoryStream) -> None:
        far.write(b"hello")
        dial(links)
        await settled()
        far.finish()
        await settled()

    notebook = play(story)
    assert notebook.events == ["linked", "received", "ended"]
    assert notebook.told("linked")[0] == DATA
    assert notebook.told("received") == (b"hello", DATA)


def test_bytes_and_files_that_are_sent_on_a_link_arrive_there() -> None:
    arrived: list[bytes] = []

    async def story(_: Notebook, links: Links, far: MemoryStream) -> None:
        dial(links)
        await settled()
        link = links.get(DATA)
        assert link is not None
        link.send(b"bytes")
        link.send_file(io.BytesIO(b"0123456789"), 2, 5)
        arrived.extend(far._arrived)
        assert links.get(Link("other")) is None
        assert links.get(None) is None

    play(story)
    assert arrived == [b"bytes", b"23456"]


def test_a_link_that_cannot_be_opened_fails_by_its_name() -> None:
    notebook = Notebook()
    error = ConnectError("nobody there")

    async def run() -> None:
        async def refuse(_: Address, __: str) -> Stream:
            raise error

        dial(links_over(notebook, Means(refuse)))
        await settled()

    asyncio.run(run())
    assert notebook.steps == [("failed", (DATA, error))]


def test_a_mistake_of_the_dialler_is_told_as_one() -> None:
    notebook = Notebook()

    async def run() -> None:
        async def fall(_: Address, __: str) -> Stream:
            raise KeyError("ours")

        dial(links_over(notebook, Means(fall)))
        await settled()

    asyncio.run(run())
    assert notebook.steps == []
    assert [type(error) for error in notebook.crashes] == [KeyError]


def test_a_link_that_is_closed_while_it_is_dialled_is_never_heard_of() -> None:
    notebook = Notebook()

    async def run() -> None:
        async def wait_for_ever(_: Address, __: str) -> Stream:
            await asyncio.Event().wait()
            raise AssertionError

        links = links_over(notebook, Means(wait_for_ever))
        dial(links)
        await settled()
        link = links.get(DATA)
        assert link is not None
        link.close(0.0)
        await settled()
        assert links.get(DATA) is None

    asyncio.run(run())
    assert notebook.steps == []


def test_a_link_that_is_closed_before_its_dialling_begins_is_never_dialled() -> None:
    dialled: list[Address] = []

    async def run() -> None:
        async def never(address: Address, _: str) -> Stream:
            dialled.append(address)
            raise AssertionError

        links = links_over(Notebook(), Means(never))
        dial(links)
        link = links.get(DATA)
        assert link is not None
        link.close(0.0)
        await settled()

    asyncio.run(run())
    gc.collect()  # a coroutine that nobody awaited would warn now, and warnings are errors
    assert dialled == []


# ---------------------------------------------------------------------------------------------------- ends


def test_rules_may_close_a_link_the_moment_it_is_there_and_what_was_said_leaves_first() -> None:
    arrived: list[bytes] = []

    async def story(notebook: Notebook, links: Links, far: MemoryStream) -> None:
        def answer(event: str) -> None:
            link = links.get(DATA)
            if event == "linked" and link is not None:
                link.send(b"all")
                link.close(0.0)

        notebook.in_step = answer
        ears = Ears()
        far.start(ears)
        dial(links)
        await until(lambda: notebook.events == ["linked", "closed"])
        arrived.append(bytes(ears.data))

    notebook = play(story)
    assert notebook.told("closed") == (DATA,)
    assert arrived == [b"all"]


def test_a_link_that_is_cut_is_gone_at_once_and_its_rules_hear_nothing_more() -> None:
    async def story(notebook: Notebook, links: Links, other: MemoryStream) -> None:
        ears = Ears()
        links.dial(DATA, THERE, "127.0.0.1")
        await settled()
        link = links.get(DATA)
        assert link is not None
        link.send(b"x" * 100)
        link.close(0.0, cut=True)
        assert links.get(DATA) is None
        other.start(ears)
        await settled()
        assert (bytes(ears.data), ears.ends) == (b"", 1)
        assert notebook.events == ["linked"]

    play(story)


def test_a_link_that_is_lost_fails_once_and_its_name_is_free_again() -> None:
    async def story(_: Notebook, links: Links, far: MemoryStream) -> None:
        dial(links)
        await settled()
        link = links.get(DATA)
        assert link is not None
        link.lost(TransportError("gone"))
        link.lost(TransportError("gone"))
        link.close(0.0)
        assert links.get(DATA) is None

    assert play(story).events == ["linked", "failed"]


def test_with_the_conversation_all_links_go_and_the_rules_hear_nothing_more() -> None:
    async def story(_: Notebook, links: Links, far: MemoryStream) -> None:
        dial(links)
        await settled()
        links.abort()
        assert far._their_end
        await settled()

    assert play(story).events == ["linked"]


def test_every_state_of_a_link_knows_how_to_end() -> None:
    assert set(TRANSITIONS) == set(State)
    for events in TRANSITIONS.values():
        assert events[Event.GONE] is State.GONE
        assert events[Event.CLOSE] in (State.CLOSING, State.GONE)


# ------------------------------------------------------------------------------------------------ pressure


def test_a_link_is_read_while_nobody_objects() -> None:
    async def story(notebook: Notebook, links: Links, far: MemoryStream) -> None:
        links.let_all(SIDE, False)
        dial(links)
        link = links.get(DATA)
        assert link is not None
        link.let(SIDE, False)
        await settled()
        far.write(b"waits")
        await settled()
        assert notebook.events == ["linked"]
        links.let_all(WIRE, False)
        link.let(SIDE, True)
        await settled()
        assert notebook.events == ["linked"]
        links.let_all(WIRE, True)
        await settled()

    assert play(story).events == ["linked", "received"]


def test_what_a_slow_reader_leaves_is_pending_and_room_is_told() -> None:
    async def story(notebook: Notebook, links: Links, far: MemoryStream) -> None:
        dial(links)
        await settled()
        link = links.get(DATA)
        assert link is not None
        assert link.pending == 0
        link.send(bytes(HIGH_WATER + 1))
        assert link.pending == HIGH_WATER + 1
        assert notebook.drains == 0
        far.start(Ears())
        await settled()

    assert play(story).drains == 1


# ---------------------------------------------------------------------------------------------- waited for


def wait_for_one(story: Callable[[Notebook, Links, Address], Awaitable[None]], peer: str = "127.0.0.1") -> Notebook:
    """``story`` with a link that waits on loopback for ``peer``, and where it does."""
    notebook = Notebook()

    async def run() -> None:
        links = links_over(notebook, Means())
        links.listen(DATA, HERE, peer, None)
        link, address = notebook.told("listening")
        assert link == DATA
        await story(notebook, links, address)
        links.abort()
        await settled()

    asyncio.run(run())
    return notebook


def test_the_first_who_comes_is_the_link_and_nobody_else_is_let_in() -> None:
    async def story(notebook: Notebook, links: Links, address: Address) -> None:
        first = await connect(address)
        first.write(b"me")
        await until(lambda: "received" in notebook.events)
        with pytest.raises(ConnectError):
            await connect(address)
        first.abort()

    notebook = wait_for_one(story)
    assert notebook.events[:3] == ["listening", "linked", "received"]
    assert notebook.told("received") == (b"me", DATA)


def test_who_comes_from_elsewhere_is_sent_away_and_the_waiting_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "portside.engine")

    async def story(notebook: Notebook, links: Links, address: Address) -> None:
        thief, ears = await connect(address), Ears()
        thief.start(ears)
        await until(lambda: ears.ends or ears.losses)
        assert notebook.events == ["listening"]
        thief.abort()
        right = await connect(address, source="127.0.0.2")
        await until(lambda: "linked" in notebook.events)
        right.abort()

    wait_for_one(story, peer="127.0.0.2")
    assert "127.0.0.1 wanted the connection that 127.0.0.2 was to open" in caplog.text


def test_a_link_that_is_closed_while_it_waits_frees_its_port() -> None:
    async def story(notebook: Notebook, links: Links, address: Address) -> None:
        link = links.get(DATA)
        assert link is not None
        link.close(0.0)
        with pytest.raises(ConnectError):
            await connect(address)

    assert wait_for_one(story).events == ["listening"]


def test_ports_are_chosen_from_a_range_and_where_all_are_taken_it_fails() -> None:
    notebook = Notebook()

    async def run() -> None:
        port = free_tcp_port()
        with socket.create_server(("127.0.0.1", port)):
            links_over(notebook, Means()).listen(DATA, HERE, "127.0.0.1", range(port, port + 1))
        links = links_over(notebook, Means())
        links.listen(DATA, HERE, "127.0.0.1", range(port, port + 1))
        assert notebook.told("listening")[1] == Address("127.0.0.1", port)
        links.abort()

    asyncio.run(run())
    assert notebook.events == ["failed", "listening"]
    assert isinstance(notebook.told("failed")[1], ListenError)


# ----------------------------------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    folder = tmp_path_factory.mktemp("certificates")
    authority = certificates.make_ca(folder)
    pair = certificates.good(folder, authority)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.cert, pair.key)
    return server, ssl.create_default_context(cafile=str(authority.cert))


def secured_play(server: ssl.SSLContext, story: Callable[[Notebook, Links, MemoryStream], Awaitable[None]]) -> Notebook:
    """``story`` with a link whose rules begin TLS, as its server, the moment it is there."""
    notebook = Notebook()
    notebook.in_step = lambda event: [StartTls(DATA)] if event == "linked" else NOTHING

    async def run() -> None:
        pair = Pair(schedule=asyncio.get_running_loop().call_soon)

        async def give(_: Address, __: str) -> Stream:
            return pair.server

        def cover(link: Link | None, below: Stream) -> TlsStream:
            assert (link, below) == (DATA, pair.server)
            return TlsStream(below, server, server_side=True)

        links = links_over(notebook, Means(give, cover))
        notebook.in_step = lambda event: _begin(links) if event == "linked" else NOTHING
        dial(links)
        await story(notebook, links, pair.client)
        links.abort()
        await settled()

    asyncio.run(run())
    return notebook


def _begin(links: Links) -> Outputs:
    link = links.get(DATA)
    assert link is not None
    link.secure()
    return [StartTls(DATA)]


def test_a_link_that_turns_to_tls_hears_nothing_in_the_clear(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def story(notebook: Notebook, links: Links, far: MemoryStream) -> None:
        stream = await secure(far, contexts[1], server_name="localhost")
        stream.write(b"hello")
        await until(lambda: "received" in notebook.events)

    notebook = secured_play(contexts[0], story)
    assert notebook.events == ["linked", "secured", "received"]
    assert notebook.told("secured")[1].tls.version == "TLSv1.3"
    assert notebook.told("received") == (b"hello", DATA)


def test_a_handshake_that_fails_is_a_link_that_fails(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def story(notebook: Notebook, links: Links, far: MemoryStream) -> None:
        await settled()
        far.start(Ears())
        far.write(b"STOR in the clear\r\n")
        await until(lambda: "failed" in notebook.events)

    notebook = secured_play(contexts[0], story)
    assert notebook.events == ["linked", "failed"]
    assert isinstance(notebook.told("failed")[1], TlsError)
