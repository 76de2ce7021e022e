"""Addresses and paths: each mailbox has one spelling, and what is none is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.smtp.syntax import addresses as room
from portside.protocols.smtp.syntax.addresses import (
    ascii_address,
    ascii_domain,
    is_domain,
    literal_host,
    parse_forward_path,
    parse_literal,
    parse_mailbox,
    parse_reverse_path,
    quoted,
    serialise_path,
)
from portside.protocols.smtp.syntax.codes import Refusal

LABEL = "a" * 63
MAILBOXES = [
    ("Smith@bar.com", "Smith@bar.com"),  # RFC 5321 §2.4: a local part keeps its case
    ("smith@BAR.Com", "smith@bar.com"),  # ... a domain has none
    ("a@localhost", "a@localhost"),  # RFC 5321 §2.3.5: one label
    ("first.last@x.test", "first.last@x.test"),
    ("a+b=c@x.test", "a+b=c@x.test"),
    ("!#$%&'*+-/=?^_`{|}~@x.test", "!#$%&'*+-/=?^_`{|}~@x.test"),  # RFC 5322 §3.2.3: atext
    ("a%b@x.test", "a%b@x.test"),  # a percent is a letter like others
    ("x!y@z.test", "x!y@z.test"),
    ('"a b"@x.test', '"a b"@x.test'),  # RFC 5321 §4.1.2: Quoted-string
    ('"abc"@x.test', "abc@x.test"),  # quotes that are not needed
    ('"a\\bc"@x.test', "abc@x.test"),  # nor is a quoted-pair
    ('"a\\"b"@x.test', '"a\\"b"@x.test'),
    ('"a\\\\b"@x.test', '"a\\\\b"@x.test'),
    ('"a@b"@x.test', '"a@b"@x.test'),
    ('"a>b"@x.test', '"a>b"@x.test'),
    ('""@x.test', '""@x.test'),
    ('" "@x.test', '" "@x.test'),
    ('".a"@x.test', '".a"@x.test'),
    ("a@[192.0.2.1]", "a@[192.0.2.1]"),  # RFC 5321 §4.1.3
    ("a@[IPv6:2001:DB8:0:0:0:0:0:1]", "a@[IPv6:2001:db8::1]"),
    ("a@[ipv6:::1]", "a@[IPv6:::1]"),
    ("a@[x-net:anything:at!all]", "a@[x-net:anything:at!all]"),
    ("a@my_service", "a@my_service"),  # tolerated: container networks
    ("a@1.test", "a@1.test"),
    ("a@x-y.test", "a@x-y.test"),
    ("a" * 64 + "@x.test", "a" * 64 + "@x.test"),  # RFC 5321 §4.5.3.1.1
    (f"a@{LABEL}.{LABEL}.{LABEL}.{'b' * 63}", f"a@{LABEL}.{LABEL}.{LABEL}.{'b' * 63}"),  # §4.5.3.1.2
    ("a" * 65 + "@x.test", 501),
    (f"a@{LABEL}a.test", 501),
    (f"a@{LABEL}.{LABEL}.{LABEL}.{LABEL}.b", 501),
    ("a", 501),
    ("@x.test", 501),
    ("a@", 501),
    ("@", 501),
    ("", 501),
    ("a@@x.test", 501),
    ("a@b@x.test", 501),
    (".a@x.test", 501),
    ("a.@x.test", 501),
    ("a..b@x.test", 501),
    ("a b@x.test", 501),
    ("a\tb@x.test", 501),
    ("a@x.test.", 501),
    ("a@.test", 501),
    ("a@x..test", 501),
    ("a@-x.test", 501),
    ("a@x-.test", 501),
    ("a@x test", 501),
    ("a@x.test\r\nRCPT TO:<b@c>", 501),
    ("a\nb@x.test", 501),
    ("a\0@x.test", 501),
    ("a\x7f@x.test", 501),
    ('"a\tb"@x.test', 501),
    ('"a\nb"@x.test', 501),
    ('"a"b"@x.test', 501),
    ('"a\\"@x.test', 501),
    ('"a"b@x.test', 501),
    ('a"b"@x.test', 501),
    ("a(comment)@x.test", 501),
    ("<a@x.test>", 501),
    ("a,b@x.test", 501),
    ("a;b@x.test", 501),
    ("a:b@x.test", 501),
    ("a\\b@x.test", 501),
    ("a@[192.0.2.256]", 501),
    ("a@[192.0.2]", 501),
    ("a@[192.0.02.1]", 501),
    ("a@[]", 501),
    ("a@[IPv6:1]", 501),
    ("a@[IPv6:fe80::1%eth0]", 501),
    ("a@[2001:db8::1]", "a@[2001:db8::1]"),  # a literal of the kind "2001", by the grammar
    ("a@[192.0.2.1", 501),
    ("a@192.0.2.1]", 501),
    ("a@[x:]", 501),
    ("a@[x:y@z]", 501),
    ("pelé@x.test", 553),  # RFC 6531 §3.5
    ("a@exämple.test", 553),
]


@pytest.mark.parametrize(("text", "expected"), MAILBOXES, ids=[ascii(text[:32]) for text, _ in MAILBOXES])
def test_an_address_has_one_spelling_or_is_refused(text: str, expected: str | int) -> None:
    if isinstance(expected, str):
        assert parse_mailbox(text) == expected
        assert parse_mailbox(expected) == expected
        return
    with pytest.raises(Refusal) as refused:
        parse_mailbox(text)
    assert refused.value.status == expected
    assert refused.value.enhanced == (room.NEEDS_UTF8 if expected == 553 else room.BAD_RECIPIENT)


INTERNATIONAL = [
    ("Pelé@example.com", "Pelé@example.com"),  # RFC 6531 §1
    ("δοκιμή@παράδειγμα.δοκιμή", "δοκιμή@παράδειγμα.δοκιμή"),
    ("我買@屋企.香港", "我買@屋企.香港"),
    ("a@EXÄMPLE.test", "a@exämple.test"),
    ("pele\u0301@x.test", "pelé@x.test"),  # RFC 6532 §3.1: NFC
    ('"pelé b"@x.test', '"pelé b"@x.test'),
    ("é" * 32 + "@x.test", "é" * 32 + "@x.test"),
    ("é" * 33 + "@x.test", None),  # 66 octets
    ("a@" + "é" * 32 + ".test", None),  # 64 octets in one label
    ("a\u200bb@x.test", None),  # a space that nobody sees
    ("a\u202eb@x.test", None),  # a mark that turns text round
    ("a\xa0b@x.test", None),
    ("a\x85b@x.test", None),
    ("a@x\u3002test", None),
    ("a\udcffb@x.test", None),  # no UTF-8 on the wire
    ("a@x\udcff.test", None),
]


@pytest.mark.parametrize(("text", "expected"), INTERNATIONAL, ids=[ascii(text[:32]) for text, _ in INTERNATIONAL])
def test_an_address_beyond_ascii_is_read_where_smtputf8_was_said(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Refusal):
            parse_mailbox(text, utf8=True)
    else:
        assert parse_mailbox(text, utf8=True) == expected


REVERSE = [
    ("<>", ("", "")),  # RFC 5321 §4.5.5
    ("<> SIZE=1", ("", " SIZE=1")),
    ("<a@b.c>", ("a@b.c", "")),
    ("<a@b.c> BODY=7BIT", ("a@b.c", " BODY=7BIT")),
    ("<a@B.c>\tX", ("a@b.c", "\tX")),
    ("<@one.test:a@b.c>", ("a@b.c", "")),  # RFC 5321 §C: a route is dropped
    ("<@one.test,@two.test:a@b.c> X", ("a@b.c", " X")),
    ("<@[192.0.2.1]:a@b.c>", 501),
    ("<@one.test,two.test:a@b.c>", 501),
    ("<@:a@b.c>", 501),
    ("<@one.test a@b.c>", 501),
    ("<@one.test>", 501),
    ("<@one.test:>", 501),
    ('<"x> y"@b.c> Z', ('"x> y"@b.c', " Z")),
    ("<a@b.c>X", 501),
    ("<>X", 501),
    ("<<a@b.c>>", 501),
    ("<a@b.c", 501),
    ("a@b.c>", 501),
    ("a@b.c", 501),
    ("", 501),
    ("< a@b.c>", 501),
    ("<a@b.c >", 501),
    ("<postmaster>", 501),
    ("Name <a@b.c>", 501),
    (f"<{'a' * 64}@{LABEL}.{LABEL}.{'b' * 61}>", (f"{'a' * 64}@{LABEL}.{LABEL}.{'b' * 61}", "")),  # 256 octets
    (f"<{'a' * 64}@{LABEL}.{LABEL}.{'b' * 62}>", 501),  # §4.5.3.1.3
    (f'<"{"b" * 62}"@x.test>', ("b" * 62 + "@x.test", "")),
    (f'<"{"b" * 63}"@x.test>', 501),  # 65 octets as they are said
]


@pytest.mark.parametrize(("text", "expected"), REVERSE, ids=[ascii(text[:32]) for text, _ in REVERSE])
def test_a_path_is_an_address_in_brackets(text: str, expected: tuple[str, str] | int) -> None:
    if isinstance(expected, tuple):
        assert parse_reverse_path(text) == expected
        return
    with pytest.raises(Refusal) as refused:
        parse_reverse_path(text)
    assert (refused.value.status, refused.value.enhanced) == (expected, room.BAD_SENDER)


def test_postmaster_needs_no_domain_and_no_recipient_is_null() -> None:
    assert parse_forward_path("<Postmaster>") == ("postmaster", "")  # RFC 5321 §4.1.1.3
    assert parse_forward_path("<POSTMASTER> X") == ("postmaster", " X")
    assert parse_forward_path("<a@b.c>") == ("a@b.c", "")
    for text in ("<>", "<postmaster>X", "<postmasters>", "<hostmaster>"):
        with pytest.raises(Refusal) as refused:
            parse_forward_path(text)
        assert refused.value.enhanced == room.BAD_RECIPIENT


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("", "<>"),
        ("postmaster", "<postmaster>"),
        ("a@B.c", "<a@b.c>"),
        ('"a b"@c.d', '<"a b"@c.d>'),
        ("pelé@x.test", "<pelé@x.test>"),
    ],
)
def test_an_address_is_said_in_brackets(address: str, path: str) -> None:
    assert serialise_path(address) == path


@pytest.mark.parametrize(
    "address",
    ["a", "a@b> SIZE=1", "a@b>\r\nRCPT TO:<c@d", "a@b\n", "a\0@b", "a b@c", "<a@b>", "a@b@c", "é\udcff@x.test",
     "a" * 64 + f"@{LABEL}.{LABEL}.{LABEL}"],
)  # fmt: skip
def test_what_is_no_address_is_never_said(address: str) -> None:
    with pytest.raises(LocalError):
        serialise_path(address)


@given(st.text(max_size=20), st.sampled_from(["x.test", "[192.0.2.1]", "[IPv6:::1]"]))
def test_any_local_part_can_be_quoted_or_is_refused(local: str, domain: str) -> None:
    try:
        address = parse_mailbox(f"{quoted(local)}@{domain}", utf8=True)
        path = serialise_path(address)
    except (Refusal, LocalError):
        return
    assert parse_reverse_path(path + " X", utf8=True) == (address, " X")
    assert not set(path) & set("\r\n\0")


@pytest.mark.parametrize(
    ("text", "host"), [("[192.0.2.1]", "192.0.2.1"), ("[IPv6:2001:db8::1]", "2001:db8::1"), ("[x:y]", ""), ("b.c", "")]
)
def test_a_literal_names_a_host(text: str, host: str) -> None:
    assert literal_host(text) == host
    if host:
        assert parse_literal(text) == text


def test_a_name_of_no_text_or_of_too_many_octets_is_no_domain() -> None:
    assert is_domain("x.test") and is_domain("bücher.example") and is_domain("xn--bcher-kva.example")
    assert not any(map(is_domain, ("", ".", "a..b", "a b", "\udcff", "é" * 200, "☃.test")))


@pytest.mark.parametrize(
    ("address", "ascii_only"),
    [
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@X.example", "a@X.example"),
        ("postmaster", "postmaster"),
        ("pelé@x.test", None),
        ("pelé", None),
        ("a@straße.example", None),
        ("a@" + "é" * 70, None),
        ('"a b"@bücher.example', '"a b"@xn--bcher-kva.example'),
    ],
)
def test_a_server_without_smtputf8_is_told_the_domain_in_ascii(address: str, ascii_only: str | None) -> None:
    assert ascii_address(address) == ascii_only


def test_a_domain_that_has_no_name_in_ascii_is_refused() -> None:
    assert ascii_domain("BÜCHER.example") == "xn--bcher-kva.example" and ascii_domain("X.test") == "x.test"
    for domain in ("é" * 70, "straße.example", "βόλος.example"):
        with pytest.raises(LocalError, match="DNS"):
            ascii_domain(domain)
