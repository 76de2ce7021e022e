"""TLS records: named without keys, opened with them, and never an exception."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.inspector.tls.keys import KeyLog
from portside.inspector.tls.records import Record, TlsReader, recognises
from portside.interfaces import Role
from tests.support.captures import TlsTalk

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
KINDS = [
    (V13, ""),
    (V12, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (V12, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (V12, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    (V12, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
    (V12, "ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"),
    (V12, "ECDHE-ECDSA-AES128-CCM"),
]


def spoken(home: Path, version: ssl.TLSVersion, ciphers: str = "") -> TlsTalk:
    talk = TlsTalk(home, version=version, ciphers=ciphers, alpn="http/1.1")
    talk.says(Role.CLIENT, b"what is it?")
    talk.says(Role.SERVER, b"x" * 40_000)
    talk.says(Role.CLIENT, b"thanks")
    return talk


def read(flights: list[tuple[Role, bytes]], keys: bytes = b"", step: int = 1 << 20) -> tuple[list[Record], TlsReader]:
    log = KeyLog()
    log.add(keys)
    reader = TlsReader(log)
    found: list[Record] = []
    for role, data in flights:
        for start in range(0, len(data), step):
            found += reader.read(role, data[start : start + step])
    return found, reader


def plain(records: list[Record], role: Role) -> bytes:
    return b"".join(record.plain or b"" for record in records if record.role is role)


@pytest.mark.parametrize(("version", "ciphers"), KINDS)
@pytest.mark.parametrize("step", [1, 7, 1460, 1 << 20])
def test_with_the_keys_every_byte_is_found(tmp_path: Path, version: ssl.TLSVersion, ciphers: str, step: int) -> None:
    talk = spoken(tmp_path, version, ciphers)
    records, reader = read(talk.flights, talk.keys, step)
    assert plain(records, Role.CLIENT) == b"what is it?thanks"
    assert plain(records, Role.SERVER) == b"x" * 40_000
    titles = [record.title for record in records]
    assert titles[0] == "Client Hello for localhost" and reader.server_name == "localhost"
    assert titles.count("Finished") == 2 or any("Finished" in title for title in titles)
    assert {record.facts["alpn"] for record in records if "alpn" in record.facts} == {"http/1.1"}


def test_a_record_is_opened_again_from_its_bytes(tmp_path: Path) -> None:
    talk = spoken(tmp_path, V13)
    records, reader = read(talk.flights, talk.keys)
    whole = {role: b"".join(data for who, data in talk.flights if who is role) for role in Role}
    for record in records:
        if record.plain is not None:
            data = whole[record.role][record.start : record.stop]
            assert reader.reopen(record, data) == record.plain
            assert reader.reopen(record, data[:-1]) is None


@pytest.mark.parametrize("version", [V12, V13])
def test_without_keys_records_keep_their_names(tmp_path: Path, version: ssl.TLSVersion) -> None:
    records, _ = read(spoken(tmp_path, version).flights)
    titles = [record.title for record in records]
    assert titles[0] == "Client Hello for localhost"
    assert any(title.startswith("Server Hello") for title in titles)
    assert titles[-1] == "Application Data" and all(record.plain is None for record in records)
    if version is V12:
        assert "Encrypted Handshake Message" in titles and "Certificate" in " ".join(titles)


def test_wrong_keys_leave_it_closed(tmp_path: Path) -> None:
    talk = spoken(tmp_path, V13)
    label, random, secret = talk.keys.split(b"\n")[2].split()
    wrong = b"".join(
        b"%s %s %s\n" % (name, random, secret[::-1])
        for name in (b"SERVER_HANDSHAKE_TRAFFIC_SECRET", b"CLIENT_HANDSHAKE_TRAFFIC_SECRET", b"SERVER_TRAFFIC_SECRET_0")
    )
    assert label
    records, _ = read(talk.flights, wrong)
    assert all(record.plain is None for record in records)
    assert any("does not open" in note for record in records for note in record.notes)


def test_after_a_gap_it_opens_what_comes_again(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    for number in range(6):
        talk.says(Role.SERVER, b"message %d" % number)
    log = KeyLog()
    log.add(talk.keys)
    reader = TlsReader(log)
    found: list[Record] = []
    said = [index for index, (role, _) in enumerate(talk.flights) if role is Role.SERVER][-4:-2]
    for index, (role, data) in enumerate(talk.flights):
        found += reader.missed(role, len(data)) if index in said else reader.read(role, data)
    assert plain(found, Role.SERVER) == b"message 0message 1message 4message 5"


def test_a_hole_within_a_record_costs_that_record_alone(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    for number in range(3):
        talk.says(Role.SERVER, b"message %d" % number)
    log = KeyLog()
    log.add(talk.keys)
    reader = TlsReader(log)
    found: list[Record] = []
    for index, (role, data) in enumerate(talk.flights):
        if index == len(talk.flights) - 2:
            found += [*reader.read(role, data[:10]), *reader.missed(role, 5), *reader.read(role, data[15:])]
        else:
            found += reader.read(role, data)
    assert plain(found, Role.SERVER) == b"message 0message 2"
    assert [record.notes for record in found if not record.complete] == [("5 bytes were not captured",)]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_noise_never_raises(noise: bytes, step: int) -> None:
    found, reader = read([(Role.CLIENT, b"\x16\x03\x01" + noise), (Role.SERVER, noise)], step=step)
    for role in Role:
        found += reader.ended(role)
    assert all(0 <= record.start <= record.stop <= len(noise) + 3 for record in found)


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (b"\x16\x03\x01\x02\x00\x01", True),
        (b"\x16", True),
        (b"\x17\x03\x03\x00\x20abc", True),
        (b"GET / HTTP/1.1", False),
        (b"\x16\x04\x01\x02\x00", False),
        (b"\x16\x03\x01\xff\xff", False),
    ],
)
def test_it_is_recognised_by_its_header(data: bytes, known: bool) -> None:
    assert recognises(data) is known


def test_a_stream_that_breaks_off_is_told() -> None:
    _, reader = read([(Role.CLIENT, b"\x16\x03\x01\x00\x20abc")])
    (record,) = reader.ended(Role.CLIENT)
    assert (record.title, record.complete, record.notes) == ("Handshake", False, ("it was cut short",))
