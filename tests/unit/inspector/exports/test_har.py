"""Exchanges as an archive: as the specification wants it, and every body to its last byte."""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha256
from pathlib import Path
from random import Random

import brotli
import pytest

from portside import __version__
from portside.inspector.exports import har
from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support.captures import Talk, TlsTalk, datagrams, told, write
from tests.support.har import Json, body, entries, pairs

ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
BINARY = Random(5).randbytes(70_000)
CANARY = "c4n4ry"


def archive(story: Story, *numbers: int) -> list[Json]:
    return entries(b"".join(har.pieces(story, numbers or range(1, len(story.messages) + 1))))


def exchanged(tmp_path: Path, *said: bytes, show_secrets: bool = False) -> list[Json]:
    blocks = Talk().exchange(*said).blocks
    return archive(told(write(tmp_path / "a.pcapng", blocks), show_secrets=show_secrets))


def replied(tmp_path: Path, fields: bytes, data: bytes, ask: bytes = ASK, status: bytes = b"200 OK") -> Json:
    """The only response of an archive."""
    (entry,) = exchanged(tmp_path, ask, b"HTTP/1.1 " + status + b"\r\n" + fields + b"\r\n" + data)
    response: Json = entry["response"]
    return response


def requested(tmp_path: Path, request: bytes, *, show_secrets: bool = False) -> Json:
    """The only request of an archive."""
    (entry,) = exchanged(tmp_path, request, ANSWER, show_secrets=show_secrets)
    found: Json = entry["request"]
    return found


# -------------------------------------------------------------------------------------------- the whole


def test_an_exchange_as_it_was(tmp_path: Path) -> None:
    (entry,) = exchanged(tmp_path, ASK, ANSWER)
    assert entry["request"] == {
        "method": "GET", "url": "http://example.org/a", "httpVersion": "HTTP/1.1", "cookies": [],
        "headers": [{"name": "Host", "value": "example.org"}], "queryString": [],
        "headersSize": len(ASK), "bodySize": 0,
    }  # fmt: skip
    assert entry["response"] == {
        "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [],
        "headers": [{"name": "Content-Type", "value": "text/plain"}, {"name": "Content-Length", "value": "5"}],
        "content": {"size": 5, "mimeType": "text/plain", "text": "hello"}, "redirectURL": "",
        "headersSize": len(ANSWER) - 5, "bodySize": 5,
    }  # fmt: skip
    assert entry["serverIPAddress"] == "10.0.0.2" and entry["connection"] == "1" and "comment" not in entry


def test_the_judge_misses_whatever_is_missing(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(SECRET, ANSWER).blocks))
    made = b"".join(har.pieces(story, [2]))
    for name in (
        "startedDateTime",
        "url",
        "headers",
        "headersSize",
        "mimeType",
        "cookies",
        "wait",
        "params",
        "entries",
    ):
        assert f'"{name}":'.encode() in made
        with pytest.raises(AssertionError, match=r"missing|unknown"):
            entries(made.replace(f'"{name}":'.encode(), b'"else":'))


def test_nothing_is_an_archive_too(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", datagrams(b"ping", b"pong")))
    assert archive(story) == []
    assert f'"version": "{__version__}"'.encode() in b"".join(har.pieces(story, []))


def test_an_exchange_is_there_once_if_one_of_its_messages_was_chosen(tmp_path: Path) -> None:
    second = ASK.replace(b"/a", b"/b")
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER, second, ANSWER).blocks))
    asked = {one.title: one.number for one in story.messages if one.kind == "request"}
    answered = next(one.number for one in story.messages if one.answers is story.message(asked["GET /b"]))
    for chosen in ([asked["GET /b"]], [answered], [1, answered, asked["GET /b"]]):
        assert [entry["request"]["url"] for entry in archive(story, *chosen)] == ["http://example.org/b"]
    assert len(archive(story)) == 2


