"""Flowed text: paragraphs become whole again, and what was never broken stays as it is (RFC 3676)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.mime.flowing import unflowed
from portside.mail.mime.parsing import parse
from portside.mail.mime.reading import text


@pytest.mark.parametrize(
    ("flowed", "whole"),
    [
        ("", ""),
        ("one\ntwo\n", "one\ntwo\n"),
        ("one \ntwo\nthree", "one two\nthree"),
        ("one \ntwo \nthree\n\nfour\n", "one two three\n\nfour\n"),
        ("> one \n> two\nthree", "> one two\nthree"),
        (">> one \n> two", ">> one \n> two"),
        ("> one \ntwo", "> one \ntwo"),
        ("one \n-- \nAnn", "one \n-- \nAnn"),
        ("-- \nAnn", "-- \nAnn"),
        (" From here\n >no quote", "From here\n>no quote"),
        ("one \n two", "one two"),
        (">one \n>two", "> one two"),
        ("one ", "one "),
        (">\n> a", ">\n> a"),
        ("one \n\ntwo", "one \ntwo"),
    ],
)
def test_a_paragraph_is_one_line(flowed: str, whole: str) -> None:
    assert unflowed(flowed) == whole


def test_a_space_that_was_only_put_in_is_taken_out() -> None:
    assert unflowed("日本 \n語\nend", delete_space=True) == "日本語\nend"


@given(st.text("a >\n", max_size=60))
def test_no_letter_is_lost(flowed: str) -> None:
    assert unflowed(flowed).replace(" ", "").replace("\n", "").count("a") == flowed.count("a")


@pytest.mark.parametrize(
    ("parameters", "read"),
    [
        ("format=flowed", "a b\n"),
        ("format=Flowed; delsp=yes", "ab\n"),
        ("format=flowed; delsp=no", "a b\n"),
        ("format=fixed", "a \nb\n"),
        ("charset=utf-8", "a \nb\n"),
    ],
)
def test_a_message_says_whether_its_text_is_flowed(parameters: str, read: str) -> None:
    assert text(parse(f"Content-Type: text/plain; {parameters}\r\n\r\na \r\nb\r\n".encode())) == read
