"""The listing of a folder: its order, its page, its JSON."""

from __future__ import annotations

import json
from math import inf, nan
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.http.server.pages.listing import (
    Entry,
    natural_key,
    parse_order,
    render_listing,
    render_listing_json,
    sort_entries,
)
from tests.unit.protocols.http.server.pages.document import Document

NOW = 1_773_500_000.0
LISTING = {"nav", "ol", "li", "a", "bdi", "span", "h1", "p", "form", "label", "input", "button"} | {
    "div",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "time",
}
"""The elements of a listing inside its frame."""

NAMES = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)),
    min_size=1,
    max_size=30,
).filter(lambda name: name not in {".", ".."})
ENTRIES = st.lists(st.builds(Entry, NAMES, st.booleans(), st.none() | st.integers(0, 2**63), st.floats()), max_size=12)


def file(name: str, size: int | None = 1, modified: float = NOW) -> Entry:
    return Entry(name, False, size, modified)


def folder(name: str, modified: float = NOW) -> Entry:
    return Entry(name, True, None, modified)


def page(
    *entries: Entry,
    path: tuple[str, ...] = (),
    sort: str = "name",
    descending: bool = False,
    upload: bool = False,
    notice: str | None = None,
    token: str | None = None,
) -> Document:
    return Document(
        render_listing(
            path, entries, sort=sort, descending=descending, upload=upload, notice=notice, upload_token=token, now=NOW
        )
    )


def names(entries: list[Entry]) -> list[str]:
    return [entry.name for entry in entries]


# ----------------------------------------------------------------------------------------------- the order


@pytest.mark.parametrize(
    "ordered",
    [
        ["a2", "a10"],
        ["A1", "a2", "A3"],
        ["1.2.9", "1.2.10", "1.10.1"],
        ["file", "file 1", "file 02", "file 3"],
        ["9" * 5000, "1" + "0" * 5000],
        ["straße 1", "STRASSE 2"],
        ["2a", "a", "b1"],
    ],
)
def test_names_sort_as_people_count(ordered: list[str]) -> None:
    assert names(sort_entries([file(name) for name in reversed(ordered)], "name", False)) == ordered
    assert names(sort_entries([file(name) for name in ordered], "name", True)) == ordered[::-1]


@settings(derandomize=True)
@given(st.lists(NAMES, max_size=10))
def test_any_names_can_be_compared(given_names: list[str]) -> None:
    assert len(sorted(given_names, key=natural_key)) == len(given_names)


def test_folders_come_first_whatever_the_order() -> None:
    entries = [file("a"), folder("z"), file("b"), folder("y")]
    for by in ("name", "size", "date"):
        for descending in (False, True):
            assert [entry.folder for entry in sort_entries(entries, by, descending)] == [True, True, False, False]


def test_files_sort_by_size_and_equals_by_name() -> None:
    entries = [file("b10", 5), file("b9", 5), file("a", 7), file("c", 1), file("unknown", None)]
    assert names(sort_entries(entries, "size", False)) == ["unknown", "c", "b9", "b10", "a"]
    assert names(sort_entries(entries, "size", True)) == ["a", "b9", "b10", "c", "unknown"]


def test_the_size_of_a_folder_does_not_order_it() -> None:
    entries = [Entry("a", True, 1, NOW), Entry("b", True, 9, NOW)]
    assert names(sort_entries(entries, "size", True)) == ["a", "b"]


def test_entries_sort_by_date_and_nonsense_counts_as_oldest() -> None:
    entries = [file("new", 1, 300), file("none", 1, nan), file("old", 1, -5), file("mid", 1, 20)]
    assert names(sort_entries(entries, "date", False)) == ["none", "old", "mid", "new"]
    assert names(sort_entries(entries, "date", True)) == ["new", "mid", "old", "none"]