def test_times_are_those_of_the_packets(tmp_path: Path) -> None:
    talk = Talk()
    talk.says(Role.CLIENT, ASK[:10])
    talk.says(Role.CLIENT, ASK[10:])
    talk.says(Role.SERVER, ANSWER[:10])
    talk.says(Role.SERVER, ANSWER[10:])
    story = told(write(tmp_path / "a", talk.blocks))
    request, response = (one for one in story.messages if one.protocol == "HTTP")
    request.time, request.until = 1_700_000_000_123_456_789, 1_700_000_000_124_456_789
    response.time, response.until = request.until + 2_500_000, request.until + 2_600_000
    (entry,) = archive(story)
    assert entry["startedDateTime"] == "2023-11-14T22:13:20.123456+00:00"
    assert entry["timings"] == {"send": 1.0, "wait": 2.5, "receive": 0.1} and entry["time"] == pytest.approx(3.6)


def test_an_answer_before_the_question_has_ended_takes_no_time_below_zero(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    request, response = (one for one in story.messages if one.protocol == "HTTP")
    request.until = request.time - 5_000_000  # its last bytes were captured first
    response.time, response.until = request.time - 9_000_000, request.time - 10_000_000
    (entry,) = archive(story)
    assert set(entry["timings"].values()) == {0.0}


# ---------------------------------------------------------------------------------------------- answers


def test_a_request_without_an_answer(tmp_path: Path) -> None:
    (entry,) = exchanged(tmp_path, ASK)
    response = entry["response"]
    assert (response["status"], response["headersSize"], response["bodySize"]) == (0, -1, -1)
    assert response["comment"] == "no answer was captured"


def test_an_answer_whose_question_was_not_captured_makes_no_entry(tmp_path: Path) -> None:
    talk = Talk()
    talk.says(Role.SERVER, ANSWER)
    talk.says(Role.CLIENT, ASK)
    talk.says(Role.SERVER, ANSWER.replace(b"200 OK", b"404 No"))
    story = told(write(tmp_path / "a", talk.blocks))
    assert [one.title for one in story.messages if one.kind == "response"] == ["200 OK", "404 No"]
    assert [entry["response"]["status"] for entry in archive(story)] == [404]


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"]
)
def test_interim_responses_are_passed_over(tmp_path: Path, interim: bytes) -> None:
    (entry,) = exchanged(tmp_path, ASK, interim + interim + ANSWER)
    assert entry["response"]["status"] == 200 and body(entry["response"]["content"]) == b"hello"
    (cut,) = exchanged(tmp_path, ASK, interim)
    assert cut["response"]["status"] == 0


def test_requests_that_were_sent_ahead_have_their_answers_in_order(tmp_path: Path) -> None:
    asks = b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(3))
    answers = b"".join(b"HTTP/1.1 20%d x\r\nContent-Length: 1\r\n\r\n%d" % (number, number) for number in range(3))
    found = [
        (entry["request"]["url"], entry["response"]["status"], body(entry["response"]["content"]))
        for entry in exchanged(tmp_path, asks, answers)
    ]
    assert found == [(f"http://h/{number}", 200 + number, b"%d" % number) for number in range(3)]


@pytest.mark.parametrize("ending", ["cut", "missing"])
def test_what_is_odd_is_said(tmp_path: Path, ending: str) -> None:
    cut = ANSWER.replace(b"5\r\n", b"99\r\n") if ending == "cut" else ANSWER.replace(b"\r\n", b"\n")
    (entry,) = exchanged(tmp_path, ASK, cut)
    assert entry["comment"]
    assert entry["response"]["content"].get("comment", "") == ("only the beginning of it" if ending == "cut" else "")


