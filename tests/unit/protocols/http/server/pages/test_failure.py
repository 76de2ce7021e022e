"""The page of a failure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.protocols.http.messages import reason_phrase
from portside.protocols.http.server.pages.failure import render_failure
from tests.unit.protocols.http.server.pages.document import Document

COMMON = (400, 401, 403, 404, 405, 408, 411, 412, 413, 414, 416, 417, 421, 429, 431, 500, 501, 503, 505)


@pytest.mark.parametrize("status", COMMON)
def test_each_common_status_has_a_sentence_of_its_own(status: int) -> None:
    sentence = Document(render_failure(status, reason_phrase(status), "")).text_of("main")[2]
    general = Document(render_failure(499 if status < 500 else 599, "", "")).text_of("main")[2]
    others = {Document(render_failure(other, "", "")).text_of("main")[2] for other in COMMON if other != status}
    assert sentence.endswith(".")
    assert sentence not in {general, *others}


def test_status_phrase_and_detail_are_shown() -> None:
    page = Document(render_failure(404, "Not Found", "No file a.txt."))
    assert page.text_of("main")[:2] == ["404", "Not Found"]
    assert "No file a.txt." in page.text_of("main")
    assert page.text_of("title") == ["404 Not Found"]


def test_an_unknown_status_without_phrase_still_has_a_heading() -> None:
    page = Document(render_failure(499, "", ""))
    assert page.text_of("h1") == ["Error"]
    assert page.text_of("title") == ["499"]


def test_a_link_home_only_where_home_may_help() -> None:
    assert Document(render_failure(404, "Not Found", "")).values("a", "href") == ["/"]
    assert Document(render_failure(421, "Misdirected Request", "")).values("a", "href") == []


@settings(derandomize=True, max_examples=50)
@given(st.text(), st.text())
def test_nothing_in_phrase_or_detail_becomes_markup(phrase: str, detail: str) -> None:
    page = Document(render_failure(400, phrase, detail))
    assert set(page.tags) <= {*page.FRAME, "p", "h1", "bdi", "span"}
    assert not page.risks()


@pytest.mark.parametrize(
    "hostile", ["</p><script>alert(1)</script>", '" onload="x', "<!--", "&lt;b&gt;", "\udcff\ud800"]
)
def test_hostile_detail_is_shown_as_it_is(hostile: str) -> None:
    page = render_failure(400, hostile, hostile)
    assert b"<script" not in page
    assert b"<!--" not in page
    page.decode()
