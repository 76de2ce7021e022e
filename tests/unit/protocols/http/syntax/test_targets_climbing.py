"""No spelling of a path leads out of the folder that is served.

Each line of the tables says what becomes of one spelling. Below them stands what must hold for every path there is,
on the systems that take ``/`` for a separator and on those that take ``\\`` as well.
"""

from __future__ import annotations

import ntpath
import posixpath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LocalError, RemoteError
from portside.protocols.http.syntax.targets import (
    MAX_NAME,
    check_name,
    encode_name,
    encode_path,
    parse_target,
    segments,
)

steady = settings(derandomize=True, max_examples=1000, deadline=None)

MALFORMED = [
    # dots, plain and encoded, at every place
    "/..", "/../", "/../../etc/passwd", "/../../../../../../../../etc/passwd", "/a/..", "/a/../", "/a/../b",
    "/a/../../b",
    "/.", "/./", "/./a", "/a/.", "/a/./b", "/./../a", "/.//../a", "//..", "//../etc", "/a//../../b", "///..///etc",
    "/%2e%2e", "/%2E%2E", "/%2e%2E/etc", "/%2e.", "/.%2e", "/.%2e/etc/passwd", "/%2e", "/%2e/", "/a/%2e%2e/%2e%2e/b",
    "/%2e%2e%2f%2e%2e%2fetc", "/..%2f..%2fetc", "/..%2F..%2Fetc", "/%2e%2e/%2e%2e/etc/passwd", "/a%2f..", "/%2f..",
    # nothing but dots and spaces: some systems cut them off
    "/...", "/....", "/..../etc", "/.../.../etc", "/..%20", "/..%20/etc", "/%20..", "/.%20.", "/.%20", "/..%20.",
    "/%20",
    "/....//....//etc/passwd", "/%2e%2e%2e",
    # parameters, which a server behind a proxy may cut off
    "/..;", "/..;/etc", "/..;a=b/etc", "/.;", "/.;/a", "/%2e%2e;/etc", "/..%3b/etc", "/..%3Ba=b/", "/a/..;/..;/b",
    "/...;x",
    # the other slash, and slashes that hide
    "/\\", "/..\\", "/..\\..\\windows", "/a\\..\\b", "/..\\/etc", "/%5c", "/..%5c..%5cwindows", "/..%5C", "/%5c..",
    "/a%5cb",
    "/%5c%5chost%5cshare", "/\\\\host\\share", "/.%5c.%5c", "/%2f", "/%2F", "/a%2fb", "/%2f%2fhost", "/%2fetc%2fpasswd",
    "/a%2F%2e%2e%2Fb", "/C:%5cwindows", "/..%2f%5c..",
    # NUL and other controls, C1 among them
    "/%00", "/a%00", "/a%00.html", "/..%00", "/..%00/etc", "/%00/etc/passwd", "/a%0a", "/a%0d%0aX-A:%20b", "/%0d%0a",
    "/a%09b",
    "/%1b[2J", "/%7f", "/%01..", "/%c2%85", "/%c2%9b31m", "/..%0a", "/..%0d/",
    # broken escapes
    "/%", "/%2", "/a%", "/a%2", "/%zz", "/%2g", "/%u002e%u002e", "/%u2215", "/%-1", "/%+2", "/% 2", "/%0x2e",
    "/%%2e", "/%%",
    "/%2%65", "/%2%65%2%65/etc", "/%%32%65", "/%٢e", "/..%", "/%2e%2",
    # octets and letters that a path cannot hold unescaped
    "/ä", "/\x80", "/\uff0e\uff0e", "/\u2025", "/\udc80", "/a\x00", "/a\n", "/\x7f",
    # no path at all
    "", "a", "..", "../etc", "*", "\\", "?", "#", "http://h/", "http://h/../etc", "file:///etc/passwd", "./a", "~",
    "C:/", "%2f",
    "/a?b", "/..?x", "/a#b", "/?..",
]  # fmt: skip

NAMED_STRANGELY = [
    "/C:", "/c:/", "/a:stream", "/C:/windows", "/c:windows", "/a/C:/b", "/%43:/", "/c%3a/windows", "/C%3Awin.ini",
    "/z:..", "/c:../../x",
    "/index.html::$DATA", "/a.php::$data", "/x%3a%3a$DATA", "/x::%24DATA", "/a::$INDEX_ALLOCATION/b", "/::$DATA",
    "/" + "a" * (MAX_NAME + 1), "/" + "%61" * (MAX_NAME + 1), "/" + "%c3%a4" * 128, "/a/" + "b" * 100_000,
]  # fmt: skip

