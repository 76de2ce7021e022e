"""Several files as one, in the order of time."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.capture.files import pcapng
from portside.capture.files.items import Packet
from portside.capture.files.several import MOST_FILES, Captures
from portside.errors import UsageError

HEAD = pcapng.section_header() + pcapng.interface(1)


def file(path: Path, *times: int) -> Path:
    path.write_bytes(HEAD + b"".join(pcapng.enhanced_packet(0, time, b"%d" % time) for time in times))
    return path


def all_of(captures: Captures, budget: int) -> list[Packet]:
    found: list[Packet] = []
    while items := captures.read(budget):
        found += [item for item in items if isinstance(item, Packet)]
    return found


@pytest.mark.parametrize("budget", [1, 100, 1 << 20])
def test_they_are_merged_by_time(tmp_path: Path, budget: int) -> None:
    captures = Captures([file(tmp_path / "a", 1, 4, 5, 9), file(tmp_path / "b", 2, 3, 8), file(tmp_path / "c", 7)])
    found = all_of(captures, budget)
    assert [packet.time for packet in found] == [1, 2, 3, 4, 5, 7, 8, 9]
    assert [captures.data_at(packet.file, packet.place, 1) for packet in found] == [packet.data for packet in found]
    assert captures.position == captures.size and captures.finish() == []
    captures.close()


def test_each_files_own_order_stays(tmp_path: Path) -> None:
    captures = Captures([file(tmp_path / "a", 5, 1), file(tmp_path / "b", 3)])
    assert [packet.time for packet in all_of(captures, 1000)] == [3, 5, 1]


def test_one_alone_keeps_its_order(tmp_path: Path) -> None:
    assert [packet.time for packet in all_of(Captures([file(tmp_path / "a", 5, 1)]), 10)] == [5, 1]


def test_too_many_or_a_missing_one_are_refused(tmp_path: Path) -> None:
    one = file(tmp_path / "a", 1)
    with pytest.raises(UsageError, match="too many"):
        Captures([one] * (MOST_FILES + 1))
    with pytest.raises(UsageError, match="no such file"):
        Captures([one, tmp_path / "missing"])
