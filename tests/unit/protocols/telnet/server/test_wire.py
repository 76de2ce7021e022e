from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from portside.engine.conversation import Conversation
from portside.interfaces import Address, Role
from portside.protocols.telnet.messages import Message, Option, Party
from portside.protocols.telnet.rules.conversation import TelnetRules
from portside.protocols.telnet.rules.policy import SERVER
from portside.protocols.telnet.server import wire as room
from portside.protocols.telnet.server.wire import JOINED, MOST_UNREAD, Wire
from portside.transport.memory import Pair
from portside.transport.tcp import HIGH_WATER
from tests.support.conversations import Ears
from tests.support.telnet import wire as octets
from tests.support.visitors import PATIENCE


class _Listening:
    """A side that tells the wire what a side has to."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.over = asyncio.Event()

    def heard(self, message: Message) -> None: ...

    def drained(self) -> None:
        self._wire.drained()

    def lost(self, error: Exception | None) -> None:
        self.over.set()


class _Post:
    """A wire over memory; the visitor reads when ``read`` is called."""

    def __init__(self) -> None:
        self.pair = Pair()
        rules = TelnetRules(Role.SERVER, replace(SERVER, first=()))
        conversation: Conversation[Message] = Conversation(rules, Role.SERVER)
        self.wire = Wire(conversation, rules, Address("192.0.2.1", 4))
        self.side = _Listening(self.wire)
        conversation.begin(self.side, self.pair.server)
        self.visitor = Ears()
        self.pair.client.start(self.visitor)

    def read(self) -> bytes:
        self.wire.flush()
        self.pair.flow()
        return bytes(self.visitor.data)


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, PATIENCE))


def test_bytes_are_said_as_text_of_telnet() -> None:
    async def work() -> None:
        post = _Post()
        post.wire.send(b"a\xffb")
        post.wire.send(b"")
        assert post.read() == b"a\xff\xffb"

    _run(work())


def test_what_is_said_in_one_turn_leaves_together_and_in_its_order() -> None:
    async def work() -> None:
        post = _Post()
        post.wire.send(b"a")
        post.wire.send(b"b")
        assert post.wire.pending == 2
        post.wire.want(Option.ECHO, Party.US)
        post.wire.send(b"c")
        post.pair.flow()
        assert bytes(post.visitor.data) == b"ab" + octets("IAC WILL ECHO")
        await asyncio.sleep(0)
        post.pair.flow()
        assert bytes(post.visitor.data).endswith(b"c")

    _run(work())


def test_an_option_is_asked_for_and_is_on_when_they_agree() -> None:
    async def work() -> None:
        post = _Post()
        post.wire.want(Option.ECHO, Party.US)
        assert post.read() == octets("IAC WILL ECHO")
        assert post.wire.negotiating(Option.ECHO, Party.US)
        assert not post.wire.on(Option.ECHO, Party.US)
        post.pair.client.write(octets("IAC DO ECHO"))
        post.pair.flow()
        assert post.wire.on(Option.ECHO, Party.US)

    _run(work())


def test_whoever_reads_nothing_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        post = _Post()
        for _ in range((MOST_UNREAD + JOINED) // 1024 + 1):
            post.wire.send(b"x" * 1024)
        assert post.side.over.is_set()
        assert post.wire.over
        assert "were not read" in post.wire.cut_off

    with caplog.at_level(logging.WARNING):
        _run(work())
    assert "192.0.2.1:4 was cut off" in caplog.text


def test_nothing_is_said_to_whoever_is_gone() -> None:
    async def work() -> None:
        post = _Post()
        post.wire.abort("a test wants it so")
        post.wire.send(b"x")
        post.wire.abort("again")
        assert post.wire.cut_off == "a test wants it so"

    _run(work())


def test_drain_waits_until_they_read() -> None:
    async def work() -> None:
        post = _Post()
        post.wire.send(b"x" * (HIGH_WATER + 1))
        assert post.wire.slow
        waiting = asyncio.ensure_future(post.wire.drain())
        await asyncio.sleep(0)
        assert post.wire.pending > HIGH_WATER
        assert not waiting.done()
        post.read()
        await waiting
        assert not post.wire.slow

    _run(work())


def test_drain_does_not_wait_where_nothing_is_to_be_read() -> None:
    async def work() -> None:
        post = _Post()
        post.wire.send(b"x")
        await post.wire.drain()
        assert post.wire.pending == 1

    _run(work())


def test_whoever_stands_still_for_too_long_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        post = _Post()
        post.wire.send(b"x" * (HIGH_WATER + 1))
        await post.wire.drain()
        assert "nothing was read" in post.wire.cut_off

    monkeypatch.setattr(room, "STALLED", 0.01)
    _run(work())


def test_the_last_words_are_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        post = _Post()
        post.wire.send(b"x" * 100)
        post.wire.finish()
        await post.side.over.wait()
        assert "last words" in post.wire.cut_off

    monkeypatch.setattr(room, "FAREWELL", 0.01)
    _run(work())


def test_what_was_said_before_the_end_arrives() -> None:
    async def work() -> None:
        post = _Post()
        post.wire.send(b"goodbye")
        post.wire.finish()
        assert post.read() == b"goodbye"

    _run(work())
