"""Capture files as they are opened: which ones, how they grow, and what is said of those that are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.capture.files import pcapng
from portside.capture.files.items import Packet
from portside.capture.files.reading import CaptureFile
from portside.errors import UsageError

HEAD = pcapng.section_header() + pcapng.interface(1)
PACKET = pcapng.enhanced_packet(0, 5, b"hello")


def packets(file: CaptureFile, budget: int = 1 << 16) -> list[bytes]:
    return [item.data for item in file.read(budget) if isinstance(item, Packet)]


def test_a_file_is_read_as_far_as_it_has_grown(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    path.write_bytes(HEAD + PACKET + PACKET[:10])
    file = CaptureFile(path)
    assert packets(file) == [b"hello"] and packets(file) == []
    with path.open("ab") as more:
        more.write(PACKET[10:])
    assert packets(file) == [b"hello"]
    assert (file.position, file.size) == (len(HEAD) + 2 * len(PACKET),) * 2
    assert file.finish() == ()
    file.close()


def test_an_empty_file_may_still_become_one(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    path.touch()
    file = CaptureFile(path)
    assert packets(file) == []
    path.write_bytes(HEAD + PACKET)
    assert packets(file) == [b"hello"]


def test_bytes_are_read_again_where_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    path.write_bytes(HEAD + PACKET)
    file = CaptureFile(path)
    (packet,) = [item for item in file.read(1) if isinstance(item, Packet)]
    assert file.data_at(packet.place, 5) == b"hello"
    os.truncate(path, packet.place + 2)
    assert file.data_at(packet.place, 5) == b"he"


@pytest.mark.parametrize(("cut", "what"), [(4, "cut short: its last"), (len(HEAD + PACKET), "is empty")])
def test_the_end_says_what_is_missing(tmp_path: Path, cut: int, what: str) -> None:
    path = tmp_path / "a.pcapng"
    path.write_bytes((HEAD + PACKET)[: len(HEAD + PACKET) - cut])
    file = CaptureFile(path)
    packets(file)
    (remark,) = file.finish()
    assert what in remark.text


def test_a_file_that_becomes_shorter_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    path.write_bytes(HEAD + PACKET)
    file = CaptureFile(path)
    packets(file)
    path.write_bytes(HEAD)
    (remark,) = file.read(100)
    assert "shorter" in str(remark) and file.read(100) == ()


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"GET / HTTP/1.1", "pcapng and pcap files are read"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gunzip"),
        (b"\xa1\xb2\xcd\x34\0\0\0\0", "editcap"),
        (b"snoop\0\0\0", "editcap"),
    ],
)
def test_what_is_no_capture_is_refused_with_a_hint(tmp_path: Path, content: bytes, hint: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=hint):
        CaptureFile(path)


def test_what_can_not_be_opened_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, why in (("missing", "no such file"), (".", "no regular file"), ("pipe", "no regular file")):
        with pytest.raises(UsageError, match=why):
            CaptureFile(tmp_path / name)
