"""Paths: how they are walked, quoted, and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.ftp.syntax import names as room

PATHS = [
    ((), "a", ("a",)),
    ((), "/a/b", ("a", "b")),
    (("x",), "a", ("x", "a")),
    (("x",), "/a", ("a",)),
    (("x", "y"), "..", ("x",)),
    (("x", "y"), "../z", ("x", "z")),
    (("x",), "../../../etc/passwd", ("etc", "passwd")),
    ((), "..", ()),
    ((), "/..", ()),
    ((), "/../../", ()),
    (("x",), ".", ("x",)),
    (("x",), "", ("x",)),
    (("x",), "/", ()),
    (("x",), "a//b/./c/", ("x", "a", "b", "c")),
    ((), "a/../../b", ("b",)),
    ((), "...", ("...",)),
    ((), " lead", (" lead",)),
    ((), "trail ", ("trail ",)),
    ((), "~root", ("~root",)),
    ((), "-rf", ("-rf",)),
    ((), "a\\..\\b", ("a\\..\\b",)),
    ((), "%2e%2e/x", ("%2e%2e", "x")),
    ((), "\uff0e\uff0e/x", ("\uff0e\uff0e", "x")),
    ((), "*", ("*",)),
]


@pytest.mark.parametrize(("folder", "path", "names"), PATHS)
def test_a_path_leads_somewhere_within(folder: tuple[str, ...], path: str, names: tuple[str, ...]) -> None:
    assert room.resolve(folder, path) == names


@pytest.mark.parametrize("path", ["a\r\nb", "a\nb", "a\rb", "a\0b", "x" * 4097, "ä" * 2049])
def test_a_path_that_no_file_can_have_is_refused(path: str) -> None:
    with pytest.raises(RemoteError) as caught:
        room.resolve((), path)
    assert caught.value.status == 550


def test_a_path_is_not_made_too_long_by_the_folder_that_it_begins_in() -> None:
    assert room.resolve(("x" * 2000,), "/" + "y" * 4000) == ("y" * 4000,)
    with pytest.raises(RemoteError):
        room.resolve(("x" * 2000,), "y" * 4000)


@given(folder=st.lists(st.sampled_from(["a", "b"])).map(tuple), parts=st.lists(st.sampled_from(["..", ".", "", "c"])))
def test_no_walk_leaves_the_root(folder: tuple[str, ...], parts: list[str]) -> None:
    names = room.resolve(folder, "/".join(parts))
    assert not {"..", ".", ""} & set(names)


QUOTES = [
    ("/", '"/"'),
    ("/a b", '"/a b"'),
    ('/a"b', '"/a""b"'),
    ('"', '""""'),
    ("", '""'),
]


@pytest.mark.parametrize(("path", "written"), QUOTES)
def test_a_path_in_quotes(path: str, written: str) -> None:
    assert room.quoted(path) == written
    assert room.parse_quoted(f"{written} is the current directory") == path


@pytest.mark.parametrize("text", ["", "/a", '"open', "is '/a'", 'then "/a"'])
def test_a_text_that_begins_with_no_quote_names_no_path(text: str) -> None:
    assert room.parse_quoted(text) is None


@given(names=st.lists(st.text(st.characters(exclude_characters="/\r\n\0"), min_size=1, max_size=5), max_size=4))
def test_an_absolute_path_leads_where_it_says(names: list[str]) -> None:
    kept = tuple(name for name in names if name not in (".", ".."))
    assert room.resolve(("elsewhere",), room.absolute(kept)) == kept


@pytest.mark.parametrize(("name", "fine"), [("a", True), ("", True), ("a\r", False), ("\n", False), ("\0", False)])
def test_a_name_with_a_line_break_cannot_be_said(name: str, fine: bool) -> None:
    assert room.is_sayable(name) is fine
