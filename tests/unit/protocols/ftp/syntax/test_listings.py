"""Listings in the dialects of many servers, and names that must not become files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.ftp.syntax import listings as room
from portside.protocols.ftp.syntax.listings import Entry, Kind

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC).timestamp()


def at(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


LINES = [
    # vsftpd
    ("-rw-r--r--    1 0        0               5 Nov 26 20:33 a.txt", Kind.FILE, "a.txt", 5, at(2026, 11, 26, 20, 33)),
    ("drwxr-xr-x    2 1000     1000         4096 Jan 01  2020 dir", Kind.FOLDER, "dir", None, at(2020, 1, 1)),
    ("lrwxrwxrwx    1 0        0               9 Nov 26 20:00 l -> a b", Kind.LINK, "l", None, at(2026, 11, 26, 20)),
    # ProFTPD
    ("-rw-r--r--   1 ftp      nogroup        12 Dec 31 23:59 b", Kind.FILE, "b", 12, at(2025, 12, 31, 23, 59)),
    ("drwx------   3 root     root         4096 Feb 29  2024 d", Kind.FOLDER, "d", None, at(2024, 2, 29)),
    # pyftpdlib
    ("-rw-r--r--   1 u        g         2097152 Nov 27 09:01 2m.bin", Kind.FILE, "2m.bin", 2097152,
     at(2026, 11, 27, 9, 1)),
    # without a group, without links, with an ACL
    ("-rw-r--r-- 1 owner 7 Nov 27 09:01 x", Kind.FILE, "x", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r-- ftp 7 Nov 27 09:01 x", Kind.FILE, "x", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r--+ 1 u g 7 Nov 27 09:01 x", Kind.FILE, "x", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r--. 1 u g 7 Nov 27 09:01 x", Kind.FILE, "x", 7, at(2026, 11, 27, 9, 1)),
    # owners with spaces and digits
    ("-rw-r--r-- 1 Domain Users 7 Nov 27 09:01 x", Kind.FILE, "x", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r-- 1 501 20 7 Nov 27 09:01 x", Kind.FILE, "x", 7, at(2026, 11, 27, 9, 1)),
    # times: a day ahead is the server's zone, more is last year
    ("-rw-r--r-- 1 u g 7 Nov 28 09:01 x", Kind.FILE, "x", 7, at(2026, 11, 28, 9, 1)),
    ("-rw-r--r-- 1 u g 7 Nov 29 09:01 x", Kind.FILE, "x", 7, at(2025, 11, 29, 9, 1)),
    ("-rw-r--r-- 1 u g 7 Feb 29 09:01 x", Kind.FILE, "x", 7, at(2024, 2, 29, 9, 1)),
    ("-rw-r--r-- 1 u g 7 Jan  1  1970 x", Kind.FILE, "x", 7, 0.0),
    ("-rw-r--r-- 1 u g 7 2024-01-02 03:04 x", Kind.FILE, "x", 7, at(2024, 1, 2, 3, 4)),
    ("-rw-r--r-- 1 u g 7 Feb 30 09:01 x", Kind.FILE, "x", 7, None),
    ("-rw-r--r-- 1 u g 7 Foo 12 09:01 x", Kind.FILE, "x", 7, None),
    ("-rw-r--r-- 1 u g 7 Nov 27 29:61 x", Kind.FILE, "x", 7, None),
    # names
    ("-rw-r--r-- 1 u g 7 Nov 27 09:01  two leading", Kind.FILE, " two leading", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r-- 1 u g 7 Nov 27 09:01 trailing ", Kind.FILE, "trailing ", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r-- 1 u g 7 Nov 27 09:01 a -> b", Kind.FILE, "a -> b", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r-- 1 u g 7 Nov 27 09:01 -rf", Kind.FILE, "-rf", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r-- 1 u g 7 Nov 27 09:01 Nov 27 09:01 x", Kind.FILE, "Nov 27 09:01 x", 7, at(2026, 11, 27, 9, 1)),
    ("-rw-r--r-- 1 u g 7 Nov 27 09:01 \udcff", Kind.FILE, "\udcff", 7, at(2026, 11, 27, 9, 1)),
    # what is neither a file nor a folder
    ("crw-rw-rw- 1 root root 1, 3 Nov 27 09:01 null", Kind.OTHER, "null", None, at(2026, 11, 27, 9, 1)),
    ("srwxr-xr-x 1 u g 0 Nov 27 09:01 sock", Kind.OTHER, "sock", None, at(2026, 11, 27, 9, 1)),
    ("prw-r--r-- 1 u g 0 Nov 27 09:01 pipe", Kind.OTHER, "pipe", None, at(2026, 11, 27, 9, 1)),
    # DOS
    ("02-29-24  03:05PM       <DIR>          My Dir", Kind.FOLDER, "My Dir", None, at(2024, 2, 29, 15, 5)),
    ("11-26-2026  23:05                 1234 f.txt", Kind.FILE, "f.txt", 1234, at(2026, 11, 26, 23, 5)),
    ("11-26-26  12:00AM                 1234 f g.txt", Kind.FILE, "f g.txt", 1234, at(2026, 11, 26)),
    ("11-26-26  12:00PM       <JUNCTION>     there", Kind.LINK, "there", None, at(2026, 11, 26, 12)),
    ("13-26-26  12:00PM                    1 f", Kind.FILE, "f", 1, None),
    ("11-26-26  12:00AM                 1234 f\r\n", Kind.FILE, "f", 1234, at(2026, 11, 26)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "kind", "name", "size", "modified"), LINES)
def test_a_line_of_list(line: str, kind: Kind, name: str, size: int | None, modified: float | None) -> None:
    entry = room.parse_list(line, NOW)
    assert entry is not None
    assert (entry.kind, entry.name, entry.size, entry.modified) == (kind, name, size, modified)
    assert not entry.exact
    assert entry.fault == ""


@pytest.mark.parametrize(
    "line",
    ["", "   ", "total 4", "Total 12 ", "insgesamt 4", "drwxr-xr-x 2 u g 4096 Nov 27 09:01 .",
     "drwxr-xr-x 2 u g 4096 Nov 27 09:01 .."],
)  # fmt: skip
def test_lines_that_are_no_entry(line: str) -> None:
    assert room.parse_list(line, NOW) is None


@pytest.mark.parametrize(
    "line",
    ["hello", "-rw-r--r--", "550 no such file", "-rw-r--r-- 1 u g big Nov 27 09:01 x", "/i8388621.48594,r,s280,\tdjb",
     "-rw-r--r-- 1 u g 7 Nov 27 09:01", "\x1b[2J", "drwxr-xr-x " + " " * 7000],
)  # fmt: skip
def test_lines_in_no_known_dialect(line: str) -> None:
    with pytest.raises(RemoteError):
        room.parse_list(line, NOW)


HOSTILE = ["../x", "/etc/passwd", "a/b", "x\x1b[2J", "x\x07", "x\x7f", "a\rb"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_leads_elsewhere_has_a_fault(name: str) -> None:
    for entry in (
        room.parse_list(f"-rw-r--r-- 1 u g 7 Nov 27 09:01 {name}", NOW),
        room.parse_list(f"11-26-26  12:00AM                 1234 {name}", NOW),
        room.parse_facts(f"type=file;size=7; {name}"),
    ):
        assert entry is not None
        assert entry.fault


def test_a_link_tells_where_it_leads() -> None:
    entry = room.parse_list("lrwxrwxrwx 1 u g 9 Nov 26 20:00 l -> ../a -> b", NOW)
    assert entry is not None
    assert (entry.name, entry.target, entry.mode) == ("l", "../a -> b", 0o777)


FACTS = [
    ("type=file;size=3;modify=20240102030405; a b", Entry("a b", Kind.FILE, 3, at(2024, 1, 2, 3, 4, 5), exact=True)),
    ("Type=FILE;Size=3; a", Entry("a", Kind.FILE, 3, exact=True)),
    ("type=dir; d", Entry("d", Kind.FOLDER, exact=True)),
    ("type=dir;perm=FLE;unique=8ab; d", Entry("d", Kind.FOLDER, exact=True, unique="8ab", permissions="fle")),
    ("type=OS.unix=slink:/a;unix.mode=0777; l",
     Entry("l", Kind.LINK, exact=True, mode=0o777, target="/a")),
    ("type=OS.unix=symlink; l", Entry("l", Kind.LINK, exact=True)),
    ("type=OS.unix=chr-1/3; n", Entry("n", Kind.OTHER, exact=True)),
    (" bare", Entry("bare", Kind.FILE, exact=True)),
    ("type=file;  lead", Entry(" lead", Kind.FILE, exact=True)),
    ("type=file; a;b=c; d", Entry("a;b=c; d", Kind.FILE, exact=True)),
    ("type=file;size=x;modify=never;unix.mode=9; a", Entry("a", Kind.FILE, exact=True)),
    ("type=file;size=+3; a", Entry("a", Kind.FILE, exact=True)),
    ("type=file;x.custom=1; a", Entry("a", Kind.FILE, exact=True)),
    ("type=cdir; /a", None),
    ("type=pdir; ..", None),
    ("type=dir; ..", Entry("..", Kind.FOLDER, exact=True, fault="it names no file of this folder")),
    ("type=file; ", Entry("", Kind.FILE, exact=True, fault="it names no file of this folder")),
]  # fmt: skip


@pytest.mark.parametrize(("line", "entry"), FACTS)
def test_a_line_of_mlsd(line: str, entry: Entry | None) -> None:
    assert room.parse_facts(line) == entry


@pytest.mark.parametrize("line", ["", "type=file", "type=file;size=3;", "nonsense here", "=x; a"])
def test_lines_that_are_no_facts(line: str) -> None:
    with pytest.raises(RemoteError):
        room.parse_facts(line)


ENTRIES = st.builds(
    Entry,
    name=st.text(st.characters(min_codepoint=32, exclude_characters="/\x7f"), min_size=1, max_size=9).filter(
        lambda name: name not in (".", "..") and not room.fault_of(name)
    ),
    kind=st.sampled_from([Kind.FILE, Kind.FOLDER]),
    size=st.integers(0, 10**15),
    modified=st.integers(0, int(NOW)).map(float),
    mode=st.integers(0, 0o777),
)


@given(entry=ENTRIES)
def test_facts_that_are_written_are_read_as_they_were(entry: Entry) -> None:
    read = room.parse_facts(room.serialise_facts(entry))
    assert read is not None
    assert (read.name, read.kind, read.modified, read.mode) == (entry.name, entry.kind, entry.modified, entry.mode)
    assert read.size == (entry.size if entry.kind is Kind.FILE else None)


@pytest.mark.parametrize("year", [33, 333, 1970, 9999])
def test_a_year_has_four_digits(year: int) -> None:
    read = room.parse_list(room.serialise_ls(Entry("a", Kind.FILE, 1, at(year, 1, 2)), NOW), NOW)
    assert read is not None
    assert read.modified == at(year, 1, 2)


@given(entry=ENTRIES)
def test_a_line_for_people_is_read_as_far_as_it_tells(entry: Entry) -> None:
    read = room.parse_list(room.serialise_ls(entry, NOW), NOW)
    assert read is not None
    assert (read.name, read.kind, read.mode) == (entry.name, entry.kind, entry.mode)
    assert read.modified is not None
    assert entry.modified is not None
    assert 0 <= entry.modified - read.modified < 86400


def test_only_the_facts_that_are_wanted_are_told() -> None:
    entry = Entry("a", Kind.FILE, 3, 0.0, unique="1")
    assert room.serialise_facts(entry, ("size", "nonsense")) == "size=3; a"
    assert room.serialise_facts(entry, ()) == " a"
    assert room.feature_of_facts(("size",)) == "type;size*;modify;perm;unique;unix.mode;"


def test_a_listing_ends_every_line_as_the_network_does() -> None:
    assert room.lines_of(["a", "ä", "\udcff"]) == b"a\r\n\xc3\xa4\r\n\xff\r\n"
    assert room.lines_of([]) == b""
