"""Names of files in a Maildir: unique, safe, and the same message under all flags."""

from __future__ import annotations

import pytest

from portside.mail.maildir import names


def test_a_name_tells_when_and_who_and_which() -> None:
    assert names.unique_name(1764213763.000042, 7, 3, "host.example") == "1764213763.M000042P7Q3.host.example"


def test_names_of_one_instant_differ_by_their_count() -> None:
    assert names.unique_name(1.0, 1, 1, "h") != names.unique_name(1.0, 1, 2, "h")


@pytest.mark.parametrize(
    ("host", "part"),
    [
        ("mail.example", "mail.example"),
        ("a/b:c", "a-b-c"),
        ("..", "localhost"),
        ("", "localhost"),
        ("ü" * 100, "localhost"),
        ("a" * 300, "a" * 64),
    ],
)
def test_a_host_is_made_safe_for_a_name(host: str, part: str) -> None:
    assert names.host_part(host) == part


@pytest.mark.parametrize(
    ("file", "id", "flags"),
    [("1.a.h", "1.a.h", ""), ("1.a.h:2,", "1.a.h", ""), ("1.a.h:2,SR", "1.a.h", "RS"), ("1.a.h:1,S", "1.a.h", "")],
)
def test_an_id_is_what_stands_before_the_flags(file: str, id: str, flags: str) -> None:
    assert (names.id_of(file), names.flags_of(file)) == (id, flags)


@pytest.mark.parametrize(
    ("file", "seen", "named"),
    [
        ("1.a.h", True, "1.a.h:2,S"),
        ("1.a.h", False, "1.a.h:2,"),
        ("1.a.h:2,FT", True, "1.a.h:2,FST"),
        ("1.a.h:2,FST", False, "1.a.h:2,FT"),
    ],
)
def test_seen_is_one_flag_among_others(file: str, seen: bool, named: str) -> None:
    assert names.with_seen(file, seen) == named
    assert names.is_seen(named) is seen


@pytest.mark.parametrize(
    ("address", "box"),
    [
        ("Bob@Example.COM", "bob@example.com"),
        ("postmaster", "postmaster"),
        ("../../etc@x", "%2E.%2F..%2Fetc@x"),
        (".hidden@x", "%2Ehidden@x"),
        ("a\0b\r\n@x", "a%00b%0D%0A@x"),
        ("a%2Fb@x", "a%252fb@x"),
        ('"a b"@x', '"a%20b"@x'),
        ("a:2,S@x", "a%3A2,s@x"),
        ("new", "%new"),
        ("\ud800\udcff@x", "%D800%DCFF@x"),
        ("undelivered", "%undelivered"),
        ("jürgen@ex.de", "jürgen@ex.de"),
    ],
)
def test_the_folder_of_a_recipient_leads_nowhere_else(address: str, box: str) -> None:
    assert names.box_name(address) == box


def test_long_addresses_have_folders_of_their_own_that_a_disk_takes() -> None:
    one, other = (names.box_name("ü" * 300 + end + "@x") for end in ("a", "b"))
    assert one != other
    assert max(len(one.encode()), len(other.encode())) <= names.MOST_NAME
