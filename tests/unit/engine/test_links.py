"""Second connections: dialled, heard under their names, closed, lost, and gone with their conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from portside.engine.links import Links
from portside.errors import ConnectError, TransportError
from portside.interfaces import Address, Link, Stream
from portside.transport.memory import MemoryStream, Pair

THERE = Address("127.0.0.1", 20)
DATA = Link("data")


class Notebook:
    """Stands for rules and conversation: writes down every step."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, object]] = []
        self.crashes: list[Exception] = []
        self.in_step: Callable[[str], None] = lambda _: None

    def __getattr__(self, name: str) -> object:  # whatever the rules are asked
        return name

    def step(self, event: str, given: object, ask: object, *arguments: object) -> None:
        assert ask == event
        self.steps.append((event, arguments))
        self.in_step(event)


def links_over(notebook: Notebook, dialler: Callable[[Address], Awaitable[Stream]]) -> Links:
    return Links(notebook, dialler, notebook.step, notebook.crashes.append)  # type: ignore[arg-type]


async def settled() -> None:
    """Let tasks and calls that wait for the loop have their turns."""
    for _ in range(5):
        await asyncio.sleep(0)


def play(story: Callable[[Notebook, Links, MemoryStream], Awaitable[None]]) -> Notebook:
    """``story`` with links that dial one end of a pair, whose other end it gets."""
    notebook = Notebook()

    async def run() -> None:
        pair = Pair(schedule=asyncio.get_running_loop().call_soon)

        async def dial(address: Address) -> Stream:
            assert address == THERE
            return pair.client

        await story(notebook, links_over(notebook, dial), pair.server)

    asyncio.run(run())
    return notebook


def test_a_link_is_announced_before_its_bytes_and_both_carry_its_name() -> None:
    async def story(_: Notebook, links: Links, far: MemoryStream) -> None:
        far.write(b"hello")
        links.dial(DATA, THERE)
        await settled()
        far.finish()
        await settled()

    steps = play(story).steps
    assert [event for event, _ in steps] == ["linked", "received", "ended"]
    assert steps[0][1][0] == DATA  # type: ignore[index]
    assert steps[1][1] == (b"hello", DATA)


def test_what_is_sent_on_a_link_arrives_there_and_an_unknown_name_sends_nothing() -> None:
    arrived: list[bytes] = []

    async def story(_: Notebook, links: Links, far: MemoryStream) -> None:
        links.dial(DATA, THERE)
        await settled()
        links.send(DATA, b"bytes")
        links.send(Link("other"), b"lost")
        arrived.extend(far._arrived)

    play(story)
    assert arrived == [b"bytes"]


def test_a_link_that_cannot_be_opened_fails_by_its_name() -> None:
    notebook = Notebook()
    error = ConnectError("nobody there")

    async def run() -> None:
        async def dial(_: Address) -> Stream:
            raise error

        links_over(notebook, dial).dial(DATA, THERE)
        await settled()

    asyncio.run(run())
    assert notebook.steps == [("failed", (DATA, error))]


def test_a_mistake_of_the_dialler_is_told_as_one() -> None:
    notebook = Notebook()

    async def run() -> None:
        async def dial(_: Address) -> Stream:
            raise KeyError("ours")

        links_over(notebook, dial).dial(DATA, THERE)
        await settled()

    asyncio.run(run())
    assert notebook.steps == []
    assert [type(error) for error in notebook.crashes] == [KeyError]


def test_rules_may_close_a_link_the_moment_it_is_there() -> None:
    async def story(notebook: Notebook, links: Links, far: MemoryStream) -> None:
        notebook.in_step = lambda event: links.close(DATA) if event == "linked" else None
        far.write(b"never heard")
        links.dial(DATA, THERE)
        await settled()

    assert [event for event, _ in play(story).steps] == ["linked"]


def test_a_link_that_is_lost_fails_once() -> None:
    async def story(_: Notebook, links: Links, far: MemoryStream) -> None:
        links.dial(DATA, THERE)
        await settled()
        gone = TransportError("gone")
        links.lost(DATA, gone)
        links.lost(DATA, gone)

    assert [event for event, _ in play(story).steps] == ["linked", "failed"]


def test_with_the_conversation_all_links_go_and_none_is_opened_any_more() -> None:
    async def story(_: Notebook, links: Links, far: MemoryStream) -> None:
        links.dial(DATA, THERE)
        await settled()
        links.close_all()
        assert far._their_end
        links.lost(DATA, TransportError("late"))

    assert [event for event, _ in play(story).steps] == ["linked"]


def test_a_link_that_opens_after_the_end_is_shut_at_once() -> None:
    notebook = Notebook()

    async def run() -> bool:
        pair = Pair()
        go = asyncio.Event()

        async def dial(_: Address) -> Stream:
            try:
                await go.wait()
            except asyncio.CancelledError:
                go.set()
            return pair.client

        links = links_over(notebook, dial)
        links.dial(DATA, THERE)
        await settled()
        links.close_all()
        await settled()
        return pair.server._their_end

    assert asyncio.run(run())
    assert notebook.steps == []
