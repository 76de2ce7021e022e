"""Bodies: of a known length, in chunks, up to the end of the connection (RFC 9112 §6, §7)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LimitExceeded, LocalError, RemoteError
from portside.protocols.http.messages import Data, End, Headers
from portside.protocols.http.syntax.bodies import (
    LONGEST_CHUNK_LINE,
    TRAILER_LIMITS,
    BodyReader,
    ChunkedReader,
    CloseReader,
    LengthReader,
    body_reader,
    serialise_chunk,
    serialise_last_chunk,
)
from portside.protocols.http.syntax.heads import CHUNKED, UNTIL_CLOSE

Read = tuple[bytes, Headers | None, bytes]


def read(reader: BodyReader, *pieces: bytes) -> Read:
    """The body, its trailers (None: it has not ended) and what stands behind it."""
    body, trailers, rest = b"", None, b""
    for piece in pieces:
        if reader.done:
            rest += piece
            continue
        for part in reader.feed(piece):
            if isinstance(part, Data):
                body += part.data
            else:
                trailers = part.trailers
    return body, trailers, reader.rest + rest


def single(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[first:last] for first, last in pairwise(edges)]


WHOLE = [
    (b"0\r\n\r\n", b"", ()),
    (b"5\r\nhello\r\n0\r\n\r\n", b"hello", ()),
    (b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"hello world", ()),
    (b"a\r\n0123456789\r\n0\r\n\r\n", b"0123456789", ()),
    (b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789", ()),
    (b"1e\r\nall your base are belong to us\r\n0\r\n\r\n", b"all your base are belong to us", ()),
    (b"0005\r\nhello\r\n000\r\n\r\n", b"hello", ()),
    (b"000000000000005\r\nhello\r\n0\r\n\r\n", b"hello", ()),
    (b"5;\r\nhello\r\n0;\r\n\r\n", b"hello", ()),
    (b"5;ext\r\nhello\r\n0;ext\r\n\r\n", b"hello", ()),
    (b"5;a=b;c\r\nhello\r\n0\r\n\r\n", b"hello", ()),
    (b"5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", b"hello", ()),
    (b"5; a = b\r\nhello\r\n0\r\n\r\n", b"hello", ()),
    (b"5;a=\"\\\"\"\r\nhello\r\n0\r\n\r\n", b"hello", ()),
    (b"5;\xff\r\nhello\r\n0\r\n\r\n", b"hello", ()),
    (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n", ()),
    (b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", b"0\r\n\r\n", ()),
    (b"1\r\n\x00\r\n0\r\n\r\n", b"\x00", ()),
    (b"0\r\nA: b\r\n\r\n", b"", ((b"A", b"b"),)),
    (b"1\r\nx\r\n0\r\nVary: *\r\nContent-Type: text/plain\r\n\r\n", b"x", ((b"Vary", b"*"), (b"Content-Type",
    b"text/plain"))),
    (b"0\r\nX-Digest:\r\n\r\n", b"", ((b"X-Digest", b""),)),
    (b"".join(b"1\r\n%c\r\n" % octet for octet in b"hello") + b"0\r\n\r\n", b"hello", ()),
]  # fmt: skip

BROKEN = [
    # sizes
    b"0x5\r\nhello\r\n", b"5 \r\nhello\r\n", b" 5\r\nhello\r\n", b"\t5\r\nhello\r\n", b"+5\r\nhello\r\n",
    b"-5\r\nhello\r\n",
    b"-0\r\n\r\n", b"5_0\r\n", b"_5\r\n", b"5h\r\nhello\r\n", b"g\r\n", b"\r\n", b"\n", b"\r", b";ext\r\n", b" \r\n",
    b"5\t;a\r\n",
    b"5 ;a\r\nhello\r\n", b"\xb2\r\n", b"\xd9\xa5\r\n", b"5,5\r\n", b"5.0\r\n", b"\"5\"\r\nhello\r\n",
    b"5=\r\nhello\r\n",
    b"ffffffffffffffff\r\n", b"10000000000000000\r\n", b"0" * 16 + b"\r\n", b"f" * 2000 + b"\r\n",
    b"5\x00\r\nhello\r\n",
    b"\x005\r\nhello\r\n", b"5\x0b\r\nhello\r\n", b"5:\r\nhello\r\n", b"size\r\n", b"5 5\r\nhello\r\n",
    # line ends
    b"5\nhello\r\n", b"5\rhello\r\n", b"5\r\rhello\r\n", b"5\r\r\nhello\r\n", b"5\n\r\nhello\r\n", b"5\n\nhello\r\n",
    b"5\r\nhello\n0\r\n\r\n", b"5\r\nhello\r0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhelloX", b"5\r\nhello\rX",
    b"5\r\nhello\n",
    b"5\r\nhello \r\n", b"5\r\nhello\r\n\r\n", b"5\r\nhello\r\n\r\n0\r\n\r\n", b"4\r\nhello\r\n",
    b"6\r\nhello\r\n0\r\n\r\n",
    # extensions
    b"5;a=\"b\nc\"\r\nhello\r\n", b"5;a=\"b\rc\"\r\nhello\r\n", b"5;a\x00\r\nhello\r\n", b"5;a\x7f\r\nhello\r\n",
    b"5;\n\r\nhello\r\n", b"5;a\nhello\r\n", b"5;" + b"a" * LONGEST_CHUNK_LINE + b"\r\nhello\r\n", b"5;" + b"a" * 5000,
    b"0;\n\r\n", b"5;a\x01b\r\nhello\r\n",
    # trailers
    b"0\r\nA\r\n\r\n", b"0\r\nA : b\r\n\r\n", b"0\r\n A: b\r\n\r\n", b"0\r\nA: b\r\n c\r\n\r\n", b"0\r\n: b\r\n\r\n",
    b"0\r\nA: b\x00\r\n\r\n", b"0\r\nA: b\n\r\n", b"0\r\nA: b\r\n\n", b"0\r\n\n", b"0\n\n", b"0\r\n\rX",
    b"0\r\nA: b\rc\r\n\r\n",
    b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\nHost: b\r\n\r\n",
    b"0\r\nTrailer: a\r\n\r\n", b"0\r\ncontent-LENGTH: 5\r\n\r\n",
    b"0\r\n" + b"A: b\r\n" * (TRAILER_LIMITS.fields + 1) + b"\r\n",
    b"0\r\nA: " + b"b" * TRAILER_LIMITS.head + b"\r\n\r\n", b"0\r\nA: " + b"b" * 2 * TRAILER_LIMITS.head,
    b"0\r\nGET / HTTP/1.1\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize(("wire", "body", "trailers"), WHOLE)
def test_chunks_give_the_body_and_its_trailers_however_they_come(
    wire: bytes, body: bytes, trailers: tuple[tuple[bytes, bytes], ...]
) -> None:
    expected = (body, Headers(trailers), b"GET /")
    assert read(ChunkedReader(), wire + b"GET /") == expected
    assert read(ChunkedReader(), *single(wire + b"GET /")) == expected


@pytest.mark.parametrize("wire", BROKEN)
def test_chunks_in_doubt_are_refused_with_the_same_words_however_they_come(wire: bytes) -> None:
    faults = []
    for pieces in ([wire], single(wire), [wire[:3], wire[3:]]):
        with pytest.raises(RemoteError) as refused:
            read(ChunkedReader(), *filter(None, pieces))
        faults.append((refused.value.status, str(refused.value)))
    assert faults[0][0] in (400, 431)
    assert faults == faults[:1] * 3


@pytest.mark.parametrize("wire", [
    b"5", b"5\r", b"5\r\n", b"5\r\nhel", b"5\r\nhello", b"5\r\nhello\r", b"5\r\nhello\r\n", b"0\r\n",
    b"0\r\n\r", b"0\r\nA: b", b"0\r\nA: b\r\n", b"5;a", b"fffffffffffffff\r\nx",
])  # fmt: skip
def test_a_body_in_chunks_that_is_cut_short_says_so(wire: bytes) -> None:
    reader = ChunkedReader()
    assert read(reader, wire)[1] is None
    assert not reader.done
    with pytest.raises(RemoteError, match="in the middle of the body"):
        reader.end()


def test_a_size_that_can_become_none_is_refused_before_its_line_ends() -> None:
    for wire in (b"x", b"5x", b"5 ", b"0x", b"f" * 16, b"5;" + b"a" * LONGEST_CHUNK_LINE):
        with pytest.raises(RemoteError):
            ChunkedReader().feed(wire)


def test_chunks_that_come_together_are_one_piece() -> None:
    """Ten thousand chunks of one byte must not be ten thousand messages further on."""
    wire = b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n"
    assert ChunkedReader().feed(wire) == [Data(b"x" * 10_000), End()]


def test_what_was_read_is_not_kept() -> None:
    reader = ChunkedReader()
    reader.feed(b"fffffff\r\n" + b"x" * 100_000)
    assert len(reader._buffer) - reader._at == 0
    assert reader.feed(b"y" * 10) == [Data(b"y" * 10)]
    assert len(reader._buffer) == 10


def test_a_search_for_the_end_of_trailers_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    from portside.protocols.http.syntax import bodies

    started: list[int] = []
    find_end = bodies.find_end
    monkeypatch.setattr(bodies, "find_end", lambda block, start: (started.append(start), find_end(block, start))[1])
    body, trailers, _ = read(ChunkedReader(), b"0\r\n", *single(b"A: b\r\n\r\n"))
    assert (body, trailers) == (b"", Headers([(b"A", b"b")]))
    assert started == [0, *range(2, 10)]


# ---------------------------------------------------------------------------------------- length and close


@pytest.mark.parametrize(
    "pieces", [[b"helloGET /"], [b"hello", b"GET /"], [b"h", b"ello", b"GET /"], single(b"helloGET /")]
)
def test_a_body_ends_where_its_length_says(pieces: list[bytes]) -> None:
    reader = LengthReader(5)
    assert read(reader, *pieces) == (b"hello", Headers(), b"GET /")
    assert reader.done


def test_a_body_that_is_shorter_than_its_length_says_so() -> None:
    reader = LengthReader(5000)
    assert reader.feed(b"x" * 10) == [Data(b"x" * 10)]
    with pytest.raises(RemoteError, match="after 10 of 5,000 bytes"):
        reader.end()


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    reader = CloseReader()
    assert reader.feed(b"hello") == [Data(b"hello")]
    assert not reader.done
    assert reader.end() == [End()]
    assert reader.done


@pytest.mark.parametrize(
    ("length", "kind"), [(CHUNKED, ChunkedReader), (UNTIL_CLOSE, CloseReader), (0, LengthReader), (5, LengthReader)]
)
def test_each_framing_has_its_reader(length: int, kind: type[BodyReader]) -> None:
    assert type(body_reader(length)) is kind


# ---------------------------------------------------------------------------------------------- properties

bodies_in_chunks = st.lists(st.binary(min_size=1, max_size=40), max_size=8)
places = st.lists(st.integers(0, 10_000), max_size=12)
some_trailers = st.lists(st.sampled_from([(b"A", b"b"), (b"Digest", b""), (b"X-Y", b"1 2")]), max_size=3).map(Headers)


@given(bodies_in_chunks, some_trailers, st.binary(max_size=10), places)
def test_what_is_written_in_chunks_is_read_again_in_any_pieces(
    parts: list[bytes], trailers: Headers, behind: bytes, where: list[int]
) -> None:
    wire = b"".join(map(serialise_chunk, parts)) + serialise_last_chunk(trailers) + behind
    assert read(ChunkedReader(), *cut(wire, where)) == (b"".join(parts), trailers, behind)


def outcome(pieces: list[bytes]) -> tuple[object, ...]:
    try:
        return read(ChunkedReader(), *pieces)
    except RemoteError as refused:
        return type(refused), refused.status, str(refused)


grammar = st.lists(
    st.sampled_from([b"0", b"5", b"1", b"\r\n", b"\r\n", b"hello", b"x", b";e", b"\n", b"\r", b" ", b"A: b",
    b"\r\n\r\n", b"g", b"\x00"]),
    max_size=14,
).map(b"".join)  # fmt: skip


@given(st.one_of(grammar, st.binary(max_size=60)), places)
def test_any_bytes_in_any_pieces_have_one_outcome(data: bytes, where: list[int]) -> None:
    assert outcome(cut(data, where)) == outcome(single(data)) == outcome([data] if data else [])


def test_no_data_is_no_chunk_since_that_would_be_the_end() -> None:
    assert serialise_chunk(b"") == b""
    assert serialise_chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"


def test_a_trailer_that_would_break_out_is_never_sent() -> None:
    with pytest.raises(LocalError):
        serialise_last_chunk(Headers([(b"A", b"b\r\n\r\nGET / HTTP/1.1")]))


def test_too_much_is_a_limit() -> None:
    with pytest.raises(LimitExceeded):
        ChunkedReader().feed(b"5;" + b"a" * 5000)
