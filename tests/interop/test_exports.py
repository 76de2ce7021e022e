"""What is exported, as others read it: tshark finds the chosen packets, nothing wrong with them, and no credential."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from portside.inspector.exports import FORMATS
from portside.inspector.filters import EVERYTHING, Filter
from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support.captures import CLIENT, SERVER, End, Talk, TlsTalk, datagrams, told, write
from tests.support.commands import run
from tests.support.peers import need

pytestmark = pytest.mark.peer

ASK = (
    b"POST /a?token=c4n4ry HTTP/1.1\r\nHost: example.org\r\nCookie: a=c4n4ry\r\nAuthorization: Basic YzRuNHJ5OmM=\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 15\r\n\r\npassword=c4n4ry"
)
PAGE = gzip.compress(b"<p>hello</p>" * 9000, 0)
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nSet-Cookie: b=c4n4ry; Path=/\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE)
)
SECRETS = ("http.cookie", "http.authorization", "http.set_cookie", "http.request.uri", "urlencoded-form.value")
RIGHT = {("1", "", "1", "4"), ("", "1", "1", "4"), ("1", "", "", "6")}
WARNING = 0x600000
"""What is worse than a note (epan/proto.h)."""
SIX: tuple[End, End] = (("::1", 40000), ("fe80::1", 80))


def rows(file: Path, *fields: str, where: str = "") -> list[tuple[str, ...]]:
    """What tshark says of the packets that pass a filter, every checksum verified."""
    checks = [word for name in ("tcp", "udp", "ip") for word in ("-o", f"{name}.check_checksum:TRUE")]
    ports = ("-d", "tcp.port==80,http", "-d", "tcp.port==443,tls", "-d", "udp.port==9999,data")
    wanted = [word for field in fields for word in ("-e", field)]
    chosen = ("-Y", where) if where else ()
    ended = run(need("tshark"), "-n", "-r", file, *checks, *ports, "-T", "fields", *wanted, *chosen)
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")
    return [tuple(line.split("\t")) for line in ended.stdout.decode().splitlines()]


def wrong(file: Path) -> list[tuple[str, ...]]:
    """Packets that are damaged, or whose checksums are not known to be right."""
    sums = rows(file, "frame.number", "tcp.checksum.status", "udp.checksum.status", "ip.checksum.status", "ip.version")
    assert sums, "there is no packet"
    bad = [row for row in sums if row[1:] not in RIGHT]
    return bad + rows(file, "frame.number", "_ws.col.Info", where=f"_ws.malformed || _ws.expert.severity >= {WARNING}")


def export(story: Story, wanted: Filter | Sequence[int], path: Path) -> Path:
    numbers = story.find(wanted) if isinstance(wanted, Filter) else wanted
    path.write_bytes(b"".join(FORMATS["pcapng"].pieces(story, numbers)))
    return path


def test_a_whole_capture_without_its_credentials_has_nothing_wrong_with_it(tmp_path: Path) -> None:
    blocks = [*Talk().exchange(ASK, ANSWER, ASK, ANSWER).blocks, *Talk(*SIX).exchange(ASK, ANSWER).blocks]
    blocks += datagrams(b"ping", b"pong")
    story = told(write(tmp_path / "a.pcapng", blocks))
    made = export(story, EVERYTHING, tmp_path / "b.pcapng")
    assert wrong(made) == [] and len(rows(made, "frame.number")) > 20
    assert rows(made, "frame.number", where="tcp.analysis.flags") == []
    assert b"c4n4ry" not in made.read_bytes() and b"YzRuNHJ5OmM=" not in made.read_bytes()


def test_a_sum_that_was_not_made_right_would_be_noticed(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a.pcapng", Talk().exchange(ASK).blocks))
    made = export(story, EVERYTHING, tmp_path / "b.pcapng")
    made.write_bytes(made.read_bytes().replace(b"example.org", b"example.com"))
    assert [row[0] for row in wrong(made)] == ["4", "4"]  # its checksum, and the warning about it


def test_credentials_are_stars_and_the_rest_is_the_same_message_for_message(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcapng", Talk().exchange(ASK, ANSWER).blocks)
    hidden = export(told(path), EVERYTHING, tmp_path / "b.pcapng")
    shown = export(told(path, show_secrets=True), EVERYTHING, tmp_path / "c.pcapng")
    assert rows(hidden, *SECRETS, where="http.request") == [
        ("********", "Basic ************", "", "/a?token=******", "******"),
    ]
    assert rows(hidden, "http.set_cookie", where="http.response") == [("********; Path=/",)]
    assert rows(shown, *SECRETS, where="http.request") == [
        ("a=c4n4ry", "Basic YzRuNHJ5OmM=", "", "/a?token=c4n4ry", "c4n4ry"),
    ]
    body = ("http.file_data", "http.content_type", "http.response.code")
    (answer,) = rows(path, *body, where="http.response")
    assert "<p>hello</p>" in answer[0]
    assert rows(hidden, *body, where="http.response") == rows(shown, *body, where="http.response") == [answer]


@pytest.mark.parametrize("ends", [(CLIENT, SERVER), SIX], ids=["IPv4", "IPv6"])
def test_of_a_selection_only_the_chosen_packets_are_there(tmp_path: Path, ends: tuple[End, End]) -> None:
    (address, port), server = ends
    talks = [Talk((address, port + number), server).exchange(ASK, ANSWER) for number in range(3)]
    story = told(write(tmp_path / "a.pcapng", [block for talk in talks for block in talk.blocks]))
    request = next(one for one in story.messages if one.kind == "request" and one.conversation.number == 2)
    made = export(story, [request.number], tmp_path / "b.pcapng")
    assert rows(made, "tcp.srcport", "http.request.method") == [(str(port + 1), "POST")] and wrong(made) == []
    alone = export(story, Filter(conversation=3), tmp_path / "c.pcapng")
    assert {row[0] for row in rows(alone, "tcp.port")} == {f"{port + 2},80", f"80,{port + 2}"} and wrong(alone) == []
    http = export(story, Filter(protocol="http"), tmp_path / "d.pcapng")
    assert wrong(http) == []
    assert rows(http, "frame.number", where="tcp.len == 0") == []
    assert len(rows(http, "frame.number", where="http.request || http.response")) == 6


def test_where_nothing_is_hidden_the_packets_are_the_very_same(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcapng", [*Talk().exchange(ASK, ANSWER).blocks, *datagrams(b"a", b"b")])
    fields = ("frame.time_epoch", "frame.len", "ip.id", "tcp.seq_raw", "tcp.checksum", "tcp.payload", "udp.payload")
    captured = rows(path, *fields)
    shown = rows(export(told(path, show_secrets=True), EVERYTHING, tmp_path / "b.pcapng"), *fields)
    assert shown == captured
    hidden = rows(export(told(path), EVERYTHING, tmp_path / "c.pcapng"), *fields)
    assert sum(one != other for one, other in zip(hidden, shown, strict=True)) == 2  # the request, the head's segment
    assert [row[:4] for row in hidden] == [row[:4] for row in shown]


def test_keys_go_along_only_where_secrets_are_asked_for(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, ASK)
    talk.says(Role.SERVER, ANSWER)
    path = write(tmp_path / "a.pcapng", talk.over_tcp().blocks, keys=talk.keys)
    shown = export(told(path, show_secrets=True), EVERYTHING, tmp_path / "b.pcapng")
    assert rows(shown, "http.cookie", where="http.request") == [("a=c4n4ry",)]
    hidden = export(told(path), EVERYTHING, tmp_path / "c.pcapng")
    assert rows(hidden, "http.cookie", where="http") == []
    assert rows(hidden, "frame.number", where="tls.handshake.type == 1") == [("4",)]
    assert wrong(shown) == wrong(hidden) == []