def test_equal_names_keep_their_order() -> None:
    entries = [file("A", 1), file("a", 2), file("A", 3)]
    for descending in (False, True):
        assert sort_entries(entries, "name", descending) == entries


def test_another_key_is_our_own_mistake() -> None:
    with pytest.raises(LocalError, match="'colour'"):
        sort_entries([], "colour", False)


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ("name", False)),
        ("sort=size&order=desc", ("size", True)),
        ("order=asc&sort=date", ("date", False)),
        ("sort=name&order=desc", ("name", True)),
        ("sort=size&sort=date", ("date", False)),
        ("sort=date&order=sideways", ("date", False)),
        ("sort=colour&order=desc", ("name", False)),
        ("%ff=&&==&sort", ("name", False)),
        ("sort=%73ize", ("size", False)),
        ("x" * 100_000 + "&sort=size", ("name", False)),
    ],
)
def test_the_query_gives_the_order(query: str, order: tuple[str, bool]) -> None:
    assert parse_order(query) == order


# ------------------------------------------------------------------------------------------------ the page


def test_each_entry_has_a_link_a_size_and_a_date() -> None:
    found = page(folder("maps"), file("a b.txt", 1_234_567, NOW - 7200))
    assert found.values("td", "title") == ["1,234,567 bytes"]
    assert found.values("time", "datetime") == ["2026-03-14T14:53:20Z", "2026-03-14T12:53:20Z"]
    assert found.values("time", "title") == ["2026-03-14 14:53:20 UTC", "2026-03-14 12:53:20 UTC"]
    assert found.text_of("tbody") == ["maps/", "just now", "a b.txt", "1.2 ", "MB", "2 hours ago"]
    assert found.values("a", "href")[-2:] == ["./maps/", "./a%20b.txt"]


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (folder("x.png"), "folder"),
        (file("x.PNG"), "picture"),
        (file("x.tar.gz"), "archive"),
        (file("notes.md"), "text"),
        (file("x.html"), "web"),
        (file("zip"), "sheet"),
        (file("x.unheard-of"), "sheet"),
        (file('x."><b'), "sheet"),
    ],
)
def test_the_kind_of_a_file_gives_its_icon(entry: Entry, kind: str) -> None:
    assert page(entry).values("tr", "class") == [kind]


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    assert page(file("a", None, inf)).text_of("tbody") == ["a", "unknown", "unknown"]


def test_the_served_folder_itself_has_no_way_up() -> None:
    found = page(file("a"))
    assert "nav" not in found.tags
    assert "../" not in found.values("a", "href")
    assert found.text_of("title") == ["/"]


def test_the_path_leads_up_step_by_step() -> None:
    found = page(path=("a", "b c", "d"))
    assert found.values("a", "href")[:3] == ["../../../", "../../", "../"]
    assert found.text_of("nav") == ["Home", "a", "b c"]
    assert found.text_of("h1") == ["d"]
    assert found.text_of("title") == ["/a/b c/d/"]
    assert "Parent folder" in found.text_of("tbody")


@pytest.mark.parametrize(
    ("sort", "descending", "marked", "links"),
    [
        ("name", False, ["ascending"], ["?sort=name&order=desc", "?sort=size&order=desc", "?sort=date&order=desc"]),
        ("name", True, ["descending"], ["?sort=name&order=asc", "?sort=size&order=desc", "?sort=date&order=desc"]),
        ("size", True, ["descending"], ["?sort=name&order=asc", "?sort=size&order=asc", "?sort=date&order=desc"]),
        ("date", False, ["ascending"], ["?sort=name&order=asc", "?sort=size&order=desc", "?sort=date&order=desc"]),
    ],
)
def test_headings_sort_and_say_how_it_is_sorted(
    sort: str, descending: bool, marked: list[str], links: list[str]
) -> None:
    found = page(sort=sort, descending=descending)
    assert found.values("th", "aria-sort") == marked
    assert found.values("a", "href") == links
    assert [parse_order(link[1:])[0] for link in links] == ["name", "size", "date"]


