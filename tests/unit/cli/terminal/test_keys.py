"""Keys as people write them."""

from __future__ import annotations

import pytest

from portside.cli.terminal.keys import parse_key, shown_key
from portside.errors import UsageError

KEYS = [("^]", b"\x1d"), ("^[", b"\x1b"), ("^a", b"\x01"), ("^?", b"\x7f"), ("~", b"~"), ("none", b""), ("", b"")]


@pytest.mark.parametrize(("text", "key"), KEYS)
def test_a_key_is_read_as_people_write_it(text: str, key: bytes) -> None:
    assert parse_key(text) == key
    if key:
        assert parse_key(shown_key(key)) == key
    else:
        assert shown_key(key) == "none"


@pytest.mark.parametrize("text", ["^^^", "ab", "ä", "^ä", "\n", "\x1d"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_key(text)
