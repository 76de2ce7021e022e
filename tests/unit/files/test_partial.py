"""A file on its way: locked, noted, and never under its name before it is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.errors import UsageError
from portside.files.partial import Note, Partial

NOTE = Note("http://a/x", '"v1"', 10)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    with Partial(target) as partial:
        partial.start(NOTE)
        partial.write(b"new")
        assert target.read_bytes() == b"old"
        assert names(tmp_path) == {"x", "x.part", "x.part.json"}
        partial.finish()
    assert target.read_bytes() == b"new" and names(tmp_path) == {"x"}


def test_what_was_left_can_be_continued(tmp_path: Path) -> None:
    with Partial(tmp_path / "x") as partial:
        partial.start(NOTE)
        partial.write(b"half")
    with Partial(tmp_path / "x") as partial:
        assert (partial.size, partial.note()) == (4, NOTE)
        partial.write(b" of it")
        partial.finish()
    assert (tmp_path / "x").read_bytes() == b"half of it"


def test_a_new_start_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    with Partial(tmp_path / "x") as partial:
        partial.start(NOTE)
        partial.write(b"half")
        partial.start(None)
        assert (partial.size, partial.note()) == (0, None)


def test_where_nothing_came_nothing_is_left(tmp_path: Path) -> None:
    with Partial(tmp_path / "x") as partial:
        partial.start(NOTE)
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"url": 1, "validator": "x", "size": 1}', '{"url": "a", "validator": "x"}',
     '{"url": "a", "validator": "x", "size": "9"}', '{"url": "a", "validator": "x", "size": true}',
     "[" * 100_000, "\xff"],
)  # fmt: skip
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.part.json").write_text(text, "latin-1")
    with Partial(tmp_path / "x") as partial:
        assert partial.note() is None


def test_two_never_write_one_file(tmp_path: Path) -> None:
    with Partial(tmp_path / "x") as partial:
        with pytest.raises(UsageError, match="another download"), Partial(tmp_path / "x"):
            pass
        partial.write(b"x")
        partial.finish()
    assert (tmp_path / "x").read_bytes() == b"x"


def test_a_link_in_the_place_of_the_part_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"keep me")
    (tmp_path / "x.part").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match=r"loop|symbolic"), Partial(tmp_path / "x"):
        pass
    assert (tmp_path / "precious").read_bytes() == b"keep me"


def test_a_link_in_the_place_of_the_note_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"keep me")
    (tmp_path / "x.part.json").symlink_to(tmp_path / "precious")
    with Partial(tmp_path / "x") as partial:
        partial.start(NOTE)  # the link itself goes
    assert (tmp_path / "precious").read_bytes() == b"keep me"
