"""``portside put`` with URLs of HTTP, against a server that says whatever a test wants."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.protocols.http.client.scripted import Says, ok, scripted_apart

Command = Callable[..., Any]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a b#.txt"
    path.write_bytes(b"data" * 1000)
    return path


def test_a_file_is_stored_where_the_url_says(command: Command, file: Path) -> None:
    with scripted_apart([ok(b"stored\n", status="201 Created")]) as server:
        ended = command("put", str(file), server.url + "x")
        asked = server.asked[0]
    assert (ended.code, ended.stdout, ended.stderr) == (0, "stored\n", "")
    assert (asked.line, asked.body) == ("PUT /x HTTP/1.1", b"data" * 1000)
    assert asked.field("content-length") == "4000"


@pytest.mark.parametrize(
    ("url", "target"), [("in/", "/in/a%20b%23.txt"), ("", "/a%20b%23.txt"), ("in/?x=/", "/in/a%20b%23.txt?x=/")]
)
def test_a_folder_gets_the_files_name(command: Command, file: Path, url: str, target: str) -> None:
    with scripted_apart([ok()]) as server:
        command("put", str(file), server.url + url)
        assert server.asked[0].target == target


def test_stdin_is_stored_in_chunks(command: Command, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    with file.open("rb") as stdin, scripted_apart([ok()]) as server:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert command("put", "-", server.url + "x").code == 0
        assert server.asked[0].body == b"data" * 1000
        assert server.asked[0].field("transfer-encoding") == "chunked"


def test_a_closed_stdin_is_told(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert command("put", "-", "http://127.0.0.1:1/x").code == 2


def test_a_redirect_that_keeps_the_method_is_followed(command: Command, file: Path) -> None:
    with scripted_apart(lambda a: ok() if a.target == "/b" else ok(b"", "Location: /b", status="307 X")) as server:
        assert command("put", str(file), server.url + "x").code == 0
        assert [len(asked.body) for asked in server.asked] == [4000, 4000]


def test_a_login_sends_the_file_again(command: Command, file: Path) -> None:
    who = ok(b"", 'WWW-Authenticate: Basic realm="x"', status="401 No")
    with scripted_apart(lambda asked: ok() if asked.field("authorization") else who) as server:
        assert command("put", "-u", "me:pw", str(file), server.url + "x").code == 0
        assert server.asked[1].body == b"data" * 1000


@pytest.mark.parametrize(
    ("says", "code", "text"),
    [
        (ok(b"no", status="403 Forbidden"), 1, "answered 403 Forbidden"),
        (ok(b"", status="304 Not Modified"), 1, "nothing was stored"),
        (Says(close=True), 3, "without an answer"),
        (Says(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n", close=True), 6, "cut short"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(command: Command, file: Path, says: Says, code: int, text: str) -> None:
    with scripted_apart([says]) as server:
        ended = command("put", str(file), server.url + "x")
    assert ended.code == code and text in ended.stderr and ended.stderr.count("\n") == 1


def test_json_tells_what_happened(command: Command, file: Path) -> None:
    with scripted_apart([ok(b"ignored", status="201 Created")]) as server:
        said = json.loads(command("put", "--json", str(file), server.url + "x").stdout)
    assert (said["status"], said["bytes"]) == (201, 4000)


@pytest.mark.parametrize(
    ("file_name", "url", "code"),
    [
        ("missing", "http://127.0.0.1:1/x", 1),
        (".", "http://127.0.0.1:1/x", 2),
        ("-", "http://127.0.0.1:1/", 2),
        ("-", "gopher://a/x", 2),
    ],
)
def test_what_cannot_be_sent_is_told_before_anything_is_said(
    command: Command, file_name: str, url: str, code: int
) -> None:
    ended = command("put", file_name, url)
    assert ended.code == code and ended.stderr.count("\n") == 1
