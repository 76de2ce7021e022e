"""What a data connection carries."""

from __future__ import annotations

import zlib

import pytest

from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Said
from portside.protocols.ftp.explain.data import (
    MOST_ENTRIES,
    MOST_UNPACKED,
    DataReader,
    Transfer,
    data_content,
    data_fields,
)

C, S = Role.CLIENT, Role.SERVER


def a_listing(verb: str, size: int) -> Said:
    return Said(S, "listing", "", 0, size, facts={"command": verb, "argument": ""})


def test_all_that_one_side_sends_is_one_message_that_tells_its_size() -> None:
    reader = DataReader(Transfer("RETR", "RETR d/a.txt", "d/a.txt"))
    (said,) = reader.read(S, b"12345")
    assert (said.kind, said.title, said.complete) == ("data", "data of RETR d/a.txt: 5 bytes", False)
    assert said.facts == {"command": "RETR", "argument": "d/a.txt", "length": 5}
    assert not reader.read(S, b"x" * 1000)
    assert (said.title, said.facts["length"]) == ("data of RETR d/a.txt: 1,005 bytes", 1005)
    assert not reader.missed(S, 100)
    assert (said.stop, said.notes) == (1105, ("100 bytes were not captured",))
    assert not reader.ended(S)
    assert said.complete
    assert not reader.ended(C)
    assert (reader.switch, list(reader.expected)) == (None, [])
    assert reader.mask_from_here() is not None


def test_data_that_nobody_spoke_of_and_long_names() -> None:
    assert DataReader(Transfer()).read(C, b"x")[0].title == "data of some transfer: 1 bytes"
    (said,) = DataReader(Transfer("STOR", "STOR " + "x" * 999, "x" * 999)).read(C, b"x")
    assert len(said.title) == LONGEST_TITLE
    assert said.title.endswith(": 1 bytes")
    reader = DataReader(Transfer("RETR", "RETR a", "a"))
    assert not reader.missed(S, 5)
    assert reader.read(S, b"x")[0].start == 5


def test_a_listing_is_text_and_its_entries_are_named() -> None:
    data = b"type=file;size=12; a.txt\r\ntype=dir; d\r\ntype=file; ../x\r\ntype=cdir; .\r\nodd\r\n"
    said = a_listing("MLSD", len(data))
    found = data_content(said, data)
    assert (found.type, found.whole, found.data) == ("text/plain; charset=utf-8", True, data)
    entries = data_fields(said, data)
    assert [entry.meaning for entry in entries] == [
        "file, 12 bytes", "folder", "file; not to be trusted: it leads to another folder", "", "",
    ]  # fmt: skip
    assert (entries[1].span, entries[1].source) == ((26, 39), "RFC 3659 §7.2")


@pytest.mark.parametrize(
    ("verb", "line", "meaning"),
    [
        ("LIST", b"-rw-r--r-- 1 a b 12 Jan  1 12:00 x", "file, 12 bytes"),
        ("LIST", b"total 4", ""),
        ("NLST", b"x", ""),
    ],
)
def test_each_kind_of_listing_in_its_own_dialect(verb: str, line: bytes, meaning: str) -> None:
    (entry,) = data_fields(a_listing(verb, len(line)), line)
    assert (entry.value, entry.meaning) == (line.decode(), meaning)


def test_of_an_endless_listing_so_many_entries_are_named() -> None:
    data = b"a\r\n" * (MOST_ENTRIES + 1)
    found = data_fields(a_listing("NLST", len(data)), data)
    assert len(found) == MOST_ENTRIES + 1
    assert (found[-1].name, found[-1].span[1]) == ("Further entries", len(data))


def test_a_compressed_transfer_is_shown_as_it_was_and_not_beyond_its_bound() -> None:
    facts = {"command": "RETR", "argument": "a", "mode": "Z"}
    packed = zlib.compress(bytes(3 * MOST_UNPACKED))
    found = data_content(Said(S, "data", "", 0, len(packed), facts=facts), packed)
    assert (len(found.data), found.whole, found.wrapping) == (MOST_UNPACKED, False, "MODE Z (deflate)")
    small = zlib.compress(b"small")
    said = Said(S, "data", "", 0, len(small), facts=facts)
    assert (data_content(said, small).data, data_content(said, small).whole) == (b"small", True)
    assert data_content(said, small[:-1]).whole is False
    assert data_content(said, b"nonsense").data == b""
