"""The formats by their names: each makes bytes of its own kind from the same selection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.errors import UsageError
from portside.inspector.exports import FORMATS
from tests.support.captures import Talk, told, write

ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def test_formats_are_called_by_distinct_endings_and_known_types() -> None:
    assert {name: (kind.media_type, kind.suffix) for name, kind in FORMATS.items()} == {
        "pcapng": ("application/x-pcapng", ".pcapng"),
        "har": ("application/json", ".har"),
        "text": ("text/plain; charset=utf-8", ".txt"),
    }


@pytest.mark.parametrize("name", FORMATS)
def test_each_makes_its_bytes_piece_by_piece(tmp_path: Path, name: str) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    pieces = FORMATS[name].pieces(story, [2, 3])
    assert isinstance(pieces, Iterator)
    made = b"".join(pieces)
    if name == "pcapng":
        assert made[:4] == b"\x0a\x0d\x0d\x0a" and ASK in made and ANSWER in made
    elif name == "har":
        assert len(json.loads(made)["log"]["entries"]) == 1
    else:
        assert b"GET /a" in made and b"200 OK" in made and b"connection opened" not in made


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    with pytest.raises(UsageError, match="no message 99"):
        list(FORMATS[name].pieces(story, [99]))
