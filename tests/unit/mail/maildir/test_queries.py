"""The query language: each word of it, and that no query is wrong."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.maildir import queries
from portside.mail.maildir.queries import Query, parse_query

NOW = datetime(2026, 11, 27, 15, 30).timestamp()
DAY = datetime(2026, 11, 27).timestamp()


@pytest.mark.parametrize(
    ("text", "match", "conditions", "values"),
    [
        ("", "", [], []),
        ("hello", '"hello" *', [], []),
        ("hello world", '"hello" * AND "world" *', [], []),
        ('"hello world"', '"hello world"', [], []),
        ('"no end', '"no end"', [], []),
        ("from:ann@x.de", 'from_words : "ann@x.de" *', [], []),
        ('To:"Bob B"', 'to_words : "Bob B"', [], []),
        ("subject:re -subject:spam", '(subject_words : "re" *) NOT (subject_words : "spam" *)', [], []),
        ("a -b -c", '("a" *) NOT ("b" * OR "c" *)', [], []),
        ("-b", "", [], []),
        ("is:unread", "", ["seen = 0"], []),
        ("-is:unread", "", ["NOT (seen = 0)"], []),
        ("IS:Read has:attachment", "", ["seen = 1", "attachments > 0"], []),
        ("before:2026-11-27", "", ["time < ?"], [DAY]),
        ("-after:2026-11-27 x", '"x" *', ["NOT (time >= ?)"], [DAY]),
        ("before:2026-13-45", '"before:2026-13-45" *', [], []),
        ("before:soon", '"before:soon" *', [], []),
        ("is:odd", '"is:odd" *', [], []),
        ("http://x.de/a", '"http://x.de/a" *', [], []),
        ('--- !!! "" \'', "", [], []),
        ('a"b', '"a b" *', [], []),
    ],
)
def test_a_query_means(text: str, match: str, conditions: list[str], values: list[float]) -> None:
    query = parse_query(text, NOW)
    assert (query.match, query.conditions, query.values) == (match, conditions, values)


def test_words_that_must_not_be_there_stand_alone() -> None:
    assert parse_query("-a -from:b", NOW).unmatched == '"a" * OR from_words : "b" *'


def test_a_day_may_be_named() -> None:
    assert parse_query("after:today", NOW).values == [DAY]
    assert parse_query("after:yesterday", NOW).values == [datetime(2026, 11, 26).timestamp()]


def test_a_query_has_a_limit() -> None:
    assert len(parse_query("a " * 10_000, NOW).wanted) == queries.MOST_TERMS


@given(st.text(alphabet=st.sampled_from('ab"-:*^()+{}., \0éfromANDORNEAR\n'), max_size=80) | st.text(max_size=80))
def test_no_query_is_wrong(text: str) -> None:
    query: Query = parse_query(text, NOW)
    db = sqlite3.connect(":memory:")
    try:
        db.execute("CREATE VIRTUAL TABLE words USING fts5 (from_words, to_words, subject_words, text, files)")
        for expression in filter(None, (query.match, query.unmatched)):
            encoded = expression.encode("utf-8", "replace").decode()
            db.execute("SELECT count(*) FROM words WHERE words MATCH ?", (encoded,)).fetchone()
    finally:
        db.close()
