"""Invariant: any bytes are a capture that is shown as far as it goes, or refused with one clear error.

Whatever stands in it, reading comes to its end, every message opens, layers and fields lie within their bytes, exports
are well-formed, the page's answers are JSON without a character that moves a cursor, and where HTTP is recognised, or
nothing is, no byte of a login or a cookie comes out.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fuzz import wrapping
from fuzz.mutation import mutate
from portside.capture.files.items import Packet
from portside.capture.files.reading import CaptureFile
from portside.errors import UsageError
from portside.inspector.conversations import Layer, Message
from portside.inspector.exports import FORMATS
from portside.inspector.filters import Filter
from portside.inspector.ladder import record, rung
from portside.inspector.page import answers
from portside.inspector.story import Story
from portside.protocols.explaining import Field
from portside.protocols.http.explain.bodies import MOST_CONTENT, split_head
from portside.syntax.visible import visible

CANARY = b"c4n4ry"
_ASK = (
    b"GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nAuthorization: Basic c4n4ry\r\nCookie: id=c4n4ry; b=c\r\n"
    b"Accept: text/html, */*\r\n\r\n"
)
_PUT = b"PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\nCookie: c4n4ry\r\n\r\n5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n"
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: id=c4n4ry; Path=/\r\nContent-Length: 5\r\n\r\nhello"
_MORE = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
_SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\x16\x03\x01\0\x05hello"
_CODED = (
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n"
    + bytes.fromhex("1f8b0800000000000203cb48cdc9c9070086a61036")[:20]
    + b"\r\n1\r\n\x05\r\n3\r\n\0\0\0\r\n0\r\n\r\n"
)
_CERTIFICATE = wrapping.handshake(11, b"\0\0\0\x20\0\0\x1b" + b"\x30\x19" + bytes(25) + b"\0\0")
_FLIGHT = wrapping.handshake(8, wrapping.extensions((16, b"\0\x03\x02h2"))) + _CERTIFICATE + wrapping.handshake(
    15, b"\x08\x04\0\x04abcd"
) + wrapping.handshake(20, bytes(32)) + wrapping.handshake(4, bytes(20)) + wrapping.handshake(24, b"\0")  # fmt: skip
TALK = b"\0"
"""Between what the two sides say, where a seed is no file but a conversation."""


def _seed_files() -> Iterator[bytes]:
    dice = random.Random(7)
    said = [(0, _ASK), (1, _OK), (0, _PUT), (1, _MORE)]
    for number in range(12):
        frames = wrapping.segments(wrapping.secured(said, dice) if number % 3 == 1 else said, dice)
        if number % 3 == 2:
            frames = wrapping.datagrams(said, dice)
        listed = [one for frame in frames for one in (wrapping.fragmented(frame, dice) if number == 5 else [frame])]
        yield wrapping.file_of([wrapping.on_link(frame, dice) for frame in listed], dice)


SEEDS = (
    *_seed_files(), TALK.join((_ASK, _OK)), TALK.join((_PUT, _MORE, _ASK, _CODED)), TALK.join((_ASK, _SWITCH)),
    wrapping.client_hello(), wrapping.server_hello() + _FLIGHT, _FLIGHT,
    b"\x16\x03\x03\0\x02hi\0\x15\x03\x03\0\x02\x02\x28",
    b"hello\0HELLO\n", TALK.join((b"\xff\n" + _ASK, b"\xff\n" + _OK, _ASK[9:])),
    b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n\0HTTP/1.1 200 OK\r\n\r\n\0" + _ASK + b"\0" + _OK,
)  # fmt: skip
WORDS = (
    b"\r\n", b"\n", b"\r\n\r\n", b" ", b": ", b"\0", b"\x16\x03\x03", b"\x17\x03\x03\0\x20", b"\xff\xff\xff\xff",
    b"\xff\xff", b"\0\0\0\0", b"\x80\0\0\0", b"\n\r\r\n", b"\x06\0\0\0", b"\x0a\0\0\0", b"\x08\0\x45\0",
    b"\x86\xdd\x60",
    b"Content-Length: 5\r\n", b"Content-Length: 999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n",
    b"ffffffffffffff\r\n", b"Cookie: c4n4ry\r\n", b"HTTP/1.1 200 OK\r\n", b"GET / HTTP/1.1\r\n", b"\x1b[2J",
    b"\xe2\x80\xae", b"\0\x2c\0", b"\x2c", b"\x04\0", b"\x01\0", b"Content-Encoding: gzip, br\r\n", b"a=b; c=\"d, e\"",
)  # fmt: skip
MOST_OPENED = 40
"""Messages of one capture that are opened, and packets that are looked at."""
MOST_READS = 20_000
_CREDENTIAL = re.compile(rb"(?:\A|\n)(?:(?:proxy-)?authorization|(?:set-)?cookie)[ \t]*:[^\r\n;]*", re.IGNORECASE)


def check(data: bytes, dice: random.Random) -> None:
    capture = _capture(data, dice)
    descriptor = os.memfd_create("capture")
    try:
        os.write(descriptor, capture)
        path = Path(f"/proc/self/fd/{descriptor}")
        hidden = _read(path, dice, show_secrets=False)
        if hidden is None:
            return
        shown = _read(path, dice, show_secrets=True)
        assert shown is not None
        try:
            _look(hidden, dice)
            _compare(hidden, shown)
        finally:
            hidden.close()
            shown.close()
    finally:
        os.close(descriptor)


def _capture(data: bytes, dice: random.Random) -> bytes:
    """``data`` as they are where they are a file; else somebody says them."""
    known = data[:4] in (b"\n\r\r\n", *(bytes.fromhex(one) for one in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1")))
    if known:
        return _remade(data, dice) if dice.random() < 0.6 else data
    if dice.random() < 0.1:
        return data
    odd = data.replace(CANARY, b"nobody")  # where nobody speaks HTTP, nobody knows a cookie
    said = [(number % 2, part) for number, part in enumerate(data.split(TALK)[:40])]
    match dice.randrange(6):
        case 0:
            frames = wrapping.datagrams(said, dice)
        case 1:
            frames = wrapping.segments(wrapping.secured(said, dice), dice, port=443)
        case 2:
            frames = wrapping.segments(wrapping.secured([(0, _ASK), (1, _OK)], dice, odd), dice, port=443)
        case 3:
            frames = wrapping.segments([(0, wrapping.record(22, odd[:16_000])), *said], dice, port=443)
        case _:
            frames = wrapping.segments(said, dice, port=dice.choice((80, 80, 8080, 4040)))
    return wrapping.file_of([wrapping.on_link(frame, dice) for frame in frames], dice)


def _remade(data: bytes, dice: random.Random) -> bytes:
    """The file ``data`` with packets that are changed, each by itself."""
    descriptor = os.memfd_create("capture")
    os.write(descriptor, data)
    file = CaptureFile(Path(f"/proc/self/fd/{descriptor}"))
    os.close(descriptor)
    items = [item for item in file.read(1 << 20) if isinstance(item, Packet)]
    file.close()
    frames = [(item.link, item.data) for item in items]
    for _ in range(dice.choice((1, 1, 2, 5))):
        if frames:
            at = dice.randrange(len(frames))
            link, frame = frames[at]
            head = dice.choice((60, 60, len(frame)))  # headers more often than what they carry
            frames[at] = link, mutate(frame[:head], WORDS, dice) + frame[head:]
    return wrapping.file_of(frames, dice)


# ------------------------------------------------------------------------------------------------- looking


def _read(path: Path, dice: random.Random, *, show_secrets: bool) -> Story | None:
    """The story of a file, read to its end; None where it is refused."""
    try:
        story = Story([path], keys=wrapping.KEYS, show_secrets=show_secrets)
    except UsageError as refused:
        _line(str(refused))
        return None
    budget = dice.choice((1, 1000, 1 << 18))
    position, reads = 0, 0
    while story.read(budget):
        assert story.progress[0] >= position
        position, reads = story.progress[0], reads + 1
        assert reads < MOST_READS, "it reads on and on"
    story.finish()
    assert not story.read(budget)
    return story


def _look(story: Story, dice: random.Random) -> None:
    """Everything that the page, the text and the exports ask for."""
    numbers = range(1, len(story.messages) + 1)
    some = sorted(dice.sample(numbers, min(len(numbers), MOST_OPENED)))
    for number in some:
        _message(story, number, dice)
    for number in range(1, min(story.packets, MOST_OPENED) + 1):
        assert len(story.frame(number)) == len(story.captured(number))
    for wanted in (Filter(protocol="http"), Filter(text="c"), Filter(host="10."), Filter(conversation=1)):
        assert set(story.find(wanted)) <= set(numbers)
        _inert(answers.plot(story, wanted, 50))
    _inert(answers.state(story))
    _inert(answers.conversations(story, 0, 1000))
    _inert(answers.messages(story, Filter(), 0, MOST_OPENED))
    assert sum(one.messages for one in story.conversations) == len(story.messages)
    _exports(story, some)


def _message(story: Story, number: int, dice: random.Random) -> None:
    message = story.message(number)
    assert message.number == number
    assert message.until >= message.time or len(message.packets) > 1
    assert message.size >= 0
    assert all(1 <= packet <= story.packets for packet in message.packets)
    chosen = dice.choice(list(message.packets) or [0])
    for layer in story.open(number, chosen).layers:
        _layer(layer)
    content = story.content(number)
    assert content is None or len(content.data) <= max(MOST_CONTENT, message.size)
    _inert(answers.opened(story, number, chosen))
    _line(rung(message, 0))
    json.dumps(record(message))


def _layer(layer: Layer) -> None:
    size = len(layer.data)
    assert layer.size >= size, layer.name
    if layer.inner is not None:
        start, stop = layer.inner
        assert 0 <= start <= stop <= size, (layer.name, layer.inner, size)
    _fields(layer.fields, 0, size, layer.name)


def _fields(fields: Sequence[Field], low: int, high: int, where: str) -> None:
    for field in fields:
        start, stop = field.span
        assert low <= start <= stop <= high, (where, field.name, field.span, (low, high))
        _fields(field.parts, start, stop, f"{where}: {field.name}")


def _inert(answer: Any) -> None:
    json.dumps(answer, allow_nan=False)
    _walk(answer)


def _walk(value: Any) -> None:
    if isinstance(value, str):
        _line(value)
    elif isinstance(value, dict):
        for name, member in value.items():
            _line(name)
            _walk(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _walk(member)


def _line(text: str) -> None:
    assert text == visible(text), text


def _exports(story: Story, numbers: Sequence[int]) -> None:
    _export(story, "text", numbers).decode("utf-8")
    json.loads(_export(story, "har", numbers))
    for line in _export(story, "text", numbers).decode("utf-8").split("\n"):
        _line(line)
    selection = _export(story, "pcapng", numbers)
    assert selection[:4] == b"\n\r\r\n"


def _export(story: Story, kind: str, numbers: Sequence[int]) -> bytes:
    return b"".join(FORMATS[kind].pieces(story, numbers))


# --------------------------------------------------------------------------------------------- credentials


def _compare(hidden: Story, shown: Story) -> None:
    """No credential that is known as one comes out of ``hidden``; ``shown`` is the same with all of them."""
    assert [one.title for one in hidden.messages] == [one.title for one in shown.messages]
    known = sum(_compare_message(message, hidden, shown) for message in shown.messages)
    said = sum(shown.message_bytes(message.number, 1 << 20).count(CANARY) for message in shown.messages)
    frames = sum(shown.captured(number).count(CANARY) for number in range(1, shown.packets + 1))
    if known and known == said and frames in (0, known):  # it stands nowhere else
        numbers = range(1, len(hidden.messages) + 1)
        for kind in FORMATS:
            made = _export(hidden, kind, numbers)
            assert CANARY not in made, (kind, made[max(0, made.find(CANARY) - 200) :][:300])
        for number in numbers[:MOST_OPENED]:
            assert CANARY.decode() not in repr(hidden.open(number))


def _compare_message(message: Message, hidden: Story, shown: Story) -> int:
    """How many canaries stand in credentials of a message; they are hidden, byte by byte."""
    turn = message.kind == "data" and message.protocol in ("TCP", "TLS")
    if not turn and (message.protocol != "HTTP" or message.kind == "data"):
        return 0
    plain = shown.message_bytes(message.number, 1 << 20)
    masked = hidden.message_bytes(message.number, 1 << 20)
    assert len(plain) == len(masked)
    known = 0
    start, stop = (plain.find(b"\n"), len(plain)) if turn else (0, split_head(plain))  # it may begin within a line
    for field in _CREDENTIAL.finditer(plain, start, stop) if start >= 0 else ():
        for found in re.finditer(CANARY, field[0]):
            start = field.start() + found.start()
            rest = masked[start + 1 : start + len(CANARY)]  # its "c" might have become the scheme "concealed"
            assert rest == b"*" * (len(CANARY) - 1), (field[0], masked)
            known += 1
    return known