LITERAL = [
    ("/", ()), ("//", ()), ("////", ()),
    ("/a", ("a",)), ("/a/", ("a",)), ("//a", ("a",)), ("/a//b", ("a", "b")), ("//host/share", ("host", "share")),
    ("//evil.example/x", ("evil.example", "x")), ("/http://evil.example/", ("http:", "evil.example")),
    # decoded once, never twice
    ("/%252e%252e", ("%2e%2e",)), ("/%252e%252e%252fetc", ("%2e%2e%2fetc",)), ("/%25252e", ("%252e",)), ("/%2500",
    ("%00",)),
    ("/..%252f..%252fetc", ("..%2f..%2fetc",)), ("/%255c..%255c", ("%5c..%5c",)), ("/%25", ("%",)), ("/%25%32%65",
    ("%2e",)),
    # overlong and otherwise impossible UTF-8: octets, not dots and not slashes
    ("/%c0%ae%c0%ae", ("\udcc0\udcae\udcc0\udcae",)), ("/%c0%ae%c0%ae/etc", ("\udcc0\udcae\udcc0\udcae", "etc")),
    ("/%e0%80%ae", ("\udce0\udc80\udcae",)), ("/%f0%80%80%ae", ("\udcf0\udc80\udc80\udcae",)),
    ("/..%c0%af..%c0%afetc", ("..\udcc0\udcaf..\udcc0\udcafetc",)), ("/%c1%9c", ("\udcc1\udc9c",)),
    ("/%f8%80%80%80%ae", ("\udcf8\udc80\udc80\udc80\udcae",)), ("/%c0%2e", ("\udcc0.",)), ("/.%c0%80.",
    (".\udcc0\udc80.",)),
    ("/%ed%b2%ae", ("\udced\udcb2\udcae",)), ("/%ff%fe", ("\udcff\udcfe",)), ("/caf%e9", ("caf\udce9",)),
    # letters that look like dots and slashes
    ("/%ef%bc%8e%ef%bc%8e", ("\uff0e\uff0e",)), ("/%e2%80%a5", ("\u2025",)), ("/%e2%80%a4%e2%80%a4", ("\u2024\u2024",)),
    ("/..%ef%bc%8f..", ("..\uff0f..",)), ("/..%e2%88%95etc", ("..\u2215etc",)), ("/..%ef%bc%bc..", ("..\uff3c..",)),
    ("/.%e2%80%8b.", (".\u200b.",)), ("/%e2%80%ae..", ("\u202e..",)), ("/..%c2%a0", ("..\xa0",)), ("/.%cc%87",
    (".\u0307",)),
    # names with dots that are names
    ("/.well-known/x", (".well-known", "x")), ("/..a", ("..a",)), ("/a..", ("a..",)), ("/a..b", ("a..b",)), ("/...a",
    ("...a",)),
    ("/Inc.", ("Inc.",)), ("/a%20", ("a ",)), ("/.htaccess", (".htaccess",)), ("/a/.git/config", ("a", ".git",
    "config")),
    ("/..%22", ('.."',)), ("/a;..", ("a;..",)), ("/a;b=c", ("a;b=c",)), ("/..,", ("..,",)), ("/..&", ("..&",)),
    ("/..$", ("..$",)),
    # devices of another system, its wildcards and variables, a shell's: names here
    ("/con", ("con",)), ("/aux.c", ("aux.c",)), ("/NUL", ("NUL",)), ("/com1", ("com1",)), ("/PRN.txt", ("PRN.txt",)),
    ("/PROGRA~1", ("PROGRA~1",)), ("/*", ("*",)), ("/%3f", ("?",)), ("/~root", ("~root",)), ("/$HOME", ("$HOME",)),
    ("/`id`", ("`id`",)), ("/|id", ("|id",)), ("/-rf", ("-rf",)), ("/12:30.log", ("12:30.log",)), ("/%23", ("#",)),
    ("/CONIN$", ("CONIN$",)), ("/ab:stream", ("ab:stream",)),
    ("/" + "a" * MAX_NAME, ("a" * MAX_NAME,)), ("/" + "%61" * MAX_NAME, ("a" * MAX_NAME,)),
    ("/%c3%a4/%E4%BD%A0", ("ä", "你")), ("/a+b", ("a+b",)), ("/a%2Bb", ("a+b",)),
]  # fmt: skip


