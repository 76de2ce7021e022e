"""Addresses: the examples of RFC 5322 appendix A, what people write, and what is meant to deceive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail import addresses
from portside.mail.addresses import LONGEST_FIELD, Address, parse_addresses, serialise_address


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jdoe@machine.example", [("", "jdoe@machine.example", "")]),
        ("John Doe <jdoe@machine.example>", [("John Doe", "jdoe@machine.example", "")]),
        ('"Joe Q. Public" <john.q.public@example.com>', [("Joe Q. Public", "john.q.public@example.com", "")]),
        ("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
         [("Mary Smith", "mary@x.test", ""), ("", "jdoe@example.org", ""), ("Who?", "one@y.test", "")]),
        ('<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
         [("", "boss@nil.test", ""), ('Giant; "Big" Box', "sysservices@example.net", "")]),
        ("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
         [("Ed Jones", "c@a.test", "A Group"), ("", "joe@where.test", "A Group"),
          ("John", "jdoe@one.test", "A Group")]),
        ("Undisclosed recipients:;", []),
        ("a:b@c;, d@e", [("", "b@c", "a"), ("", "d@e", "")]),
        ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", [("Pete", "pete@silly.test", "")]),
        ("A Group(Some people)\n     :Chris Jones <c@(Chris's host.)public.example>, joe@example.org,\n"
         " John <jdoe@one.test> (my dear friend); (the end of the group)",
         [("Chris Jones", "c@public.example", "A Group"), ("", "joe@example.org", "A Group"),
          ("John", "jdoe@one.test", "A Group")]),
        ("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", []),
        ("Joe Q. Public <john.q.public@example.com>", [("Joe Q. Public", "john.q.public@example.com", "")]),
        ("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
         [("Mary Smith", "mary@example.net", ""), ("", "jdoe@test.example", "")]),
        ("<@a,@b:c@d>", [("", "c@d", "")]),
        ("jdoe@example.com (John Doe)", [("John Doe", "jdoe@example.com", "")]),
        ("jdoe@example.com (John (the second) Doe)", [("John (the second) Doe", "jdoe@example.com", "")]),
        ('"a b"@example.com', [("", '"a b"@example.com', "")]),
        ('"ab"@example.com', [("", "ab@example.com", "")]),
        ('"a@b"@example.com', [("", '"a@b"@example.com', "")]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]", "")]),
        ("a@[IPv6:2001:db8::1]", [("", "a@[IPv6:2001:db8::1]", "")]),
        ("=?utf-8?q?Gr=C3=BCn=2C_Eva?= <eva@example.com>", [("Grün, Eva", "eva@example.com", "")]),
        ('"=?utf-8?q?Gr=C3=BCn?=" <eva@example.com>', [("Grün", "eva@example.com", "")]),
        ("Grün <grün@grün.example>", [("Grün", "grün@grün.example", "")]),
        ("postmaster", [("", "postmaster", "")]),
        ("two words", [("two words", "", "")]),
        ("a@b.c; d@e.f", [("", "a@b.c", ""), ("", "d@e.f", "")]),
        ('"good@example.com" <bad@evil.test>', [("good@example.com", "bad@evil.test", "")]),
        ("good@example.com <bad@evil.test>", [("good@example.com", "bad@evil.test", "")]),
        ("<a@b><c@d>", [("", "a@b", ""), ("", "c@d", "")]),
        ("<a@b> trailing", [("trailing", "a@b", "")]),
        ("<>", []),
        ("", []),
        (",,,", []),
        ('"unended <a@b>', [("", "unended <a@b>", "")]),
        ("(unended a@b", []),
        ("a@b (unended", [("unended", "a@b", "")]),
        ("<unended@b", [("", "unended@b", "")]),
        ("Ann ann@example.com", [("Ann ann@example.com", "", "")]),
        ("a@b c@d", [("a@b c@d", "", "")]),
        ("<a b@c>", [("", "a b @ c", "")]),
        ("<a@b@c>", [("", "a @ b @ c", "")]),
        ("a\\@b", [("a\\@b", "", "")]),
    ],
)  # fmt: skip
def test_a_field_of_addresses_is_read(value: str, expected: list[tuple[str, str, str]]) -> None:
    assert parse_addresses(value) == [Address(*each) for each in expected]


def test_an_address_tells_its_domain() -> None:
    assert Address("", "a@Example.COM").domain == "example.com"
    assert Address("", '"a@b"@c').domain == "c"
    assert Address("x", "").domain == Address("", "postmaster").domain == ""


def test_an_address_is_shown_as_people_write_it() -> None:
    assert str(Address("Ann", "a@b")) == "Ann <a@b>"
    assert str(Address("", "a@b")) == "a@b"
    assert str(Address("Ann", "")) == "Ann"


@pytest.mark.parametrize(
    ("name", "utf8", "words"),
    [
        ("", False, ["a@b"]),
        ("Ann Bell", False, ["Ann", "Bell", "<a@b>"]),
        ("Bell, Ann", False, ['"Bell, Ann"', "<a@b>"]),
        ('Ann "the" Bell', False, ['"Ann \\"the\\" Bell"', "<a@b>"]),
        ("Ann  Bell", False, ['"Ann  Bell"', "<a@b>"]),
        ("Änn", False, ["=?utf-8?q?=C3=84nn?=", "<a@b>"]),
        ("Änn", True, ["Änn", "<a@b>"]),
        ("=?x", True, ["=?utf-8?b?PT94?=", "<a@b>"]),
    ],
)
def test_a_name_is_written_so_that_it_can_be_read(name: str, utf8: bool, words: list[str]) -> None:
    address = Address(name, "a@b")
    assert serialise_address(address, utf8=utf8) == words
    assert parse_addresses(" ".join(words)) == [address]


NAME = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Cf"]) | st.just(" "), max_size=40)


@given(NAME, st.booleans())
def test_every_name_comes_back(name: str, utf8: bool) -> None:
    address = Address(name.strip(), "ann@example.com")
    assert parse_addresses(" ".join(serialise_address(address, utf8=utf8))) == [address]


@given(st.text('a@.,:;<>()[]"\\ \r\n=?', max_size=60))
def test_whatever_comes_is_read_and_what_is_read_is_one_line(value: str) -> None:
    for address in parse_addresses(value):
        assert address.name or address.address
        assert "\n" not in address.name


@pytest.mark.parametrize("piece", ["(", '"', "<", "a@b,", "a:", ";", "\\", "[", "(()", '"a" ', "a ", ">", "<@", "@"])
def test_a_field_full_of_one_thing_is_read_in_one_pass(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "MOST_ADDRESSES", 50)
    assert len(parse_addresses(piece * 20_000)) <= 50
    assert len(parse_addresses("<@" + piece * 20_000)) <= 50


def test_no_more_is_read_of_a_field_than_is_said() -> None:
    assert parse_addresses("x" * (LONGEST_FIELD + 5)) == [Address("", "x" * LONGEST_FIELD)]
