from __future__ import annotations

import io
import logging
from typing import Any

import pytest

from portside.transport.outbox import FILE_STEP, Outbox
from portside.transport.tcp import HIGH_WATER


class Below:
    """The stream below, as far as an outbox needs it: what is pending is the test's to say."""

    def __init__(self) -> None:
        self.pending = 0
        self.aborted = 0
        self.written = bytearray()
        self.largest = 0

    def write(self, data: Any) -> None:
        self.written += data
        self.pending += len(data)
        self.largest = max(self.largest, len(data))

    def abort(self) -> None:
        self.aborted += 1


def boxed() -> tuple[Outbox, Below]:
    below = Below()
    return Outbox(below, below.write), below  # type: ignore[arg-type]


def test_what_finds_no_queue_goes_at_once_however_much_it_is() -> None:
    outbox, below = boxed()
    outbox.put(b"x" * (2 * HIGH_WATER))
    outbox.put(b"y")
    assert len(below.written) == 2 * HIGH_WATER + 1
    assert (outbox.waiting, bool(outbox)) == (0, False)


def test_a_file_is_read_only_as_fast_as_the_wire_takes_it() -> None:
    outbox, below = boxed()
    content = bytes(range(256)) * 8192
    file = io.BytesIO(content)
    outbox.put(b"<")
    outbox.put_file(file, 256, len(content) - 256)
    outbox.put(b">")
    assert len(below.written) <= 1 + HIGH_WATER + FILE_STEP
    assert outbox.waiting == len(content) - 256 + 2 - len(below.written)
    while outbox:
        assert not file.closed or outbox.waiting == 1
        below.pending = 0
        outbox.pump()
    assert bytes(below.written) == b"<" + content[256:] + b">"
    assert (file.closed, outbox.waiting) == (True, 0)
    assert below.largest <= FILE_STEP


def test_nothing_is_pumped_into_a_full_wire() -> None:
    outbox, below = boxed()
    below.pending = HIGH_WATER + 1
    outbox.put_file(io.BytesIO(b"x"), 0, 1)
    outbox.pump()
    assert (bytes(below.written), outbox.waiting) == (b"", 1)


def test_an_empty_file_is_nothing_to_wait_for() -> None:
    outbox, below = boxed()
    file = io.BytesIO(b"x")
    outbox.put_file(file, 1, 0)
    assert (bool(outbox), file.closed, bytes(below.written)) == (False, True, b"")


class Broken(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize("file", [io.BytesIO(b"short"), Broken()], ids=["shorter", "broken"])
def test_after_a_file_that_breaks_off_the_stream_is_cut(file: io.BytesIO, caplog: pytest.LogCaptureFixture) -> None:
    outbox, below = boxed()
    below.pending = HIGH_WATER + 1
    outbox.put_file(file, 0, 10)
    outbox.put(b"the next answer")
    below.pending = 0
    with caplog.at_level(logging.WARNING):
        outbox.pump()
    assert b"the next answer" not in below.written
    assert (below.aborted, file.closed, bool(outbox), outbox.waiting) == (1, True, False, 0)
    assert ("Input/output error" in caplog.text) is isinstance(file, Broken)


def test_what_is_forgotten_is_closed() -> None:
    outbox, below = boxed()
    below.pending = HIGH_WATER + 1
    files = [io.BytesIO(b"x"), io.BytesIO(b"y")]
    for file in files:
        outbox.put_file(file, 0, 1)
        outbox.put(b"-")
    outbox.clear()
    assert all(file.closed for file in files)
    assert (bool(outbox), outbox.waiting, bytes(below.written)) == (False, 0, b"")
