"""TLS as a carrier: records are rows until they can be opened."""

from __future__ import annotations

from pathlib import Path

from portside.interfaces import Role
from tests.support.captures import TlsTalk, told, write


def spoken(home: Path) -> TlsTalk:
    talk = TlsTalk(home)
    talk.says(Role.CLIENT, b"hello there")
    talk.says(Role.SERVER, b"x" * 50_000)
    talk.says(Role.CLIENT, b"thanks")
    return talk


def test_without_keys_every_record_is_a_row(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", spoken(tmp_path).over_tcp().blocks))
    rows = [one for one in story.messages if one.protocol == "TLS"]
    assert rows[0].title == "Client Hello for localhost" and rows[-1].title == "Application Data"
    assert story.conversations[0].name == "localhost"
    assert sum(one.size for one in rows) == story.conversations[0].bytes_up + story.conversations[0].bytes_down


def test_with_keys_a_message_knows_its_records_and_packets(tmp_path: Path) -> None:
    talk = spoken(tmp_path)
    story = told(write(tmp_path / "a", talk.over_tcp().blocks, keys=talk.keys))
    long = next(one for one in story.messages if one.size == 50_000)
    assert long.inside == ("TCP", "TLS") and story.message_bytes(long.number, 99_999) == b"x" * 50_000
    record = next(layer for layer in story.open(long.number).layers if layer.name == "TLS record")
    assert record.part == "record 1 of 4" and record.note == "decrypted with the session's keys"


def test_a_record_that_is_a_row_is_opened_field_by_field(tmp_path: Path) -> None:
    talk = spoken(tmp_path)
    story = told(write(tmp_path / "a", talk.over_tcp().blocks, keys=talk.keys))
    number = next(one.number for one in story.messages if "Finished" in one.title)
    names = [layer.name for layer in story.open(number).layers]
    assert names == ["Ethernet frame", "IPv4 packet", "TCP segment", "TLS record", "TLS message"]
