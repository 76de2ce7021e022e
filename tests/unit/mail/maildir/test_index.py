"""The index: what goes in comes out, in the order it came, by every kind of query; and what is not sound is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.mail.maildir.describing import describe
from portside.mail.maildir.index import Index, Indexed
from portside.mail.maildir.queries import parse_query
from portside.mail.maildir.summary import Summary

NOW = 1_764_213_763.0


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index(tmp_path / "index.sqlite")
    index.create()
    index.begin("boot")
    yield index
    index.close()


def indexed(number: int, subject: str, *, seen: bool = False, attached: bool = False, text: str = "text") -> Indexed:
    kind = "Content-Type: application/pdf\nContent-Disposition: attachment; filename=plan.pdf\n" if attached else ""
    content = f"From: Ann <ann@example.com>\nTo: bob@example.com\nSubject: {subject}\n{kind}\n{text}\n".encode()
    return Indexed(f"{number}.h", f"new/{number}.h", float(number), len(content), seen, describe(content))


def fill(index: Index) -> None:
    index.add([indexed(1, "one apple"), indexed(2, "two apples", seen=True)])
    index.add([indexed(3, "three Äpfel", attached=True), indexed(4, "four pears", text="nothing of apples")])


def found(index: Index, query: str, before: str | None = None, limit: int = 50) -> str:
    return "".join(summary.id[0] for summary in index.summaries(parse_query(query, NOW), before, limit))


def test_a_summary_comes_out_as_it_went_in(index: Index) -> None:
    index.add([indexed(1, "Hello")])
    assert index.summary("1.h") == Summary(
        *("1.h", 1.0, "Ann <ann@example.com>", ("bob@example.com",), "Hello"),
        *(69, False, 0, "text"),
    )
    assert index.summary("2.h") is None


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", "4321"),
        ("apple", "421"),
        ('"apple"', "1"),
        ("apfel", "3"),
        ("subject:apple", "21"),
        ("apple -pears", "21"),
        ("-apples", "31"),
        ("-apples -one", "3"),
        ("is:unread", "431"),
        ("is:read", "2"),
        ("is:unread apple", "41"),
        ("has:attachment", "3"),
        ("-has:attachment", "421"),
        ("plan.pdf", "3"),
        ("from:ann@example.com", "4321"),
        ("from:bob", ""),
        ("to:bob", "4321"),
        ("before:1971-01-01", "4321"),
        ("after:1971-01-01", ""),
        ("apple before:1971-01-01", "421"),
        ("nowhere", ""),
    ],
)
def test_a_query_finds(index: Index, query: str, ids: str) -> None:
    fill(index)
    assert found(index, query) == ids
    assert index.count(parse_query(query, NOW)) == len(ids)
    assert index.ids(parse_query(query, NOW)) == [f"{id}.h" for id in ids]


def test_pages_follow_each_other(index: Index) -> None:
    fill(index)
    for query, pages in (("", ["43", "21", ""]), ("apple", ["42", "1", ""])):
        assert found(index, query, None, 2) == pages[0]
        assert found(index, query, f"{pages[0][-1]}.h", 2) == pages[1]
        assert found(index, query, f"{pages[1][-1]}.h", 2) == pages[2]


def test_a_page_before_what_is_gone_is_the_first(index: Index) -> None:
    fill(index)
    assert found(index, "", "9.h", 2) == "43"


def test_what_is_removed_is_found_no_more(index: Index) -> None:
    fill(index)
    index.remove(["2.h", "9.h"])
    assert found(index, "apples") == "4"
    assert index.file("2.h") is None


def test_what_is_moved_keeps_its_place(index: Index) -> None:
    fill(index)
    index.move([("1.h", "cur/1.h:2,S", True)])
    assert index.file("1.h") == "cur/1.h:2,S"
    assert found(index, "is:read") == "21"
    assert index.files()["1.h"] == "cur/1.h:2,S"


def test_nothing_is_left_of_all_and_what_comes_then_is_later(index: Index) -> None:
    fill(index)
    index.clear()
    assert (index.files(), found(index, "apples")) == ({}, "")
    index.add([indexed(5, "apples")])
    assert found(index, "apples") == "5"


def test_an_addition_is_whole_or_not_there(index: Index) -> None:
    with pytest.raises(Exception, match="UNIQUE"):
        index.add([indexed(1, "one"), indexed(2, "two"), indexed(1, "again")])
    assert index.files() == {}


def test_an_index_is_stale_when_most_of_its_words_are_of_what_is_gone(index: Index) -> None:
    assert not index.is_stale
    index.add([indexed(number, "x") for number in range(1, 10_012)])
    assert not index.is_stale
    index.remove(f"{number}.h" for number in range(1, 10_012))
    assert index.is_stale


def test_an_index_that_was_open_when_the_machine_stopped_is_not_sound(index: Index, tmp_path: Path) -> None:
    other = Index(tmp_path / "index.sqlite")
    assert other.is_sound("boot")
    assert not other.is_sound("another boot")
    other.close()


def test_an_index_that_was_closed_is_sound_in_any_run_of_the_machine(index: Index, tmp_path: Path) -> None:
    index.end()
    other = Index(tmp_path / "index.sqlite")
    assert other.is_sound("another boot")
    other.close()


def test_an_index_of_another_version_is_not_sound(tmp_path: Path) -> None:
    index = Index(tmp_path / "empty.sqlite")
    assert not index.is_sound("boot")
    index.close()
