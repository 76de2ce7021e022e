"""Values and parameters: RFC 2045 and RFC 2231's examples, what programs write instead, and there and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.mime.parameters import MOST_PARAMETERS, parse_valued, serialise_parameters


@pytest.mark.parametrize(
    ("field", "value", "parameters"),
    [
        ("text/plain; charset=us-ascii (Plain text)", "text/plain", {"charset": "us-ascii"}),
        ('TEXT/Plain; CHARSET="US-ASCII"', "text/plain", {"charset": "US-ASCII"}),
        ("text/plain (a comment); charset=x", "text/plain", {"charset": "x"}),
        ("text/plain;charset=x;", "text/plain", {"charset": "x"}),
        ("text/plain ; charset = x", "text/plain", {"charset": "x"}),
        ("attachment", "attachment", {}),
        ("", "", {}),
        (";a=b", "", {"a": "b"}),
        ('a; b="c;d"; e=f', "a", {"b": "c;d", "e": "f"}),
        ('a; b="c\\"d\\\\"; e=f', "a", {"b": 'c"d\\', "e": "f"}),
        ("a; b=1; b=2", "a", {"b": "1"}),
        ('a; b="unended', "a", {"b": "unended"}),
        ("attachment; filename=my report (final).pdf", "attachment", {"filename": "my report (final).pdf"}),
        ("attachment; filename==?utf-8?q?gr=C3=BCn.txt?=", "attachment", {"filename": "grün.txt"}),
        ('attachment; filename="=?utf-8?q?gr=C3=BCn?=\t=?utf-8?q?=2Etxt?="', "attachment", {"filename": "grün.txt"}),
        ("attachment; filename=grün.txt", "attachment", {"filename": "grün.txt"}),
        # RFC 2231 §3 and §4.1
        ('message/external-body; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/pub/moore/bulk-mailer.tar"',
         "message/external-body", {"access-type": "URL", "url": "ftp://cs.utk.edu/pub/moore/bulk-mailer.tar"}),
        ("application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "application/x-stuff",
         {"title": "This is ***fun***"}),
        ("application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20;"
         ' title*2="isn\'t it!"', "application/x-stuff", {"title": "This is even more ***fun*** isn't it!"}),
        ("a; b*=iso-8859-1''gr%FCn", "a", {"b": "grün"}),
        ("a; b*=''x", "a", {"b": "x"}),
        ("a; b*=no quotes", "a", {"b": "no quotes"}),
        ("a; b*1=second; b*0=first", "a", {"b": "firstsecond"}),
        ("a; b*0=first; b*2=third", "a", {"b": "first"}),
        ("a; b*1=second", "a", {}),
        ("a; b*0*=utf-8''%C3; b*1*=%A4", "a", {"b": "ä"}),
        ("a; filename=plain; filename*=utf-8''b%C3%A4tter", "a", {"filename": "bätter"}),
        ("a; b*01=x; b**=y; *=z; c*99999=v", "a", {}),
        ("a; b*=utf-8''%zz%4", "a", {"b": "%zz%4"}),
    ],
)  # fmt: skip
def test_a_field_is_read(field: str, value: str, parameters: dict[str, str]) -> None:
    read = parse_valued(field)
    assert (read.value, dict(read.parameters)) == (value, parameters)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a.png", ["filename=a.png"]),
        ("my file.pdf", ['filename="my file.pdf"']),
        ('a"b\\', ['filename="a\\"b\\\\"']),
        ("grün.txt", ["filename*=utf-8''gr%C3%BCn.txt"]),
        ("", ['filename=""']),
    ],
)
def test_a_parameter_is_written(value: str, words: list[str]) -> None:
    assert serialise_parameters({"filename": value}) == words


def test_a_long_value_is_cut_into_sections_that_stay_short() -> None:
    words = serialise_parameters({"filename": "ö" * 100 + ".txt"})
    assert words[0].startswith("filename*0*=utf-8''%C3%B6")
    assert len(words) == 13
    assert max(map(len, words)) < 70
    assert all(word.count("%") * 3 <= len(word.partition("=")[2]) for word in words)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=150).filter(lambda text: "=?" not in text))
def test_every_value_comes_back(value: str) -> None:
    field = "; ".join(["attachment", *serialise_parameters({"filename": value})])
    assert parse_valued(field).parameters.get("filename", "") == value.removeprefix("\ufeff")


@given(st.text("abn*=;\"'\\%0123 ()", max_size=80))
def test_whatever_comes_is_read(field: str) -> None:
    assert parse_valued(f"x/y;{field}").value == "x/y"


def test_parameters_are_bounded() -> None:
    many = "a" + "".join(f"; p{number}=x" for number in range(5000))
    assert len(parse_valued(many).parameters) == MOST_PARAMETERS
    for hostile in ('; a="' * 20_000, "; " * 30_000, "; a" * 20_000, ';a="\\' * 15_000, "; a*0" * 13_000):
        parse_valued("x" + hostile)
