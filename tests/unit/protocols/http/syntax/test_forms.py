"""multipart/form-data (RFC 7578, RFC 2046 §5.1)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.http.syntax.forms import (
    FormEnd,
    FormEvent,
    FormLimits,
    FormParser,
    PartBegin,
    PartData,
    PartEnd,
    base_name,
    boundary_of,
)

steady = settings(derandomize=True, max_examples=300, deadline=None)
BOUNDARY = b"xyz"
Part = tuple[str, str | None, bytes]


def read(parser: FormParser, pieces: list[bytes]) -> list[FormEvent]:
    return [event for piece in pieces for event in parser.feed(piece)]


def parts_of(events: list[FormEvent]) -> list[Part]:
    """The parts, with their data in one piece; fails where the events come in another order."""
    parts: list[Part] = []
    head: PartBegin | None = None
    data = b""
    for event in events:
        match event:
            case PartBegin():
                assert head is None
                head, data = event, b""
            case PartData():
                assert head is not None
                assert event.data
                data += event.data
            case PartEnd():
                assert head is not None
                parts.append((head.name, head.filename, data))
                head = None
            case FormEnd():
                assert event is events[-1]
    return parts


def form(*parts: tuple[bytes, bytes], close: bytes = b"--xyz--\r\n") -> bytes:
    return b"".join(b"--xyz\r\n" + head + b"\r\n\r\n" + data + b"\r\n" for head, data in parts) + close


def disposition(text: bytes) -> bytes:
    return b"Content-Disposition: " + text


FIELD = disposition(b'form-data; name="a"')
FILE = disposition(b'form-data; name="f"; filename="x.txt"') + b"\r\nContent-Type: text/plain"


def test_fields_and_files_are_told() -> None:
    parser = FormParser(BOUNDARY)
    events = parser.feed(form((FIELD, b"one"), (FILE, b"two\r\nlines\r\n")))
    parser.finish()
    assert parts_of(events) == [("a", None, b"one"), ("f", "x.txt", b"two\r\nlines\r\n")]
    assert events[-1] == FormEnd()
    begin = events[3]
    assert isinstance(begin, PartBegin)
    assert begin.headers.get(b"content-type") == b"text/plain"


@pytest.mark.parametrize("body, parts", [
    (form((FIELD, b"")), [("a", None, b"")]),
    (b"--xyz\r\n" + FIELD + b"\r\n\r\n--xyz--", [("a", None, b"")]),
    (b"--xyz--", []),
    (b"--xyz--\r\n", []),
    (b"\r\n--xyz--", []),
    (b"preamble\r\n--xyz--", []),
    (form((FIELD, b"1"), close=b"--xyz-- \t\r\nepilogue\r\n--xyz\r\n"), [("a", None, b"1")]),
    (b"--xyz \t\r\n" + FIELD + b"\r\n\r\n1\r\n--xyz--", [("a", None, b"1")]),
    (form((FIELD, b"\r\n--xy\r\n-- xyz\r\n\r\r\n--x")), [("a", None, b"\r\n--xy\r\n-- xyz\r\n\r\r\n--x")]),
    (form((FIELD, b"x--xyz inside, --xyz--")), [("a", None, b"x--xyz inside, --xyz--")]),
    (form((FIELD, b"\n--xyz--\r--xyz--")), [("a", None, b"\n--xyz--\r--xyz--")]),
    (form((FIELD, bytes(range(256)))), [("a", None, bytes(range(256)))]),
])  # fmt: skip
def test_every_cut_of_a_form_gives_the_same_parts(body: bytes, parts: list[Part]) -> None:
    for cut in range(len(body) + 1):
        parser = FormParser(BOUNDARY)
        assert parts_of(read(parser, [body[:cut], body[cut:]])) == parts
        parser.finish()
    parser = FormParser(BOUNDARY)
    assert parts_of(read(parser, [body[at : at + 1] for at in range(len(body))])) == parts


@pytest.mark.parametrize("text, name, filename", [
    (b'form-data; name="a"', "a", None),
    (b"form-data; name=a; filename=b.txt", "a", "b.txt"),
    (b'Form-Data ;NAME="a" ; FileName="b"', "a", "b"),
    (b'form-data; filename="b"; name="a"', "a", "b"),
    (b'form-data; name=""', "", None),
    (b'form-data; name="a"; filename=""', "a", ""),
    (b'form-data; name="a;b=c"; filename="d; name=e"', "a;b=c", "d; name=e"),
    (b'form-data; name="a%22b%0D%0Ac"; filename="%22%0a"', 'a"b\r\nc', '"\n'),
    (b'form-data; name="100%25 %41"', "100%25 %41", None),
    (b'form-data; name="a\\"b"; filename="c\\\\d"', 'a"b', "c\\d"),
    (b'form-data; name="a"; filename="C:\\dir\\b.txt"', "a", "C:\\dir\\b.txt"),
    (b'form-data; name="a"; filename="../../etc/passwd"', "a", "../../etc/passwd"),
    ('form-data; name="ä"; filename="日本.txt"'.encode(), "ä", "日本.txt"),
    (b'form-data; name="\xe4"', "\udce4", None),
    (b"form-data; name=\"a\"; filename*=UTF-8''b.txt", "a", None),
    (b"form-data; name=\"a\"; filename=\"c\"; filename*=UTF-8''b.txt", "a", "c"),
    (b'form-data; name="a";', "a", None),
])  # fmt: skip
def test_names_are_read_as_browsers_write_them(text: bytes, name: str, filename: str | None) -> None:
    assert parts_of(FormParser(BOUNDARY).feed(form((disposition(text), b"1")))) == [(name, filename, b"1")]


@pytest.mark.parametrize("body", [
    b"x" * 1100, b"--xyzz\r\n", b"--xyz\n", b"--xyz\rx", b"--xyz-x", b"--xyz x\r\n", b"--xyz" + b" " * 1100,
    form((b"", b"1")), form((b"X: y", b"1")), form((disposition(b"form-data"), b"1")),
    form((disposition(b'form-data; filename="a"'), b"1")), form((disposition(b'attachment; name="a"'), b"1")),
    form((disposition(b'form-data; name="a"; name="b"'), b"1")), form((disposition(b'form-data; name="a'), b"1")),
    form((disposition(b'form-data; name="a"; filename="b"; FILENAME="c"'), b"1")),
    form((FIELD + b"\r\n" + FIELD, b"1")),
    form((disposition(b'form-data; name="a" junk'), b"1")), form((disposition(b'form-data name="a"'), b"1")),
    form((disposition(b""), b"1")), form((disposition(b'form-data; name="a\x00"'), b"1")),
    form((FIELD + b"\r\nContent-Transfer-Encoding: base64", b"1")), form((FIELD + b"\r\n folded", b"1")),
    form((FIELD + b"\r\nno colon", b"1")), form((FIELD + b"\r\nSpace : 1", b"1")), form((FIELD + b"\nX: y", b"1")),
    form((FIELD + b"\rX: y", b"1")), form((FIELD, b"1\r\n--xyzmore\r\n")), form((FIELD, b"--xyz inside")),
])  # fmt: skip
def test_a_malformed_form_is_refused_with_400_however_it_is_cut(body: bytes) -> None:
    for pieces in ([body], [body[at : at + 1] for at in range(len(body))]):
        with pytest.raises(RemoteError) as caught:
            read(FormParser(BOUNDARY), pieces)
        assert caught.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--xyz",
        b"--xyz-",
        b"--xyz\r\n",
        form((FIELD, b"1"), close=b""),
        form((FIELD, b"1"), close=b"--xyz"),
        b"--xyz\r\n" + FIELD + b"\r\n\r\n",
        b"preamble",
    ],
)
def test_a_form_that_is_cut_short_is_an_error(body: bytes) -> None:
    parser = FormParser(BOUNDARY)
    parser.feed(body)
    with pytest.raises(RemoteError) as caught:
        parser.finish()
    assert caught.value.status == 400


@pytest.mark.parametrize("body, status", [
    (form(*[(FIELD, b"")] * 4), 413),
    (form((FIELD + b"\r\nX: " + b"y" * 200, b"1")), 413),
    (b"--xyz\r\nX: " + b"y" * 300, 413),
    (form((FIELD + b"\r\nA: 1" * 3, b"1")), 431),
])  # fmt: skip
def test_a_form_has_limits(body: bytes, status: int) -> None:
    for pieces in ([body], [body[at : at + 1] for at in range(len(body))]):
        with pytest.raises(LimitExceeded) as caught:
            read(FormParser(BOUNDARY, FormLimits(parts=3, head=200, fields=3)), pieces)
        assert caught.value.status == status


def test_a_large_file_passes_without_being_held() -> None:
    parser = FormParser(BOUNDARY)
    parser.feed(b"--xyz\r\n" + FILE + b"\r\n\r\n")
    piece = b"\r\n--xy" * 10_000
    for _ in range(20):
        sent = sum(len(event.data) for event in parser.feed(piece) if isinstance(event, PartData))
        assert abs(sent - len(piece)) < 10
    assert len(parser._held) < 10


@pytest.mark.parametrize("value, boundary", [
    (b"multipart/form-data; boundary=xyz", b"xyz"),
    (b'Multipart/Form-Data;charset=utf-8;Boundary="a b"', b"a b"),
    (b"multipart/form-data; boundary=----WebKitFormBoundaryAbc", b"----WebKitFormBoundaryAbc"),
    (b"multipart/form-data; boundary=" + b"a" * 70, b"a" * 70),
    (b"multipart/form-data; boundary=boundary", b"boundary"),
])  # fmt: skip
def test_a_boundary_is_found(value: bytes, boundary: bytes) -> None:
    assert boundary_of(value) == boundary


@pytest.mark.parametrize("value, status", [
    (b"", 415), (b"text/plain; boundary=x", 415), (b"multipart/mixed; boundary=x", 415), (b"boundary=x", 415),
    (b"multipart/form-data", 400), (b"multipart/form-data; boundary=", 400), (b'multipart/form-data; boundary=""', 400),
    (b"multipart/form-data; boundary=" + b"a" * 71, 400), (b'multipart/form-data; boundary="a "', 400),
    (b'multipart/form-data; boundary="a\\"b"', 400), (b"multipart/form-data; boundary=a; boundary=b", 400),
    (b"multipart/form-data; boundary=a; Boundary =b", 400), (b"multipart/form-data; boundary=a*b", 400),
    (b"multipart/form-data; boundary=\xe4", 400), (b"multipart/form-data, multipart/form-data; boundary=a", 415),
])  # fmt: skip
def test_a_boundary_that_leaves_doubt_is_refused(value: bytes, status: int) -> None:
    with pytest.raises(RemoteError) as caught:
        boundary_of(value)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "filename, name",
    [
        ("a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\x\\y.txt", "y.txt"),
        ("..\\../z", "z"),
        ("a/", ""),
        ("..", ".."),
        ("", ""),
    ],
)
def test_the_last_part_of_a_file_name_is_taken(filename: str, name: str) -> None:
    assert base_name(filename) == name


names = st.text('ab%"\r\n; ä=', max_size=6)
contents = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"xy", b"z", b"\r\n--xy", b"\0", b"\xff"])
).map(lambda pieces: b"".join(pieces).replace(b"\r\n--xyz", b""))


def escape(text: str) -> bytes:
    """As a browser does (the HTML standard, section on multipart form data)."""
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22").encode()


@steady
@given(st.lists(st.tuples(names, st.none() | names, contents), max_size=4), st.lists(st.integers(0, 400), max_size=6))
def test_what_a_browser_writes_comes_back_however_it_is_cut(parts: list[Part], cuts: list[int]) -> None:
    written = []
    for name, filename, data in parts:
        head = b'form-data; name="' + escape(name) + b'"'
        if filename is not None:
            head += b'; filename="' + escape(filename) + b'"'
        written.append((disposition(head), data))
    body = form(*written)
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    parser = FormParser(BOUNDARY)
    pieces = [body[one:other] for one, other in pairwise(places)]

    assert parts_of(read(parser, pieces)) == parts
    parser.finish()


tricks = st.sampled_from(
    [b"--xyz", b"\r\n", b"--", b"\r", b"\n", FIELD, FILE, b": ", b'"', b";", b"a", b"\0", b" ", b"\xff"]
)


def outcome(pieces: list[bytes]) -> tuple[list[Part], int]:
    """The parts that a form gives, and the status it ends with (0: in good order)."""
    parser = FormParser(BOUNDARY, FormLimits(parts=2, head=150))
    events: list[FormEvent] = []
    try:
        for piece in pieces:
            events += parser.feed(piece)
        parser.finish()
    except RemoteError as error:
        return [], error.status
    return parts_of(events), 0


@steady
@given(st.lists(tricks | st.binary(max_size=4), max_size=25))
def test_any_bytes_give_parts_or_a_refusal_and_the_same_for_every_cut(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    whole = outcome([body])
    assert whole[1] in (0, 400, 413, 431)
    assert outcome(pieces) == whole
    assert outcome([body[at : at + 1] for at in range(len(body))]) == whole
