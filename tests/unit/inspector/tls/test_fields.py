"""Records taken apart: names, values, and spans that lie where they should."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.inspector.tls.fields import fields, plain_fields
from portside.inspector.tls.records import Record
from portside.interfaces import Role
from portside.protocols.explaining import Field
from tests.support.captures import TlsTalk
from tests.unit.inspector.tls.test_records import read


def all_of(found: Sequence[Field]) -> Iterator[Field]:
    for field in found:
        yield field
        yield from all_of(field.parts)


def check(found: Sequence[Field], size: int) -> None:
    within(found, 0, size)


def within(found: Sequence[Field], low: int, high: int) -> None:
    for field in found:
        assert low <= field.span[0] <= field.span[1] <= high, field
        within(field.parts, *field.span)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_handshake_is_named_field_by_field(tmp_path: Path, version: ssl.TLSVersion) -> None:
    talk = TlsTalk(tmp_path, version=version, alpn="http/1.1")
    talk.says(Role.CLIENT, b"hello")
    records, reader = read(talk.flights, talk.keys)
    whole = {role: b"".join(data for who, data in talk.flights if who is role) for role in Role}
    named: dict[str, str] = {}
    for record in records:
        data = whole[record.role][record.start : record.stop]
        found = list(fields(record, data, reader))
        check(found, len(data))
        plain = reader.reopen(record, data)
        if plain:
            inner = list(plain_fields(record, plain, reader))
            check(inner, len(plain))
            found += inner
        named |= {field.name: field.value for field in all_of(found)}
    assert named["server_name"] == "localhost"
    assert named["application_layer_protocol_negotiation"] == "http/1.1"
    assert named["Cipher suite"].startswith("TLS_")
    assert "localhost" in named["Subject alternative names"]
    assert named["Content"] == "5 bytes"
    assert "Verify data" in named


@given(st.binary(max_size=200), st.sampled_from([20, 21, 22, 23]))
def test_noise_is_shown_as_far_as_it_goes(noise: bytes, kind: int) -> None:
    data = bytes([kind, 3, 3]) + len(noise).to_bytes(2) + noise
    records, reader = read([(Role.CLIENT, data)])
    for record in records:
        check(list(fields(record, data[record.start : record.stop], reader)), record.stop - record.start)


def test_bytes_that_are_no_record_are_shown_as_such() -> None:
    _, reader = read([])
    (field,) = fields(Record(Role.CLIENT, 0, 3, 0, ""), b"abc", reader)
    assert (field.name, field.span) == ("Data", (0, 3))


def test_an_alert_says_what_it_means() -> None:
    data = b"\x15\x03\x03\x00\x02\x02\x28"
    records, reader = read([(Role.SERVER, data)])
    assert records[0].title == "Alert: handshake failure"
    values = [field.value for field in fields(records[0], data, reader)]
    assert values[-2:] == ["fatal", "handshake failure"]


def test_a_list_of_cipher_suites_that_ends_in_half_a_one_stays_in_its_bounds() -> None:
    hello = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x03\x13\x01\x13" + b"\x01\0"
    data = b"\x16\x03\x01" + (len(hello) + 4).to_bytes(2) + b"\x01\0\0" + bytes([len(hello)]) + hello
    records, reader = read([(Role.CLIENT, data)], b"")
    found = list(fields(records[0], data, reader))
    check(found, len(data))
    assert [field.value for field in all_of(found) if field.name == "Cipher suite"] == ["TLS_AES_128_GCM_SHA256"]
