"""What is told of a folder, in each of the four ways."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.accounts.users import EVERY_RIGHT, READ_ONLY
from portside.files.refusals import Refusal
from portside.files.root import Root
from portside.protocols.ftp.server.listing import Listing, entry_of, ls, mlsd, nlst
from portside.protocols.ftp.syntax.listings import Kind, parse_facts, parse_list


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.txt", "-dash", "ü *?[x]", "c.bin"):
        (tmp_path / name).write_bytes(b"12345")
    (tmp_path / "sub").mkdir()
    return tmp_path


def listing_of(folder: Path, warned: list[int] | None = None) -> Listing:
    counted = [] if warned is None else warned
    return Listing(Root(folder), READ_ONLY, lambda: counted.append(1))


def test_entries_come_by_name(folder: Path) -> None:
    assert [entry.name for entry in listing_of(folder).entries([])] == sorted(os.listdir(folder))  # noqa: PTH208


def test_programs_read_what_is_told_to_them(folder: Path) -> None:
    lines = mlsd(listing_of(folder).entries([]), ("type", "size", "perm")).decode().split("\r\n")
    entries = {entry.name: entry for entry in map(parse_facts, lines[:-1]) if entry is not None}
    assert entries["a.txt"].size == 5
    assert entries["sub"].kind is Kind.FOLDER
    assert entries["a.txt"].modified is None  # it was not wanted


def test_people_read_what_ls_says(folder: Path) -> None:
    line = ls(listing_of(folder).entries([])).decode().split("\r\n")[0]
    entry = parse_list(line, 0.0)
    assert entry is not None
    assert (entry.name, entry.size) == ("-dash", 5)


def test_names_come_with_the_path_that_leads_to_them(folder: Path) -> None:
    assert nlst(listing_of(folder).found(["a.txt"], "a.txt"), "x/") == b"x/a.txt\r\n"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [("*.txt", ["a.txt", "b.txt"]), ("[ac].*", ["a.txt", "c.bin"]), ("s?b", ["sub"]), ("ü *?[x]", ["ü *?[x]"])],
)
def test_a_pattern_finds_what_it_means_unless_there_is_just_that_name(
    folder: Path, pattern: str, names: list[str]
) -> None:
    assert [entry.name for entry in listing_of(folder).found([pattern], pattern)] == names


@pytest.mark.parametrize("path", ["nothing", "*.nothing", "nowhere/*"])
def test_nothing_is_told_as_such(folder: Path, path: str) -> None:
    with pytest.raises(Refusal):
        listing_of(folder).found(path.split("/"), path)


def test_names_that_cannot_be_said_are_left_out_with_a_warning(folder: Path) -> None:
    (folder / "a\nb").touch()
    warned: list[int] = []
    assert "a\nb" not in [entry.name for entry in listing_of(folder, warned).entries([])]
    assert warned == [1]


def test_bytes_that_are_no_text_come_back_as_they_were(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff\xfe")).touch()
    assert b"\xff\xfe\r\n" in nlst(listing_of(folder).entries([]), "")


def test_permissions_are_those_that_one_has(folder: Path) -> None:
    status = folder.stat()
    assert entry_of("sub", status, READ_ONLY).permissions == "el"
    assert entry_of("sub", status, EVERY_RIGHT).permissions == "cdeflmp"
    assert entry_of("a.txt", (folder / "a.txt").stat(), READ_ONLY).permissions == "r"
    assert entry_of("a.txt", (folder / "a.txt").stat(), EVERY_RIGHT).permissions == "adfrw"
