"""The engine with rules that do as the test says, over a stream that writes down what it is told."""

from __future__ import annotations

import asyncio
import io
import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pytest

from portside.engine.conversation import JOIN_LIMIT, Conversation
from portside.engine.links import Means
from portside.errors import ConnectError, ConnectionLost, LocalError, RemoteError, TlsError
from portside.interfaces import (
    NOTHING,
    Address,
    Buffer,
    Close,
    DatagramReceiver,
    Datagrams,
    Dial,
    Door,
    Fault,
    Heard,
    Link,
    Outputs,
    Reading,
    Receiver,
    Role,
    Send,
    SendFile,
    StartTls,
    Stream,
    Wake,
)
from portside.transport.memory import Pair
from portside.transport.tcp import HIGH_WATER
from portside.transport.tls import TlsStream
from tests.support import certificates
from tests.support.conversations import Clock, Ears, Eyes, Script, until

HERE, THERE = Address("127.0.0.1", 8080), Address("127.0.0.1", 50000)
DOOR = Door(HERE, THERE)
GONE = ConnectionLost("gone")
ONE, TWO = Link("one"), Link("two")


@dataclass
class Wire:
    """A stream that writes down what it is asked to do; what is pending is the test's to say."""

    door: Door = DOOR
    pending: int = 0
    receiver: Receiver | None = None
    written: list[bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def start(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.asked.append("start")

    def write(self, data: Buffer) -> None:
        self.written.append(bytes(data))

    def write_file(self, file: BinaryIO, offset: int, count: int) -> None:
        with file:
            file.seek(offset)
            self.written.append(file.read(count))

    def finish(self, linger: float = 0.0) -> None:
        self.asked.append(f"finish {linger:g}")

    def abort(self) -> None:
        self.asked.append("abort")

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    @property
    def reads(self) -> bool:
        return [word for word in self.asked if word in ("start", "resume", "pause")][-1] != "pause"


@dataclass
class Socket:
    """Datagrams that write down."""

    door: Door = DOOR
    receiver: DatagramReceiver | None = None
    sent: list[tuple[bytes, Address | None]] = field(default_factory=list)
    closed: int = 0

    def start(self, receiver: DatagramReceiver) -> None:
        assert not self.closed
        self.receiver = receiver

    def send(self, data: Buffer, to: Address | None = None) -> None:
        self.sent.append((bytes(data), to))

    def close(self) -> None:
        self.closed += 1


class Scene:
    """A conversation, and all that is around it."""

    def __init__(
        self, role: Role = Role.SERVER, stream: Stream | None = None, **handlers: Callable[..., Outputs]
    ) -> None:
        self.rules = Script(**handlers)
        self.clock = Clock()
        self.ears = Ears()
        self.eyes = Eyes()
        self.wire = Wire()
        self.over = 0
        self.talk: Conversation[Any] = Conversation(
            self.rules, role, observer=self.eyes, clock=self.clock, on_over=self._count
        )
        self.talk.begin(self.ears, self.wire if stream is None else stream)

    def _count(self, conversation: Conversation[Any]) -> None:
        assert conversation is self.talk
        self.over += 1

    def hear(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.talk.received(piece)


# -------------------------------------------------------------------------------------------- begin and end


def test_the_rules_are_opened_before_anything_is_read() -> None:
    scene = Scene(opened=lambda door, now: [Send(b"220 ready")])
    assert scene.rules.calls == [("opened", DOOR)]
    assert scene.wire.written == [b"220 ready"]
    assert scene.wire.asked == ["start"]


def test_what_was_heard_goes_up_and_what_was_said_goes_down() -> None:
    scene = Scene()
    scene.hear(b"a")
    scene.talk.say(b"b")
    assert scene.ears.messages == [b"a"]
    assert scene.wire.written == [b"b"]


def test_the_end_of_their_direction_is_theirs_alone() -> None:
    scene = Scene(ended=lambda link, now: [Send(b"bye"), Close(linger=2.0)])
    scene.talk.ended()
    assert scene.wire.written == [b"bye"]
    assert scene.wire.asked == ["start", "finish 2"]
    assert (scene.ears.losses, scene.over) == ([], 0)
    scene.talk.lost(None)
    assert (scene.ears.losses, scene.over) == ([None], 1)


@pytest.mark.parametrize("error", [None, GONE])
def test_a_lost_stream_is_told_to_the_rules_and_once_to_the_side(error: ConnectionLost | None) -> None:
    scene = Scene()
    scene.talk.lost(error)
    ((link, told),) = scene.rules.told("failed")
    assert link is None
    assert isinstance(told, ConnectionLost)
    assert (scene.ears.losses, scene.over, scene.talk.over) == ([error], 1, True)
    scene.talk.abort()
    scene.talk.stop()
    assert (scene.ears.losses, scene.over, scene.rules.told("stop")) == ([error], 1, [])


def test_a_fault_is_heard_once_and_nothing_after_it() -> None:
    error = RemoteError("they broke the rules")
    scene = Scene(
        received=lambda data, source, now: [Heard(b"before"), Fault(error), Heard(b"after"), Send(b"!"), Close()]
    )
    scene.hear(b"x")
    assert (scene.ears.messages, scene.ears.losses) == ([b"before"], [error])
    assert scene.wire.written == [b"!"]
    assert scene.wire.asked[-1] == "finish 0"
    scene.talk.lost(None)
    assert (scene.ears.losses, scene.over) == ([error], 1)


def test_told_to_stop_the_rules_decide() -> None:
    scene = Scene(stop=lambda now: [Close()])
    scene.talk.stop()
    assert scene.wire.asked == ["start", "finish 0"]


def test_an_abort_is_an_end_at_once() -> None:
    scene = Scene()
    scene.talk.abort()
    assert scene.wire.asked == ["start", "abort"]
    assert (scene.ears.losses, scene.over) == ([None], 1)


def test_a_conversation_that_ends_as_it_opens_reads_nothing() -> None:
    scene = Scene(opened=lambda door, now: [Fault(RemoteError("no")), Close()])
    assert scene.wire.asked == ["finish 0"]
    assert len(scene.ears.losses) == 1


# --------------------------------------------------------------------------------------------------- order


def test_pipelined_messages_are_answered_in_their_order_in_one_write() -> None:
    scene = Scene(received=lambda data, source, now: [Heard(bytes([byte])) for byte in data])
    scene.ears.answer = lambda message: scene.talk.say(message.upper())
    scene.hear(b"abcdef")
    assert scene.wire.written == [b"ABCDEF"]


def test_an_answer_that_hears_the_next_message_does_not_nest() -> None:
    left = iter(range(5000))
    scene = Scene(
        received=lambda data, source, now: [Heard(0)],
        say=lambda message, now: [Send(b"."), *([Heard(1)] if next(left, None) is not None else [])],
    )
    scene.ears.answer = lambda message: scene.talk.say(message)
    scene.hear(b"x")
    assert len(scene.ears.messages) == 5001
    assert scene.wire.written == [b"." * 5001]


def test_what_is_said_while_others_wait_stands_behind_them() -> None:
    scene = Scene(received=lambda data, source, now: [Heard(data), Send(b"1"), Send(b"2")])
    scene.ears.answer = lambda message: scene.talk.say(b"3")
    scene.hear(b"x")
    assert b"".join(scene.wire.written) == b"123"


def test_small_sends_leave_in_one_write_and_large_ones_soon() -> None:
    half = b"x" * (JOIN_LIMIT // 2)
    scene = Scene()
    scene.talk.say([Send(b"head "), Send(b"body")])
    scene.talk.say([Send(half), Send(half), Send(b"y"), Send(b"z")])
    assert scene.wire.written == [b"head body", half + half + b"y", b"z"]


def test_a_file_leaves_between_what_was_said_before_and_after_it() -> None:
    scene = Scene()
    file = io.BytesIO(b"0123456789")
    scene.talk.say([Send(b"<"), SendFile(file, 2, 5), Send(b">")])
    assert scene.wire.written == [b"<", b"23456", b">"]
    assert file.closed


# ------------------------------------------------------------------------------------------------ pressure


def test_a_server_neither_reads_nor_hears_while_a_slow_reader_has_not_taken_what_it_got() -> None:
    scene = Scene()
    scene.ears.answer = lambda message: scene.talk.say(message.upper())
    scene.wire.pending = HIGH_WATER + 1
    scene.hear(b"a")
    assert (scene.wire.reads, scene.talk.slow) == (False, True)
    scene.hear(b"b", b"c")  # what the stream had read already
    assert scene.ears.messages == [b"a"]
    scene.wire.pending = 0
    scene.talk.drained()
    assert scene.ears.messages == [b"a", b"b", b"c"]
    assert b"".join(scene.wire.written) == b"ABC"
    assert (scene.wire.reads, scene.ears.drains, scene.talk.slow) == (True, 1, False)


def test_nothing_more_is_read_while_the_answers_to_what_was_read_wait_again() -> None:
    scene = Scene()
    scene.ears.answer = lambda message: scene.talk.say(message)
    scene.wire.pending = HIGH_WATER + 1
    scene.hear(b"a", b"b", b"c")
    scene.talk.drained()  # below the low-water mark for a moment, and with the answers above the high one again
    assert scene.ears.messages == [b"a", b"b", b"c"]
    assert not scene.wire.reads
    scene.hear(b"d")
    assert scene.ears.messages == [b"a", b"b", b"c"]


def test_a_client_goes_on_listening_while_its_own_words_wait() -> None:
    scene = Scene(Role.CLIENT)
    scene.wire.pending = HIGH_WATER + 1
    scene.talk.say(b"a long upload")
    assert (scene.wire.reads, scene.talk.slow) == (True, True)
    scene.hear(b"413 too large")
    assert scene.ears.messages == [b"413 too large"]


def test_a_file_is_pressure_too() -> None:
    scene = Scene()
    scene.wire.pending = HIGH_WATER + 1
    scene.talk.say([SendFile(io.BytesIO(b"x"), 0, 1)])
    assert not scene.wire.reads


def test_reading_goes_on_when_nobody_objects_any_more() -> None:
    scene = Scene()
    scene.talk.hold()
    scene.talk.hold()
    scene.talk.say([Reading(False)])
    scene.wire.pending = HIGH_WATER + 1
    scene.talk.say(b"x")
    for lift in (scene.talk.release, lambda: scene.talk.say([Reading(True)])):
        lift()
        assert not scene.wire.reads
    scene.wire.pending = 0
    scene.talk.drained()
    assert scene.wire.reads
    assert scene.wire.asked == ["start", "pause", "resume"]


def test_a_lost_stream_frees_who_waits_for_it() -> None:
    scene = Scene()
    scene.wire.pending = HIGH_WATER + 1
    scene.talk.say(b"x")
    scene.hear(b"never to be answered")
    scene.talk.lost(GONE)
    assert (scene.ears.losses, scene.over) == ([GONE], 1)


# -------------------------------------------------------------------------------------------------- timers


def test_a_timer_wakes_at_its_time() -> None:
    scene = Scene(opened=lambda door, now: [Wake("idle", now + 10.0)], woke=lambda timer, now: [Heard((timer, now))])
    scene.clock.advance(9.9)
    assert scene.ears.messages == []
    scene.clock.advance(0.1)
    assert scene.ears.messages == [("idle", 1010.0)]
    scene.clock.advance(100.0)
    assert len(scene.ears.messages) == 1


def test_a_deadline_that_moves_on_costs_no_alarm() -> None:
    scene = Scene(received=lambda data, source, now: [Wake("idle", now + 10.0)])
    for _ in range(100):
        scene.hear(b"x")
        scene.clock.advance(0.05)
    assert scene.clock.set == 1
    scene.clock.advance(9.0)
    assert (scene.clock.set, scene.rules.told("woke")) == (2, [])
    scene.clock.advance(1.0)
    assert scene.rules.told("woke") == [("idle",)]


def test_the_earliest_of_several_timers_rings_first() -> None:
    scene = Scene()
    scene.talk.say([Wake("late", 1030.0), Wake("early", 1010.0), Wake("middle", 1020.0)])
    scene.clock.advance(60.0)
    assert scene.rules.told("woke") == [("early",), ("middle",), ("late",)]


def test_a_cancelled_timer_stays_silent() -> None:
    scene = Scene()
    scene.talk.say([Wake("a", 1010.0), Wake("b", 1020.0), Wake("a", None), Wake("never set", None)])
    scene.clock.advance(60.0)
    assert scene.rules.told("woke") == [("b",)]


def test_a_timer_that_is_set_while_another_rings_does_not_put_a_third_off() -> None:
    scene = Scene(woke=lambda timer, now: [Wake("far", now + 1000.0)] if timer == "first" else NOTHING)
    scene.talk.say([Wake("first", 1010.0), Wake("soon", 1015.0)])
    scene.clock.advance(10.0)
    assert scene.clock.pending == [1015.0]
    scene.clock.advance(5.0)
    assert scene.rules.told("woke") == [("first",), ("soon",)]


def test_a_timer_that_another_one_moves_in_the_same_moment_does_not_ring_early() -> None:
    scene = Scene(woke=lambda timer, now: [Wake("b", now + 50.0)] if timer == "a" else NOTHING)
    scene.talk.say([Wake("a", 1010.0), Wake("b", 1010.0)])
    scene.clock.advance(10.0)
    assert scene.rules.told("woke") == [("a",)]
    scene.clock.advance(50.0)
    assert scene.rules.told("woke") == [("a",), ("b",)]


def test_after_the_end_no_timer_rings() -> None:
    scene = Scene(opened=lambda door, now: [Wake("idle", now + 10.0)])
    scene.talk.lost(None)
    assert scene.clock.pending == []
    scene = Scene(woke=lambda timer, now: [Fault(RemoteError("late")), Close()])
    scene.talk.say([Wake("a", 1010.0), Wake("b", 1010.0)])
    scene.clock.advance(10.0)
    assert scene.rules.told("woke") == [("a",)]


# --------------------------------------------------------------------------------------- mistakes of our own


def broken(*arguments: Any) -> Outputs:
    raise RuntimeError("a mistake")


EVENTS: list[tuple[str, Callable[[Scene], None]]] = [
    ("received", lambda scene: scene.hear(b"x")),
    ("ended", lambda scene: scene.talk.ended()),
    ("woke", lambda scene: scene.clock.advance(10.0)),
    ("stop", lambda scene: scene.talk.stop()),
    ("failed", lambda scene: scene.talk.lost(GONE)),
]


@pytest.mark.parametrize(("event", "cause"), EVENTS, ids=[event for event, _ in EVENTS])
def test_rules_that_raise_end_their_own_conversation(
    event: str, cause: Callable[[Scene], None], caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(**{"opened": lambda door, now: [Wake("t", now + 1.0)], event: broken})
    cause(scene)
    assert "a mistake" in caplog.text
    (lost,) = scene.ears.losses
    assert isinstance(lost, LocalError)
    assert (scene.over, "abort" in scene.wire.asked) == (1, True)


def test_rules_that_cannot_even_open_leave_nothing_open(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene(opened=broken)
    assert scene.wire.asked == ["abort"]
    assert (len(scene.ears.losses), scene.over) == (1, 1)


def test_a_side_that_raises_ends_its_own_conversation(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.ears.answer = broken
    scene.hear(b"x")
    assert "a mistake" in caplog.text
    assert "abort" in scene.wire.asked
    assert isinstance(scene.ears.losses[0], LocalError)


def test_what_may_not_be_said_is_the_speaker_s_error() -> None:
    def refuse(message: Any, now: float) -> Outputs:
        raise LocalError("not now")

    scene = Scene(say=refuse)
    with pytest.raises(LocalError, match="not now"):
        scene.talk.say(b"x")
    assert scene.over == 0


def test_files_that_can_no_longer_be_sent_are_closed() -> None:
    file = io.BytesIO(b"x")
    scene = Scene()
    scene.talk.lost(None)
    scene.talk.say([SendFile(file, 0, 1)])
    assert file.closed
    waiting = io.BytesIO(b"x")
    scene = Scene(received=lambda data, source, now: [Heard(data)])
    scene.wire.pending = HIGH_WATER + 1
    scene.talk.say(b"slow now")
    scene.hear(b"held")
    scene.talk.say([SendFile(waiting, 0, 1)])
    scene.talk.lost(GONE)
    assert waiting.closed


# ----------------------------------------------------------------------------------------------- datagrams


def datagram_scene(**handlers: Callable[..., Outputs]) -> tuple[Conversation[Any], Socket, Ears]:
    ears, sock = Ears(), Socket()
    talk: Conversation[Any] = Conversation(Script(**handlers), Role.SERVER, clock=Clock())
    talk.begin_datagrams(ears, sock)
    return talk, sock, ears


def test_datagrams_are_told_with_their_source_and_sent_to_an_address() -> None:
    talk, sock, ears = datagram_scene(
        received=lambda data, source, now: [Heard((data, source)), Send(b"reply", source)]
    )
    talk.datagram(b"x", THERE)
    assert ears.messages == [(b"x", THERE)]
    assert sock.sent == [(b"reply", THERE)]


def test_one_datagram_that_trips_us_does_not_silence_the_server(caplog: pytest.LogCaptureFixture) -> None:
    def trip(data: bytes, source: Any, now: float) -> Outputs:
        if data == b"bad":
            raise RuntimeError("a mistake")
        return [Heard(data)]

    talk, sock, ears = datagram_scene(received=trip)
    for data in (b"good", b"bad", b"good again"):
        talk.datagram(data, THERE)
    assert ears.messages == [b"good", b"good again"]
    assert (sock.closed, ears.losses) == (0, [])
    assert "a mistake" in caplog.text


def test_an_answer_that_trips_us_is_forgotten_with_its_own_datagram(caplog: pytest.LogCaptureFixture) -> None:
    talk, sock, ears = datagram_scene()
    ears.answer = lambda message: broken() if message == b"bad" else talk.say([Send(message, THERE)])
    for data in (b"bad", b"good"):
        talk.datagram(data, THERE)
    assert sock.sent == [(b"good", THERE)]
    assert sock.closed == 0


@pytest.mark.parametrize("how", ["close", "abort"])
def test_a_socket_is_closed_at_the_end(how: str) -> None:
    talk, sock, ears = datagram_scene(stop=lambda now: [Close()])
    if how == "close":
        talk.stop()
        talk.lost(None)  # as the socket tells
    else:
        talk.abort()
    assert sock.closed == 1
    assert ears.losses == [None]


def test_the_doubles_answer_to_the_contracts() -> None:
    assert isinstance(Socket(), Datagrams)
    assert not isinstance(Wire(), Datagrams)


# --------------------------------------------------------------------------------------------------- links


class Linked:
    """A conversation that lives on links; ``doors`` are what dialling gives, or raises, in turn."""

    def __init__(self, doors: Sequence[Socket | Wire | Exception], **handlers: Callable[..., Outputs]) -> None:
        self._doors = iter(doors)
        self.dialled: list[Address] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.rules = Script(**handlers)
        self.ears = Ears()
        self.talk: Conversation[Any] = Conversation(self.rules, Role.CLIENT, means=Means(self._open))
        self.talk.begin(self.ears)

    async def _open(self, address: Address, _source: str) -> Any:
        self.dialled.append(address)
        await self.gate.wait()
        door = next(self._doors)
        if isinstance(door, Exception):
            raise door
        return door

    async def until(self, event: str, times: int = 1) -> tuple[Any, ...]:
        await until(lambda: len(self.rules.told(event)) == times)
        return self.rules.told(event)[-1]


def with_links(doors: Sequence[Socket | Wire | Exception], test: Callable[[Linked], Any], **handlers: Any) -> None:
    async def main() -> None:
        await test(Linked(doors, **handlers))

    asyncio.run(main())


def test_a_link_is_dialled_told_and_spoken_through() -> None:
    sock, wire = Socket(), Wire()

    async def test(scene: Linked) -> None:
        scene.talk.say([Dial(ONE, THERE)])
        assert await scene.until("linked") == (ONE, DOOR)
        scene.talk.say([Dial(TWO, HERE)])
        assert await scene.until("linked", 2) == (TWO, DOOR)
        assert scene.dialled == [THERE, HERE]
        scene.talk.say([Send(b"to one", ONE), Send(b"to two", TWO), Send(b"to nobody", Link("three"))])
        assert (sock.sent, wire.written) == ([(b"to one", None)], [b"to two"])
        assert sock.receiver is not None
        assert wire.receiver is not None
        sock.receiver.datagram(b"from one", THERE)
        wire.receiver.received(b"from two")
        wire.receiver.drained()
        wire.receiver.ended()
        assert scene.rules.told("received") == [(b"from one", ONE), (b"from two", TWO)]
        assert scene.rules.told("ended") == [(TWO,)]
        scene.talk.say([Close(ONE), Close(ONE), Close(TWO)])
        assert (sock.closed, wire.asked) == (1, ["start", "finish 0"])

    with_links([sock, wire], test)


def test_a_link_that_does_not_come_about_is_told() -> None:
    refused = ConnectError("refused")

    async def test(scene: Linked) -> None:
        scene.talk.say([Dial(ONE, THERE)])
        assert await scene.until("failed") == (ONE, refused)

    with_links([refused], test)


def test_a_link_that_is_lost_later_is_told_and_its_socket_closed() -> None:
    sock = Socket()

    async def test(scene: Linked) -> None:
        scene.talk.say([Dial(ONE, THERE)])
        await scene.until("linked")
        assert sock.receiver is not None
        sock.receiver.lost(GONE)
        assert scene.rules.told("failed") == [(ONE, GONE)]
        assert sock.closed == 1
        sock.receiver.lost(None)
        assert len(scene.rules.told("failed")) == 1

    with_links([sock], test)


def test_the_end_closes_every_link_and_stops_every_dialling() -> None:
    sock = Socket()

    async def test(scene: Linked) -> None:
        scene.talk.say([Dial(ONE, THERE)])
        await scene.until("linked")
        scene.gate.clear()
        scene.talk.say([Dial(TWO, THERE)])
        await until(lambda: len(scene.dialled) == 2)
        scene.talk.say([Close()])
        assert (sock.closed, scene.ears.losses, scene.talk.over) == (1, [None], True)
        scene.gate.set()
        await asyncio.sleep(0)
        assert len(scene.rules.told("linked")) == 1

    with_links([sock, Socket()], test)


def test_a_link_that_the_rules_close_as_it_opens_is_not_started() -> None:
    first, second = Socket(), Socket()

    async def test(scene: Linked) -> None:
        scene.talk.say([Dial(ONE, THERE)])
        await scene.until("linked")

    for sock, link in ((first, ONE), (second, None)):
        with_links([sock], test, linked=lambda name, door, now, link=link: [Close(link)])
        assert (sock.closed, sock.receiver) == (1, None)


def test_a_mistake_while_dialling_ends_the_conversation(caplog: pytest.LogCaptureFixture) -> None:
    async def test(scene: Linked) -> None:
        scene.talk.say([Dial(ONE, THERE)])
        await until(lambda: scene.ears.losses)
        assert isinstance(scene.ears.losses[0], LocalError)
        assert "a mistake" in caplog.text

    with_links([RuntimeError("a mistake")], test)


# ------------------------------------------------------------------------------------------------ watching


def test_an_observer_sees_every_step_with_what_came_of_it() -> None:
    scene = Scene(stop=lambda now: [Close()])
    scene.clock.now = 7.0
    scene.hear(b"a")
    scene.talk.say(b"b")
    scene.talk.say([Wake("t", 8.0)])
    scene.clock.advance(1.0)
    scene.talk.ended()
    scene.talk.stop()
    scene.talk.lost(GONE)
    assert list(scene.eyes) == ["opened", "received", "say", "say", "woke", "ended", "stop", "failed"]
    received = scene.eyes.steps[1]
    assert (received.given, received.outputs, received.time) == (b"a", [Heard(b"a")], 7.0)
    assert {(step.connection, step.role) for step in scene.eyes.steps} == {(scene.talk.number, Role.SERVER)}


def test_every_conversation_has_its_number() -> None:
    assert Scene().talk.number != Scene().talk.number


def test_both_sides_over_memory_in_pieces_of_any_size() -> None:
    for piece in (0, 1, 2, 7):
        pair = Pair(piece)
        server = Scene(stream=pair.server)
        server.ears.answer = lambda message, server=server: server.talk.say(message.upper())  # type: ignore[misc]
        client = Scene(Role.CLIENT, stream=pair.client)
        client.talk.say(b"hello you")
        pair.flow()
        assert b"".join(client.ears.messages) == b"HELLO YOU"


def test_without_a_loop_and_a_clock_there_is_no_conversation() -> None:
    with pytest.raises(RuntimeError):
        Conversation(Script(), Role.SERVER)


def test_mistakes_are_logged_with_their_trace(caplog: pytest.LogCaptureFixture) -> None:
    Scene(received=broken).hear(b"x")
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None


# -------------------------------------------------------------------------------- TLS on the way, and urgency


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    folder = tmp_path_factory.mktemp("certificates")
    authority = certificates.make_ca(folder)
    pair = certificates.good(folder, authority)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.cert, pair.key)
    return server, ssl.create_default_context(cafile=str(authority.cert))


class Turning:
    """Two conversations over memory that begin in the clear; the word "tls" turns both to TLS."""

    def __init__(self, contexts: tuple[ssl.SSLContext, ssl.SSLContext], **server: Callable[..., Outputs]) -> None:
        pair = Pair(schedule=asyncio.get_running_loop().call_soon)
        self.server, self.theirs = Script(**server), Ears()
        self.client, self.ours = Script(), Ears()
        cover = Means(secure=lambda _, below: TlsStream(below, contexts[0], server_side=True))
        open_ = Means(secure=lambda _, below: TlsStream(below, contexts[1], server_name="localhost"))
        self.here: Conversation[Any] = Conversation(self.server, Role.SERVER, means=cover)
        self.there: Conversation[Any] = Conversation(self.client, Role.CLIENT, means=open_)
        self.here.begin(self.theirs, pair.server)
        self.there.begin(self.ours, pair.client)

    async def turn(self) -> None:
        self.there.say([Send(b"tls")])
        await until(lambda: self.theirs.messages)
        self.here.say([Send(b"go on"), StartTls()])
        await until(lambda: self.ours.messages)
        self.there.say([StartTls()])


def test_a_conversation_turns_to_tls_and_goes_on(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def main() -> None:
        scene = Turning(contexts)
        await scene.turn()
        await until(lambda: scene.client.told("secured") and scene.server.told("secured"))
        assert scene.here.door is not None and scene.here.door.tls is not None
        scene.there.say([Send(b"hidden")])
        await until(lambda: len(scene.theirs.messages) == 2)
        scene.here.say([Send(b"seen"), Close()])
        await until(lambda: scene.theirs.losses and scene.ours.messages[1:])
        assert (scene.theirs.messages, scene.ours.messages) == ([b"tls", b"hidden"], [b"go on", b"seen"])
        scene.there.abort()

    asyncio.run(main())


def test_a_handshake_that_fails_is_told_to_rules_and_side(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def main() -> None:
        scene = Turning(contexts)
        scene.there.say([Send(b"tls")])
        await until(lambda: scene.theirs.messages)
        scene.here.say([StartTls()])
        scene.there.say([Send(b"still in the clear\r\n")])
        await until(lambda: scene.theirs.losses)
        assert isinstance(scene.theirs.losses[0], TlsError)
        assert len(scene.server.told("failed")) == 1
        scene.there.abort()

    asyncio.run(main())


class Refused(Wire):
    """TLS that fails at once, and stays open for its alert to be read."""

    def handshake(self, secured: Callable[[TlsError], None]) -> None:
        secured(TlsError("no"))


def test_what_lingers_after_a_failed_handshake_goes_when_somebody_aborts() -> None:
    shaken: Any = Refused()
    ears = Ears()
    conversation: Conversation[Any] = Conversation(
        Script(), Role.CLIENT, means=Means(secure=lambda _, below: shaken), clock=Clock()
    )
    conversation.begin(ears, Wire())  # type: ignore[arg-type]
    conversation.say([StartTls()])
    assert isinstance(ears.losses[0], TlsError)
    assert shaken.asked == []
    conversation.abort()
    assert shaken.asked == ["abort"]
    assert len(ears.losses) == 1


def test_who_holds_a_conversation_before_tls_holds_it_afterwards(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async def main() -> None:
        scene = Turning(contexts)
        scene.here.hold()
        scene.here.release()
        await scene.turn()
        scene.here.hold()
        await until(lambda: scene.server.told("secured") and scene.client.told("secured"))
        scene.there.say([Send(b"waits")])
        for _ in range(20):
            await asyncio.sleep(0)
        assert scene.theirs.messages == [b"tls"]
        scene.here.release()
        await until(lambda: scene.theirs.messages == [b"tls", b"waits"])
        scene.here.abort()
        scene.there.abort()

    asyncio.run(main())


class Hurried(Script):
    """Rules that mind urgent data."""

    def urgent(self, now: float) -> Outputs:
        return self._call("urgent", now)


def test_urgent_data_is_said_and_told_to_rules_that_mind() -> None:
    pair = Pair()
    server, client = Hurried(), Scene(Role.CLIENT, stream=pair.client)
    talk: Conversation[Any] = Conversation(server, Role.SERVER, clock=Clock())
    talk.begin(Ears(), pair.server)
    client.talk.say([Send(b"a"), Send(b"\xff\xf2", urgent=True), Send(b"b")])
    pair.flow()
    assert server.calls[1:3] == [("urgent",), ("received", b"a", None)]
    assert b"".join(data for event, data, _ in server.calls[2:] if event == "received") == b"a\xff\xf2b"


def test_a_slow_reader_of_the_main_stream_holds_the_links_up_too() -> None:
    wire = Wire()

    async def main() -> None:
        async def open_(address: Address, source: str) -> Any:
            return wire

        scene = Script()
        main_wire, ears = Wire(), Ears()
        talk: Conversation[Any] = Conversation(scene, Role.SERVER, means=Means(open_))
        talk.begin(ears, main_wire)
        talk.say([Dial(ONE, THERE)])
        await until(lambda: scene.told("linked"))
        main_wire.pending = HIGH_WATER + 1
        talk.say([Send(b"much")])
        assert (main_wire.reads, wire.reads) == (False, False)
        main_wire.pending = 0
        talk.drained()
        assert (main_wire.reads, wire.reads) == (True, True)
        talk.say([Reading(False, ONE)])
        assert (main_wire.reads, wire.reads) == (True, False)
        talk.hold(ONE)
        talk.say([Reading(True, ONE)])
        assert not wire.reads
        talk.release(ONE)
        assert wire.reads
        wire.pending = 5
        assert (talk.pending(ONE), talk.pending(TWO), talk.pending()) == (5, 0, 0)

    asyncio.run(main())
