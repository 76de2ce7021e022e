"""What the page is told: every text in it inert, every answer bounded, no credential in any."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from portside.capture.files import pcapng
from portside.errors import UsageError
from portside.inspector.filters import EVERYTHING, Filter
from portside.inspector.page import answers
from portside.inspector.page.answers import LONGEST, MOST_BYTES, MOST_FIELDS, MOST_PACKETS, MOST_ROWS
from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support.captures import Talk, TlsTalk, datagrams, told, write
from tests.unit.inspector.layers.test_decode import frame

ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\nCookie: c4n4ry=1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
Json = dict[str, Any]


def a_story(path: Path) -> Story:
    return told(write(path, [*Talk().exchange(ASK, ANSWER).blocks, *datagrams(b"ping", b"pong")], comment="a remark"))


def everything(story: Story) -> Json:
    """All that a page could ask for."""
    count = len(story.messages)
    return {
        "state": answers.state(story),
        "conversations": answers.conversations(story, 0, MOST_ROWS),
        "messages": answers.messages(story, EVERYTHING, 0, MOST_ROWS),
        "opened": [answers.opened(story, number, 0) for number in range(1, count + 1)],
        "plot": answers.plot(story, EVERYTHING, 10),
    }


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


def bare(value: Json) -> bytes:
    """All bytes of all layers."""
    return b"".join(b64decode(layer["bytes"]) for layer in value["layers"])


# ------------------------------------------------------------------------------------------ what is told


def test_the_state(tmp_path: Path) -> None:
    story = a_story(tmp_path / "a.pcapng")
    size = (tmp_path / "a.pcapng").stat().st_size
    assert answers.state(story) == {
        "version": story.version, "live": False, "files": ["a.pcapng"], "read": size, "size": size, "packets": 10,
        "messages": 7, "conversations": 2, "protocols": {"TCP": 1, "HTTP": 1, "UDP": 1}, "remarks": ["a remark"],
        "began": str(story.began), "secrets": False,
    }  # fmt: skip
    assert answers.state(told(tmp_path / "a.pcapng", show_secrets=True))["secrets"] is True


def test_a_protocol_is_counted_once_for_each_conversation(tmp_path: Path) -> None:
    talks = [Talk(("10.0.0.1", port)).exchange(ASK, ANSWER).blocks for port in (1000, 1001)]
    plain = Talk(("10.0.0.1", 1002), ("10.0.0.2", 9)).exchange(b"\1", b"\2").blocks
    story = told(write(tmp_path / "a", [*talks[0], *talks[1], *plain]))
    assert answers.state(story)["protocols"] == {"TCP": 3, "HTTP": 2}


def test_conversations(tmp_path: Path) -> None:
    story = a_story(tmp_path / "a")
    told_all = answers.conversations(story, 0, 10)
    first, second = told_all["rows"]
    assert told_all["total"] == 2 and first["roundTrip"] >= 0
    first["roundTrip"] = first["until"] = first["began"] = 0
    assert first == {
        "number": 1, "client": "10.0.0.1:40000", "server": "10.0.0.2:80", "name": "example.org",
        "protocols": ["TCP", "HTTP"], "state": "closed", "began": 0, "until": 0, "packets": 8, "messages": 5,
        "up": len(ASK), "down": len(ANSWER), "roundTrip": 0, "repeated": 0, "missing": 0,
    }  # fmt: skip
    assert (second["protocols"], second["state"], second["up"], second["down"]) == (["UDP"], "datagrams", 4, 4)
    assert answers.conversations(story, 1, 10) == {"total": 2, "rows": [second]}


def test_a_rung_with_times_since_the_beginning(tmp_path: Path) -> None:
    story = a_story(tmp_path / "a")
    response = story.message(3)
    since = response.time - story.began
    assert answers.row(story, response) == {
        "number": 3, "conversation": 1, "client": "10.0.0.1:40000", "server": "10.0.0.2:80", "from": "server",
        "protocol": "HTTP", "layers": "HTTP", "kind": "response", "title": "200 OK", "status": 200, "time": since,
        "until": since, "size": len(ANSWER), "complete": True, "notes": [], "answers": 2,
        "after": response.time - story.message(2).time, "count": 1, "packets": [[5, since, 54 + len(ANSWER)]],
    }  # fmt: skip
    request = answers.row(story, story.message(2))
    assert (request["from"], request["status"], request["answers"], request["after"]) == ("client", None, None, None)


def test_messages_are_found_and_come_piece_by_piece(tmp_path: Path) -> None:
    story = a_story(tmp_path / "a")
    for wanted, numbers in ((EVERYTHING, [1, 2, 3, 4, 5, 6, 7]), (Filter(protocol="http,udp"), [2, 3, 6, 7])):
        for limit in (1, 2, 100):
            found = []
            for offset in range(0, len(numbers) + limit, limit):
                answer = answers.messages(story, wanted, offset, limit)
                assert (answer["total"], answer["version"]) == (len(numbers), story.version)
                found += [row["number"] for row in answer["rows"]]
            assert found == numbers
    assert (
        answers.messages(story, EVERYTHING, 2**63, 5)["rows"] == answers.messages(story, EVERYTHING, 0, 0)["rows"] == []
    )


def test_a_message_is_opened_layer_by_layer(tmp_path: Path) -> None:
    story = a_story(tmp_path / "a")
    opened = answers.opened(story, 3, 5)
    assert opened["message"] == answers.row(story, story.message(3)) and opened["chosen"] == 5
    assert opened["facts"]["type"] == "text/plain" and opened["facts"]["status"] == "200"
    layers = opened["layers"]
    assert [layer["protocol"] for layer in layers] == ["Ethernet", "IPv4", "TCP", "HTTP", "text/plain"]
    for outer, inner in pairwise(layers):
        assert b64decode(outer["bytes"])[slice(*outer["inner"])] == b64decode(inner["bytes"])
    line = layers[3]["fields"][0]
    assert line | {"parts": [], "meaning": ""} == {
        "name": "Status line", "span": (0, 15), "value": "HTTP/1.1 200 OK", "meaning": "", "source": "RFC 9112 §4",
        "secret": False, "parts": [],
    }  # fmt: skip
    assert [part["name"] for part in line["parts"]] == ["Version", "Status code", "Reason phrase"]


@pytest.mark.parametrize("number", [0, -1, 8, 2**63])
def test_what_is_not_there_is_said(tmp_path: Path, number: int) -> None:
    with pytest.raises(UsageError, match="no message"):
        answers.opened(a_story(tmp_path / "a"), number, 0)


def test_a_plot_counts_since_the_beginning(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    drawn = answers.plot(story, EVERYTHING, 10)
    assert drawn["since"] == 0 and drawn["until"] == story.conversations[0].until - story.began
    assert (sum(drawn["up"]), sum(drawn["down"])) == (len(ASK), len(ANSWER))
    assert len(drawn["up"]) == len(drawn["down"]) == 10 and 10 * drawn["width"] > drawn["until"]
    assert drawn["roundTrips"] and all(0 <= time <= drawn["until"] for time, _ in drawn["roundTrips"])


def test_a_story_that_tells_nothing_is_told_too(tmp_path: Path) -> None:
    nothing = everything(told(write(tmp_path / "a", [])))
    assert nothing["messages"]["total"] == nothing["conversations"]["total"] == nothing["plot"]["until"] == 0
    assert nothing["state"]["packets"] == 0 and nothing["opened"] == []


def test_numbers_fit_into_those_of_a_browser(tmp_path: Path) -> None:
    def numbers(value: Any) -> Iterator[int]:
        if isinstance(value, dict):
            for part in value.values():
                yield from numbers(part)
        elif isinstance(value, list | tuple):
            for part in value:
                yield from numbers(part)
        elif isinstance(value, int):
            yield value

    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    assert story.began > 2**53 > max(numbers(json.loads(json.dumps(everything(story)))))


# ------------------------------------------------------------------------------------------- inertness

HOSTILE = "\x1b[2J\x9b1m\u202e\u2028\x00\x08\x7f"


def hostile(path: Path) -> Story:
    """A capture whose every text is out to move a cursor."""
    evil = HOSTILE.encode()
    ask = b"GET /%b?%b=%b HTTP/1.1\r\nHost: %b\r\nX-%b: %b, %b=%b\r\nContent-Length: 99\r\n\r\n" % ((evil,) * 8)
    answer = b"HTTP/1.1 200 %b\r\nContent-Type: text/%b\r\nLocation: %b\r\nServer: %b\r\nLine %b\r\n\r\n%b" % (
        (evil,) * 6
    )
    blocks = [*Talk().exchange(ask, answer).blocks, *datagrams(evil + b"some more text", b"\xff\xfe" + evil)]
    blocks.append(pcapng.enhanced_packet(0, 1, frame(datagrams(b"x")[0]), comment=HOSTILE))
    return told(write(path, blocks, comment=HOSTILE))


def test_no_text_of_a_hostile_capture_moves_anything(tmp_path: Path) -> None:
    story = hostile(tmp_path / f"a{HOSTILE[:-3]}b")
    assert {one.protocol for one in story.messages} == {"TCP", "HTTP", "UDP"}
    said = list(texts(everything(story)))
    assert [one for one in said if not one.isprintable()] == []
    assert sum(r"\x1b[2J" in one for one in said) > 10 and any(r"\u202e" in one for one in said)
    assert json.loads(json.dumps(everything(story)))


# ------------------------------------------------------------------------------------------ credentials


def all_said(story: Story) -> str:
    """Whatever the page could show, bytes included."""
    answer = everything(story)
    opened = b"".join(bare(one) for one in answer["opened"])
    return json.dumps(answer) + opened.decode("latin-1")


SECRET = (
    b"POST /a?access_token=c4n4ry&x=1 HTTP/1.1\r\nHost: h\r\nCookie: a=c4n4ry; b=c4n4ry\r\nX-Api-Key: c4n4ry\r\n"
    b"Authorization: Basic c4n4ry\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 15\r\n\r\npassword=c4n4ry"
)
GIVEN = b"HTTP/1.1 302 Found\r\nSet-Cookie: s=c4n4ry; Path=/\r\nLocation: /?token=c4n4ry\r\nContent-Length: 0\r\n\r\n"


def test_no_credential_is_in_any_answer(tmp_path: Path) -> None:
    path = write(tmp_path / "a", Talk().exchange(SECRET, GIVEN).blocks)
    hidden, shown = all_said(told(path)), all_said(told(path, show_secrets=True))
    assert "c4n4ry" not in hidden and "******" in hidden and "c4n4ry" in shown
    fields = [field for layer in answers.opened(told(path), 2, 0)["layers"] for field in layer["fields"]]
    assert {field["name"] for field in fields if field["secret"]} == {"Cookie", "X-Api-Key", "Authorization"}


def test_nor_is_one_within_tls(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, SECRET)
    talk.says(Role.SERVER, GIVEN)
    path = write(tmp_path / "a", talk.over_tcp().blocks, keys=talk.keys)
    assert "c4n4ry" not in all_said(told(path)) and "c4n4ry" in all_said(told(path, show_secrets=True))
    keys = [line.split()[2].decode() for line in talk.keys.splitlines() if line[:1].isupper()]
    assert len(keys) >= 4 and not any(key in all_said(told(path)) for key in keys)


# ---------------------------------------------------------------------------------------------- bounds


def count(fields: list[Json]) -> int:
    return sum(1 + count(field["parts"]) for field in fields)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + bytes(3_000_000),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 60_000 + b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nVary: " + b"," * 60_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nVary: " + b"a," * 30_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"Vary:a,b,c,d\r\n" * 4_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + "\U000e0001\x1b".encode() * 12_000 + b"\r\n\r\n",
        b"\xff\0" * 700_000,
    ],
    ids=["long", "chunks", "commas", "items", "lines", "controls", "strange"],
)  # fmt: skip
def test_however_big_a_message_is_its_answer_stays_small(tmp_path: Path, answer: bytes) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, answer).blocks))
    number = next(one.number for one in story.messages if one.role is Role.SERVER and one.size == len(answer))
    opened = answers.opened(story, number, 0)
    assert all(len(b64decode(layer["bytes"])) <= MOST_BYTES for layer in opened["layers"])
    assert all(count(layer["fields"]) <= MOST_FIELDS for layer in opened["layers"])
    assert all(layer["size"] >= len(b64decode(layer["bytes"])) for layer in opened["layers"])
    assert len(opened["message"]["packets"]) <= MOST_PACKETS and opened["message"]["count"] >= 1
    assert len(json.dumps(opened)) < 2_000_000


def test_of_many_packets_some_are_listed(tmp_path: Path) -> None:
    talk = Talk()
    for _ in range(MOST_PACKETS + 5):
        talk.says(Role.CLIENT, b"\1")
    story = told(write(tmp_path / "a", talk.blocks))
    row = answers.row(story, story.message(2))
    assert row["count"] == MOST_PACKETS + 5 and [one[0] for one in row["packets"]] == list(range(4, 4 + MOST_PACKETS))


def test_rows_of_one_answer_are_limited(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", datagrams(*[b"x"] * (MOST_ROWS + 5))))
    for limit in (MOST_ROWS, MOST_ROWS + 1, 2**63):
        answer = answers.messages(story, EVERYTHING, 0, limit)
        assert (len(answer["rows"]), answer["total"]) == (MOST_ROWS, MOST_ROWS + 5)


@pytest.mark.parametrize("buckets", [0, 1, 2**63])
def test_columns_of_a_plot_are_limited(tmp_path: Path, buckets: int) -> None:
    drawn = answers.plot(a_story(tmp_path / "a"), EVERYTHING, buckets)
    assert 1 <= len(drawn["up"]) <= 2000


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        ("grüße", "grüße"),
        ("\x1b", r"\x1b"),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * LONGEST + "\x1b", "x" * LONGEST + "..."),
    ],
    ids=lambda value: ascii(value)[:9],
)
def test_a_text_is_made_visible_and_cut(value: str, shown: str) -> None:
    assert answers.text(value) == shown
