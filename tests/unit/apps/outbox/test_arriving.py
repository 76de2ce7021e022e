"""A message on its way into the queue."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox.arriving import Arriving, arrival, received, system_excuse
from portside.apps.outbox.contents import ROOM, SMALL, Draft
from portside.mail.envelope import Envelope, Origin
from portside.mail.storing import StoreError, StoreFull
from tests.support.outboxes import envelope

HERE = Origin("here.test", 1_800_000_000.0)
NETWORK = Origin("here.test", 1_800_000_000.0, "192.0.2.7", 4711, "laptop", "ESMTPSA", "ann", "TLSv1.3", 587)


class Kept:
    """Keeps nothing, and remembers for what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Draft, Envelope, Origin]] = []
        self.go_on = asyncio.Event()

    async def keep(self, draft: Draft, envelope: Envelope, origin: Origin) -> str:
        await self.go_on.wait()
        self.asked.append((draft, envelope, origin))
        return "id"

    def begin(self, keeping: Coroutine[Any, Any, str]) -> asyncio.Task[str]:
        self.task = asyncio.get_running_loop().create_task(keeping)
        return self.task


def test_what_was_written_is_kept_whoever_still_waits_for_it(tmp_path: Path) -> None:
    async def main() -> None:
        kept = Kept()
        arriving = Arriving(Draft(tmp_path, "m"), kept.keep, kept.begin)
        arriving.write(b"hel")
        arriving.write(b"lo")
        future = arriving.keep(envelope("bob@there.test"), HERE)
        await asyncio.sleep(0)
        future.cancel()
        kept.go_on.set()
        assert await kept.task == "id"
        ((draft, _, origin),) = kept.asked
        arriving.drop()
        assert (draft.octets(b""), origin) == (b"hello", HERE)

    asyncio.run(main())


def test_what_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    kept_by = Draft(tmp_path, "m")
    arriving = Arriving(kept_by, None, None)  # type: ignore[arg-type]  # neither is asked
    arriving.write(bytes(SMALL + 1))
    arriving.drop()
    arriving.drop()
    assert list((tmp_path / "contents").iterdir()) == []


def test_a_disk_that_fails_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "contents").write_bytes(b"in the way")
    arriving = Arriving(Draft(tmp_path, "m"), None, None)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="the queue cannot be written"):
        arriving.write(bytes(SMALL + 1))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_as_one(number: int) -> None:
    assert type(system_excuse(OSError(number, "No room"))) is StoreFull
    assert type(system_excuse(OSError(errno.EIO, "Bad disk"))) is StoreError
    assert str(system_excuse(OSError(errno.EIO, "Bad disk"))) == "the queue cannot be written: bad disk"


def test_an_arrival_has_its_trace_ahead_in_memory_and_in_a_file(tmp_path: Path) -> None:
    small, large = Draft(tmp_path, "s"), Draft(tmp_path, "l")
    small.write(b"hello")
    large.write(bytes(SMALL + 1))
    came = arrival(small, "s", envelope("b@x"), "", 1.0, b"trace\r\n")
    assert (came.octets, came.size) == (b"trace\r\nhello", 12)
    came = arrival(large, "l", envelope("b@x"), "", 1.0, b"trace\r\n")
    assert (came.octets, came.start, came.size) == (None, ROOM - 7, SMALL + 8)
    large.close(keep=True)
    assert (tmp_path / "contents" / "l").read_bytes()[came.start : came.start + 8] == b"trace\r\n\0"


def test_what_came_over_a_network_says_so_and_names_no_login() -> None:
    """RFC 5321 §4.4."""
    field = received(envelope("bob@there.test"), NETWORK, "1abc")
    assert field.startswith(b"Received: from laptop ([192.0.2.7])\r\n\t")
    assert b"by here.test" in field and b"id 1abc" in field and b"for <bob@there.test>" in field
    assert field.endswith(b"\r\n") and b"\n" not in field.replace(b"\r\n", b"")
    assert b"ann" not in field and b"Return-Path" not in field
    assert received(envelope("bob@there.test"), HERE, "1abc") == b""


def test_the_longest_trace_has_room_ahead_of_a_file() -> None:
    long = "x" * 5000
    origin = Origin(long, 0.0, "192.0.2.7", 65535, long, long, long, long, 65535)
    assert len(received(envelope(long), origin, "1abc")) < ROOM
