"""Entity tags and dates of files (RFC 9110 §8.8)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.protocols.http.server.validators import etag_of, last_modified
from portside.protocols.http.syntax.conditions import ETag, parse_etag


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    os.utime(path, ns=(0, 1_500_000_000_000_000_001))
    return path


def test_a_tag_is_strong_and_well_formed(file: Path) -> None:
    tag = parse_etag(etag_of(file.stat()))
    assert isinstance(tag, ETag) and not tag.weak


def test_a_file_left_alone_keeps_its_tag(file: Path) -> None:
    before = etag_of(file.stat())
    file.chmod(0o600)
    os.link(file, file.with_name("b"))
    assert etag_of(file.stat()) == before == etag_of(file.with_name("b").stat())


def test_one_nanosecond_makes_another_tag(file: Path) -> None:
    before = etag_of(file.stat())
    os.utime(file, ns=(0, 1_500_000_000_000_000_002))
    assert etag_of(file.stat()) != before


def test_another_size_makes_another_tag(file: Path) -> None:
    before = etag_of(file.stat())
    file.write_bytes(b"four")
    os.utime(file, ns=(0, 1_500_000_000_000_000_001))
    assert etag_of(file.stat()) != before


def test_a_file_in_its_place_has_another_tag(file: Path) -> None:
    before = etag_of(file.stat())
    other = file.with_name("other")
    other.write_bytes(b"two")
    os.utime(other, ns=(0, 1_500_000_000_000_000_001))
    other.replace(file)
    assert etag_of(file.stat()) != before


def test_each_coding_has_a_tag_of_its_own(file: Path) -> None:
    tags = {etag_of(file.stat(), coding) for coding in (None, "gzip", "br")}
    assert len(tags) == 3 and None not in map(parse_etag, tags)


@pytest.mark.parametrize("nanoseconds, seconds", [
    (1_500_000_000_999_999_999, 1_500_000_000.0), (0, 0.0), (-1, -1.0), (-1_000_000_001, -2.0),
])  # fmt: skip
def test_a_date_is_in_whole_seconds_and_never_later_than_the_change(
    file: Path, nanoseconds: int, seconds: float
) -> None:
    os.utime(file, ns=(0, nanoseconds))
    assert last_modified(file.stat()) == seconds
    assert parse_etag(etag_of(file.stat())) is not None