def test_rows_stand_in_the_order_asked_for() -> None:
    found = page(file("a", 1), file("b", 3), file("c", 2), sort="size", descending=True)
    assert found.text_of("bdi") == ["b", "c", "a"]


def test_an_empty_folder_says_so() -> None:
    assert "This folder is empty." in page().text_of("p")
    assert "This folder is empty." not in page(file("a")).text_of("p")


def test_the_summary_counts_and_adds_up() -> None:
    found = page(folder("x"), Entry("y", True, 4096, NOW), file("a", 1500), file("b", 500), file("c", None))
    assert found.text_of("p") == ["2 folders, 3 files, ", "2.0 kB"]
    assert "2,000 bytes" in found.values("span", "title")


def test_no_form_without_upload() -> None:
    assert not {"form", "input", "button"} & set(page(file("a"), token="t").tags)


def test_the_form_posts_files_to_this_folder_with_the_token_first() -> None:
    found = page(upload=True, token='to"ken')
    forms = [attributes for tag, attributes in found.attributes if tag == "form"]
    fields = [attributes for tag, attributes in found.attributes if tag == "input"]
    assert forms == [{"class": "upload", "method": "post", "action": "./", "enctype": "multipart/form-data"}]
    assert fields[0] == {"type": "hidden", "name": "token", "value": 'to"ken'}
    assert fields[1]["type"] == "file"
    assert fields[1]["name"] == "file"
    assert "multiple" in fields[1]
    assert found.values("label", "for") == [fields[1]["id"]]


def test_a_notice_is_announced_as_text() -> None:
    found = page(notice="saved <b>a</b>\n")
    assert found.text_of("p")[:2] == ["saved <b>a</b>", r"\n"]
    assert "status" in found.values("p", "role")


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(NAMES, max_size=3), ENTRIES, st.none() | st.text(max_size=20))
def test_no_name_becomes_markup(path: list[str], entries: list[Entry], notice: str | None) -> None:
    found = page(*entries, path=tuple(path), upload=True, notice=notice, token="t")
    assert set(found.tags) <= found.FRAME | LISTING
    assert not found.risks()
    assert all(link.startswith(("./", "../", "?sort=")) for link in found.values("a", "href"))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(ENTRIES)
def test_links_lead_to_every_entry(entries: list[Entry]) -> None:
    links = [link for link in page(*entries).values("a", "href") if link.startswith("./")]
    wanted = [
        entry.name.encode("utf-8", "surrogateescape") + (b"/" if entry.folder else b"")
        for entry in sort_entries(entries, "name", False)
    ]
    assert [unquote_to_bytes(link[2:]) for link in links] == wanted


# ------------------------------------------------------------------------------------------------ the data


def test_json_has_the_same_facts() -> None:
    content = json.loads(render_listing_json(["a"], [file("b ü.txt", 12, NOW), folder("c")]))
    assert content == {
        "path": "/a/",
        "entries": [
            {"name": "c", "href": "./c/", "type": "folder", "size": None, "modified": "2026-03-14T14:53:20Z"},
            {
                "name": "b ü.txt",
                "href": "./b%20%C3%BC.txt",
                "type": "file",
                "size": 12,
                "modified": "2026-03-14T14:53:20Z",
            },
        ],
    }


@settings(derandomize=True, max_examples=60)
@given(ENTRIES)
def test_json_is_ascii_and_keeps_every_name(entries: list[Entry]) -> None:
    data = render_listing_json([], entries, sort="size", descending=True)
    assert data.isascii()
    assert data.endswith(b"\n")
    assert [fact["name"] for fact in json.loads(data)["entries"]] == names(sort_entries(entries, "size", True))


def test_json_has_null_for_a_time_that_no_calendar_holds() -> None:
    assert json.loads(render_listing_json([], [file("a", None, nan)]))["entries"][0]["modified"] is None