def test_a_phrase_may_be_missing_and_a_version_old(tmp_path: Path) -> None:
    (entry,) = exchanged(tmp_path, b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 204\r\n\r\n")
    assert entry["request"]["httpVersion"] == entry["response"]["httpVersion"] == "HTTP/1.0"
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (204, "")
    assert entry["request"]["url"] == "http://10.0.0.2:80/"  # nobody said another name


# ----------------------------------------------------------------------------------------------- bodies

CODED = {
    "text": (b"", b"gr\xc3\xbc\xc3\x9fe\r\n\x1b\xef\xbb\xbf" * 9, None),
    "zeros": (b"", bytes(1000), None),
    "mark": (b"", b"\xef\xbb\xbftext", None),
    "latin": (b"", "grüße".encode("latin-1"), None),
    "binary": (b"", BINARY, None),
    "gzip": (b"Content-Encoding: gzip\r\n", b"<p>hello</p>" * 999, lambda data: gzip.compress(data, mtime=0)),
    "gzip of binary": (b"Content-Encoding: x-gzip\r\n", BINARY, lambda data: gzip.compress(data, mtime=0)),
    "deflate": (b"content-encoding: deflate\r\n", b"<p>hello</p>" * 999, zlib.compress),
    "br": (b"Content-Encoding: br\r\n", b"<p>hello</p>" * 999, brotli.compress),
}


@pytest.mark.parametrize("chunk", [0, 1000, 70_001])
@pytest.mark.parametrize("kind", CODED)
def test_bodies_are_the_same_by_their_digests(tmp_path: Path, kind: str, chunk: int) -> None:
    fields, plain, encode = CODED[kind]
    coded = plain if encode is None else encode(plain)
    if chunk:
        parts = [coded[at : at + chunk] for at in range(0, len(coded), chunk)]
        sent = b"".join(b"%x;e=1\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\nTrailer-Field: x\r\n\r\n"
        fields += b"Transfer-Encoding: chunked\r\n"
    else:
        sent = coded
        fields += b"Content-Length: %d\r\n" % len(coded)
    response = replied(tmp_path, fields, sent)
    content = response["content"]
    assert sha256(body(content)).digest() == sha256(plain).digest()
    assert content["size"] == len(plain) and response["bodySize"] == len(sent) and "comment" not in content
    assert response["headersSize"] == len(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n")
    assert content.get("compression", 0) == len(plain) - len(coded)
    assert ("encoding" in content) is (kind in ("latin", "zeros", "binary", "gzip of binary"))


@pytest.mark.parametrize("more", [0, 1, 5000])
def test_of_a_long_body_only_the_beginning_is_taken_along(tmp_path: Path, more: int) -> None:
    data = b"x" * (har.MOST_BODY + more)
    response = replied(tmp_path, b"Content-Length: %d\r\n" % len(data), data)
    assert body(response["content"]) == data[: har.MOST_BODY] and response["bodySize"] == len(data)
    assert response["content"].get("comment", "") == ("only the beginning of it" if more else "")


def test_a_bomb_is_not_unfolded(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(50_000_000), 9)
    content = replied(tmp_path, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(bomb), bomb)["content"]
    assert content["size"] == len(body(content)) <= har.MOST_BODY
    assert content["comment"] == "only the beginning of it" and "compression" not in content


def test_a_coding_that_nobody_knows_leaves_the_body_as_it_is(tmp_path: Path) -> None:
    content = replied(tmp_path, b"Content-Encoding: rot13\r\nContent-Length: 3\r\n", b"\xff\x00a")["content"]
    assert body(content) == b"\xff\x00a" and "compression" not in content


def test_an_answer_to_head_has_no_body(tmp_path: Path) -> None:
    ask = ASK.replace(b"GET", b"HEAD")
    response = replied(tmp_path, b"Content-Length: 500\r\nContent-Type: text/html\r\n", b"", ask)
    assert response["content"] == {"size": 0, "mimeType": "text/html", "text": ""} and response["bodySize"] == 0


def test_a_type_is_told_with_its_parameters(tmp_path: Path) -> None:
    fields = b"Content-Type: text/html; charset=iso-8859-1\r\nContent-Length: 1\r\n"
    assert replied(tmp_path, fields, b"\xfc")["content"]["mimeType"] == "text/html; charset=iso-8859-1"


# --------------------------------------------------------------------------------------------- requests


@pytest.mark.parametrize(
    ("target", "host", "url", "query"),
    [
        (b"/", b"Example.Org:8080", "http://Example.Org:8080/", []),
        (b"/a?b=c%20d&e=+&f&=g&b=2", b"h", "http://h/a?b=c%20d&e=+&f&=g&b=2",
         [("b", "c d"), ("e", " "), ("f", ""), ("", "g"), ("b", "2")]),
        (b"/go?to=http://x.example/?y=1", b"h", "http://h/go?to=http://x.example/?y=1",
         [("to", "http://x.example/?y=1")]),
        (b"http://proxied.example/x?y=z", b"h", "http://proxied.example/x?y=z", [("y", "z")]),
        (b"*", b"h", "http://h", []),
        (b"/[?[=]", b"h", "http://h/[?[=]", [("[", "]")]),
        (b"/\xc3\xa4", b"[::1]:81", "http://[::1]:81/ä", []),
        (b"/" + b"x" * 5000 + b"?q=" + b"y" * 5000, b"h", "http://h/" + "x" * 5000 + "?q=" + "y" * 5000,
         [("q", "y" * 5000)]),
    ],
    ids=lambda value: ascii(value)[:20],
)  # fmt: skip
def test_a_target_becomes_a_whole_url(
    tmp_path: Path, target: bytes, host: bytes, url: str, query: list[tuple[str, str]]
) -> None:
    request = requested(tmp_path, b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (target, host))
    assert request["url"] == url and pairs(request["queryString"]) == query


def test_a_tunnel_is_asked_for_by_its_end(tmp_path: Path) -> None:
    story = told(
        write(
            tmp_path / "a",
            Talk().exchange(b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n").blocks,
        )
    )
    (entry,) = archive(story)
    assert (entry["request"]["method"], entry["request"]["url"]) == ("CONNECT", "http://example.org:443")


def test_over_tls_urls_are_https(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, ASK)
    talk.says(Role.SERVER, ANSWER)
    blocks = talk.over_tcp().blocks
    (entry,) = archive(told(write(tmp_path / "a", blocks, keys=talk.keys)))
    assert entry["request"]["url"] == "https://example.org/a" and body(entry["response"]["content"]) == b"hello"
    assert archive(told(write(tmp_path / "b", blocks))) == []  # without keys nobody knows what was said


@pytest.mark.parametrize(
    ("kind", "data"),
    [(b"application/x-www-form-urlencoded", b"a=1&b=2"), (b"application/json; charset=utf-8", b'{"\xc3\xa4": 1}'),
     (b"application/octet-stream", BINARY), (b"", b"x")],
)  # fmt: skip
def test_what_was_posted(tmp_path: Path, kind: bytes, data: bytes) -> None:
    field = b"Content-Type: %b\r\n" % kind if kind else b""
    ask = b"POST /a HTTP/1.1\r\nHost: h\r\n%bContent-Length: %d\r\n\r\n" % (field, len(data))
    request = requested(tmp_path, ask + data)
    assert body(request["postData"]) == data and request["postData"]["mimeType"] == kind.decode()
    assert (request["headersSize"], request["bodySize"]) == (len(ask), len(data))


def test_several_fields_of_one_name_stay_several_and_in_order(tmp_path: Path) -> None:
    lines = b"Accept: a\r\naccept:b  c\r\nX-Odd:\t \r\nBody: x\r\nEmpty line: y\r\nLine: z\r\nX-Folded: a\r\n  b\r\n"
    request = requested(tmp_path, ASK[:-2] + lines + b"no colon\r\n\r\n")
    assert pairs(request["headers"])[1:] == [
        ("Accept", "a"), ("accept", "b  c"), ("X-Odd", ""), ("Body", "x"), ("Empty line", "y"), ("Line", "z"),
        ("X-Folded", "a b"),
    ]  # fmt: skip


def test_a_head_of_very_many_lines_is_told_whole(tmp_path: Path) -> None:
    lines = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(1500))
    request = requested(tmp_path, ASK[:-2] + lines + b"\r\n")
    assert pairs(request["headers"])[1:] == [(f"X-{number}", str(number)) for number in range(1500)]
    assert (request["headersSize"], request["bodySize"]) == (len(ASK) + len(lines), 0)


def test_a_redirect_says_where_to(tmp_path: Path) -> None:
    response = replied(
        tmp_path, b"Location: /" + b"x" * 600 + b"?a=b\r\nContent-Length: 0\r\n", b"", status=b"301 Moved"
    )
    assert response["redirectURL"] == "/" + "x" * 600 + "?a=b" and response["status"] == 301


# ------------------------------------------------------------------------------------------ credentials

SECRET = (
    f"POST /a?access_token={CANARY}&x=1 HTTP/1.1\r\nHost: h\r\nCookie: a={CANARY}; b=2\r\nCookie: c=3\r\n"
    f"Authorization: Basic {CANARY}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    f"Content-Length: 20\r\n\r\na=1&password={CANARY}!"
).encode()
GIVEN = (
    f"HTTP/1.1 302 Found\r\nSet-Cookie: s={CANARY}; Path=/p; Domain=example.org; Secure; HttpOnly; "
    f"Expires=Wed, 01 Jan 2031 00:00:00 GMT\r\nSet-Cookie: t={CANARY}\r\nLocation: /b?token={CANARY}\r\n"
    "Content-Length: 0\r\n\r\n"
).encode()


def test_no_credential_comes_out(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(SECRET, GIVEN).blocks))
    made = b"".join(har.pieces(story, [2, 3]))
    (entry,) = entries(made)
    assert CANARY.encode() not in made and b"******" in made
    assert entry["request"]["url"] == "http://h/a?access_token=******&x=1"
    assert ("Authorization", "Basic ******") in pairs(entry["request"]["headers"])
    assert body(entry["request"]["postData"]) == b"a=1&password=*******"
    assert pairs(entry["request"]["cookies"]) == [] == pairs(entry["response"]["cookies"])
    assert entry["response"]["redirectURL"] == "/b?token=******"


def test_whoever_asks_for_secrets_has_cookies_and_all(tmp_path: Path) -> None:
    (entry,) = exchanged(tmp_path, SECRET, GIVEN, show_secrets=True)
    assert entry["request"]["url"] == f"http://h/a?access_token={CANARY}&x=1"
    assert pairs(entry["request"]["cookies"]) == [("a", CANARY), ("b", "2"), ("c", "3")]
    assert entry["response"]["cookies"] == [
        {"name": "s", "value": CANARY, "path": "/p", "domain": "example.org",
         "expires": "2031-01-01T00:00:00.000000+00:00", "httpOnly": True, "secure": True},
        {"name": "t", "value": CANARY, "httpOnly": False, "secure": False},
    ]  # fmt: skip
    assert body(entry["request"]["postData"]).endswith(b"password=c4n4ry!")


@pytest.mark.parametrize("at", range(0, 200, 7))
def test_a_capture_that_has_become_shorter_raises_nothing(tmp_path: Path, at: int) -> None:
    path = write(tmp_path / "a", Talk().exchange(SECRET, GIVEN).blocks)
    story = told(path)
    path.write_bytes(path.read_bytes()[: 700 + at])
    assert len(archive(story)) == 1


def test_an_archive_hides_what_the_mask_hides(tmp_path: Path) -> None:
    ask = b"GET http://me:SEKRIT@a/?sid=SEKRIT HTTP/1.1\r\nHost: a\r\nX-Session-Id: SEKRIT\r\n\r\n"
    made = requested(tmp_path, ask)
    assert "SEKRIT" not in str(made) and made["url"] == "http://*********@a/?sid=******"
    assert made["queryString"] == [{"name": "sid", "value": "******"}]


def test_rows_of_spaces_are_unfolded_once(tmp_path: Path) -> None:
    ask = b"GET / HTTP/1.1\r\nA: b \t\r\n \r\n c" + b" " * 60_000 + b"d\r\nHost: a\r\n\r\n"
    assert pairs(requested(tmp_path, ask)["headers"])[0] == ("A", "b  c" + " " * 60_000 + "d")