def stays_inside(names: tuple[str, ...]) -> bool:
    """Whether ``names`` stay below a folder under the rules of POSIX and of Windows, by its own libraries."""
    here = posixpath.normpath(posixpath.join("/served", *names))
    cut = [name.rstrip(". ") for name in names]  # what Windows does to a name
    # Its library takes any letter for a drive's, the system those of the alphabet.
    cut = [name if name[:1].isalpha() and name[:1].isascii() else f"xx{name}" for name in cut]
    there = ntpath.normpath(ntpath.join("D:\\served", *cut))
    return (
        here == "/".join(("/served", *names))
        and there.split("\\") == ["D:", "served", *cut]
        and not any("\0" in name for name in names)
    )


def outcome(path: str) -> tuple[str, ...] | int:
    """The names along ``path``, or the status with which it is refused."""
    try:
        return segments(path)
    except RemoteError as error:
        return error.status


def test_there_are_far_more_than_a_hundred_spellings() -> None:
    spellings = {*MALFORMED, *NAMED_STRANGELY, *(path for path, _ in LITERAL)}
    assert len(spellings) == len(MALFORMED) + len(NAMED_STRANGELY) + len(LITERAL) > 200


@pytest.mark.parametrize("path", MALFORMED)
def test_what_climbs_or_hides_is_refused_with_400(path: str) -> None:
    with pytest.raises(RemoteError) as caught:
        segments(path)
    assert caught.value.status == 400


@pytest.mark.parametrize("path", NAMED_STRANGELY)
def test_what_no_file_of_ours_is_called_is_not_found(path: str) -> None:
    with pytest.raises(RemoteError) as caught:
        segments(path)
    assert caught.value.status == 404


@pytest.mark.parametrize("path, names", LITERAL)
def test_what_merely_looks_like_climbing_is_a_name_inside(path: str, names: tuple[str, ...]) -> None:
    assert segments(path) == names
    assert stays_inside(names)


@pytest.mark.parametrize(
    "target", ["http://h/../etc", "http://h/%2e%2e/etc", "http://h/..%2fetc", "http://h//..", "/..?x=/a"]
)
def test_the_absolute_form_and_a_query_hide_nothing(target: str) -> None:
    with pytest.raises(RemoteError):
        segments(parse_target(target).path)


@pytest.mark.parametrize("path, canonical", [
    ("/", "/"), ("//", "/"), ("//evil.example/", "/evil.example"), ("/%61", "/a"), ("/a%2ab", "/a*b"), ("/%7ea", "/~a"),
    ("/ab%3ac", "/ab%3Ac"), ("/%c3%a4", "/%C3%A4"), ("/caf%e9", "/caf%E9"), ("/%252e%252e", "/%252e%252e"), ("/'",
    "/%27"),
])  # fmt: skip
def test_there_is_one_canonical_path(path: str, canonical: str) -> None:
    assert encode_path(segments(path)) == canonical


def test_a_folder_ends_with_one_slash() -> None:
    assert encode_path((), folder=True) == "/"
    assert encode_path(("a", "b"), folder=True) == "/a/b/"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "\0", "a\n", "...", "c:", "a" * 256, "\ud800"])
def test_a_name_that_no_path_can_hold_is_not_written(name: str) -> None:
    with pytest.raises(RemoteError):
        check_name(name)
    with pytest.raises(LocalError):
        encode_name(name)


hooks = ["/", "//", ".", "..", "%2e", "%2E", "%2f", "%5c", "\\", "%00", "%25", "%252e", "%c0%ae", "%ef%bc%8e", ";"]
pieces = st.sampled_from(
    [*hooks, ":", "::", "$DATA", "C:", "a", "%", "%2", "%20", "~", "\x00", "\n", "ä", "%0a", "%e9"]
)


@steady
@given(st.lists(pieces, max_size=12).map("".join) | st.text(max_size=20), st.sampled_from(["/", ""]))
def test_every_path_stays_inside_or_is_refused(text: str, start: str) -> None:
    names = outcome(start + text)
    if isinstance(names, int):
        assert names in (400, 404)
    else:
        assert stays_inside(names)
        assert segments(encode_path(names)) == names
        assert segments(encode_path(names, folder=True)) == names


@steady
@given(st.lists(st.text(max_size=10) | st.binary(max_size=10).map(lambda raw: raw.decode("utf-8", "surrogateescape"))))
def test_every_name_comes_back(names: list[str]) -> None:
    try:
        path = encode_path(names)
    except LocalError:
        return
    assert segments(path) == tuple(names)
    assert parse_target(path).path == path
    assert not path.startswith("//")


@steady
@given(st.text("abAB09._~-/", max_size=30))
def test_the_short_way_and_the_long_way_agree(text: str) -> None:
    # An escaped letter at the end takes the long way, and is one more name.
    short, long = outcome("/" + text), outcome("/" + text + "/%61")
    assert long == (short if isinstance(short, int) else (*short, "a"))
