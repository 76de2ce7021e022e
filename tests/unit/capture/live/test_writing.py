"""What reaches the file: sorted, behind its keys, with interfaces that every file and section names rightly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.capture.files import reading
from portside.capture.files.items import Interface, Item, Packet, Secrets
from portside.capture.keylog import MemoryKeyLog
from portside.capture.live import interfaces, writing
from portside.capture.live.sightings import LINK_ETHERNET, LINK_RAW, Frame
from portside.capture.live.writing import DELAY, Writing
from portside.errors import UsageError

LINE = b"CLIENT_RANDOM 00 11\n"


@pytest.fixture(autouse=True)
def one_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interfaces, "_present", lambda: [(1, 1)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live.pcapng"


@pytest.fixture
def keys() -> Iterator[MemoryKeyLog]:
    log = MemoryKeyLog()
    yield log
    log.close()


def opened(path: Path, *, size: int = 0, keys: MemoryKeyLog | None = None) -> Writing:
    return Writing(path, program="portside", size=size, files=0, keys=keys)


def frame(time: int, interface: int = 1, link: int = LINK_ETHERNET, data: bytes = bytes(60)) -> Frame:
    return Frame(time, interface, link, data, len(data) + 4)


def items(path: Path) -> list[Item]:
    return reading.CaptureFile(path).read(1 << 24)


def packets(path: Path) -> list[Packet]:
    return [item for item in items(path) if isinstance(item, Packet)]


def said(log: MemoryKeyLog) -> None:
    with Path(log.path).open("ab") as file:
        file.write(LINE)


def test_frames_stand_in_the_order_of_their_times(path: Path) -> None:
    write = opened(path)
    for time in (3, 1, 2):
        write.put(frame(time))
    write.finish(9, 0)
    assert [(packet.time, packet.length) for packet in packets(path)] == [(1, 64), (2, 64), (3, 64)]
    assert write.packets == 3


def test_a_frame_waits_for_others_and_for_keys(path: Path) -> None:
    write = opened(path)
    write.put(frame(1))
    write.put(frame(5))
    write.write(DELAY)
    assert write.waits and write.packets == 0
    write.write(DELAY + 1)
    assert write.waits and write.packets == 1
    write.put(frame(2))
    write.finish(9, 0)
    assert [packet.time for packet in packets(path)] == [1, 2, 5]
    assert not write.waits


def test_where_too_many_wait_they_go_earlier(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_WAITING", 200)
    write = opened(path)
    for time in (1, 2, 3):
        assert write.has_room
        write.put(frame(time))
    write.write(4)
    assert write.packets == 3
    write.finish(9, 0)


def test_a_slow_disk_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_WAITING", 50)
    monkeypatch.setattr(writing, "MOST_AT_DISK", -1)
    write = opened(path)
    write.put(frame(1))
    write.write(2 + DELAY)
    assert not write.has_room and write.packets == 0
    write.finish(9, 0)
    assert len(packets(path)) == 1


def test_keys_stand_before_the_packets_that_wait(path: Path, keys: MemoryKeyLog) -> None:
    write = opened(path, keys=keys)
    write.put(frame(1))
    said(keys)
    write.take_keys()
    write.write(1 + DELAY)
    write.put(frame(2))
    write.finish(9, 0)
    kinds = [item for item in items(path) if isinstance(item, Packet | Secrets)]
    assert [type(item) for item in kinds] == [Secrets, Packet, Packet]
    said(keys)
    write.take_keys()
    assert keys.take() == LINE, "after the end nobody takes keys"


def test_every_file_has_its_head_and_all_keys(path: Path, keys: MemoryKeyLog) -> None:
    write = opened(path, size=600, keys=keys)
    said(keys)
    write.take_keys()
    for time in range(1, 9):
        write.put(frame(time, 1 + time % 2, (LINK_ETHERNET, LINK_RAW)[time % 2]))
        write.write(time + DELAY)
    write.finish(9, 0)
    files = [file for file in sorted(path.parent.iterdir()) if packets(file)]
    assert len(files) > 2
    for file in files:
        found = items(file)
        assert any(isinstance(item, Secrets) for item in found)
        assert all(packet.link == (LINK_ETHERNET, LINK_RAW)[packet.time % 2] for packet in packets(file))
    assert sum(len(packets(file)) for file in files) == 8


def test_a_later_interface_begins_a_section_with_all_that_there_are(path: Path) -> None:
    write = opened(path)
    for time, interface in enumerate((1, 2, 1, 3), 1):
        write.put(frame(time, interface, LINK_RAW if interface == 2 else LINK_ETHERNET))
    write.finish(9, 0)
    found = items(path)
    assert [item.link for item in found if isinstance(item, Interface)] == [1, 1, 101, 1, 101, 1]
    assert [(packet.time, packet.link) for packet in packets(path)] == [(1, 1), (2, 101), (3, 1), (4, 1)]


@pytest.mark.parametrize(("dropped", "received"), [(0, 2), (5, 7)])
def test_what_the_kernel_lost_is_counted_at_the_end(path: Path, dropped: int, received: int) -> None:
    write = opened(path)
    write.put(frame(1))
    write.put(frame(2))
    write.finish(9, dropped)
    expected = received.to_bytes(8, "little") + b"\x05\0\x08\0" + dropped.to_bytes(8, "little")
    assert path.read_bytes().endswith(expected + b"\0\0\0\0" + (52).to_bytes(4, "little"))


def test_an_abandoned_file_ends_as_it_is(path: Path) -> None:
    write = opened(path)
    write.put(frame(1))
    write.abandon()
    assert packets(path) == [] and not write.given_up


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot record to"):
        opened(tmp_path / "missing" / "live.pcapng")
