"""``portside watch``: captures as text, as JSON, as other files, and on a page."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portside.cli.watch import COLLECT_AFTER, NICE, Parent
from portside.interfaces import Role
from tests.support.captures import Talk, TlsTalk, datagrams, told, write
from tests.support.processes import Running

Call = Callable[..., Any]
Start = Callable[..., Running]
ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\nCookie: c4n4ry=1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture(autouse=True)
def same_memory() -> Iterator[None]:
    """The search for cycles as it was: the command sets it for itself."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write(
        tmp_path / "t.pcapng", [*Talk().exchange(ASK, ANSWER).blocks, *datagrams(b"a", b"b")], comment="made by a test"
    )


# ------------------------------------------------------------------------------------- as text and as JSON


def test_text_is_a_line_for_each_message_and_remarks_go_to_stderr(capture: Path, command: Call) -> None:
    ended = command("watch", "--text", str(capture))
    assert (ended.code, ended.stderr) == (0, "portside: made by a test\n")
    lines = ended.stdout.splitlines()
    assert len(lines) == 7 and "GET /a" in lines[1] and "200 OK" in lines[2]


def test_the_search_for_cycles_never_looks_at_a_whole_capture(capture: Path, command: Call) -> None:
    """A search among millions of objects would stop the page for seconds."""
    assert command("watch", "--text", str(capture)).code == 0
    young, middle, old = gc.get_threshold()
    assert (young, middle, old) == COLLECT_AFTER
    assert young * (middle + 2) <= 250_000 and young * middle * old > 10**11


def test_json_is_an_object_for_each_message_without_credentials(capture: Path, command: Call) -> None:
    ended = command("watch", "--json", str(capture))
    assert ended.code == 0
    assert [json.loads(line)["number"] for line in ended.stdout.splitlines()] == [1, 2, 3, 4, 5, 6, 7]
    assert "c4n4ry" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["--protocol", "http"], [2, 3]),
        (["--host", "9999"], [6, 7]),
        (["--find", "200 ok"], [3]),
        (["--conversation", "2"], [6, 7]),
        (["--protocol", "http", "--find", "get"], [2]),
        (["--protocol", "smtp"], []),
    ],
)
def test_filters_choose(given: list[str], found: list[int], capture: Path, command: Call) -> None:
    ended = command("watch", "--json", *given, str(capture))
    assert (ended.code, [json.loads(line)["number"] for line in ended.stdout.splitlines()]) == (0, found)


def test_keys_open_tls(tmp_path: Path, command: Call) -> None:
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, ASK)
    path = write(tmp_path / "t.pcapng", talk.over_tcp().blocks)
    keys = tmp_path / "some-keys"
    keys.write_bytes(talk.keys)
    assert "GET /a" not in command("watch", "--text", str(path)).stdout
    assert "GET /a" in command("watch", "--text", "--keys", str(keys), str(path)).stdout


# ------------------------------------------------------------------------------------------ wrong usage


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "name a capture: portside watch t.pcapng"),
        (["none"], "none: no such file"),
        (["."], "is no regular file"),
        (["odd"], "odd is no capture file; pcapng and pcap files are read"),
        (["packed"], "it is compressed; unpack it first (gunzip)"),
        (["t.pcapng", "none"], "none: no such file"),
        (["t.pcapng", "--keys", "none"], "cannot read none: no such file or directory"),
        (["t.pcapng", "--export", "x.doc"], "'x.doc' tells no format; name it .pcapng, .har or .txt"),
        (["t.pcapng", "--export", "none/x.har"], "cannot write none/x.har: no such file or directory"),
        (["t.pcapng", "--export", "folder.har"], "cannot write folder.har: is a directory"),
        (["t.pcapng", "--text", "--json"], "use one of them"),
        (["t.pcapng", "--text", "--export", "x.har"], "use one of them"),
        (["t.pcapng", "--port", "65536"], "65536 is not in the range"),
        (["t.pcapng", "--conversation", "0"], "0 is not in the range"),
    ],
)
def test_wrong_usage_is_one_line(
    given: list[str], words: str, capture: Path, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(capture.parent)
    Path("odd").write_bytes(b"hello")
    Path("packed").write_bytes(b"\x1f\x8b123")
    Path("folder.har").mkdir()
    before = {path.name for path in Path().iterdir()}
    ended = command("watch", *given)
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert words in ended.stderr
    assert {path.name for path in Path().iterdir()} == before, "nothing is left behind"


def test_a_file_that_is_empty_is_told(tmp_path: Path, command: Call) -> None:
    (tmp_path / "t.pcapng").touch()
    ended = command("watch", "--text", str(tmp_path / "t.pcapng"))
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "portside: t.pcapng is empty\n")


def test_a_port_that_is_taken_is_told(capture: Path, command: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = command("watch", str(capture), "--port", str(other.getsockname()[1]))
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (3, "", 1)
    assert "another program listens there; choose another --port" in ended.stderr


# --------------------------------------------------------------------------------------------- as a file


@pytest.mark.parametrize(("name", "mark"), [("x.har", b'"entries"'), ("x.txt", b"GET /a"), ("x.pcapng", b"\n\r\r\n")])
def test_an_export_is_written_whole_for_its_owner(name: str, mark: bytes, capture: Path, command: Call) -> None:
    target = capture.with_name(name)
    target.write_bytes(b"what was there before")
    assert command("watch", str(capture), "--export", str(target), "--protocol", "http").code == 0
    assert mark in target.read_bytes() and b"c4n4ry" not in target.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert {path.name for path in capture.parent.iterdir()} == {capture.name, name}


def test_an_export_may_take_the_place_of_its_capture(capture: Path, command: Call) -> None:
    assert command("watch", str(capture), "--export", str(capture), "--protocol", "http").code == 0
    assert [one.title for one in told(capture).messages if one.protocol == "HTTP"] == ["GET /a", "200 OK"]


# ------------------------------------------------------------------------------------------ while it grows


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["INT", "TERM"])
def test_a_capture_is_followed_until_a_signal(
    number: signal.Signals, code: int, capture: Path, process: Start, portside: Path
) -> None:
    running = process(portside, "watch", "--text", "--follow", capture)
    running.wait_for_line(r"200 OK")
    with capture.open("ab") as file:
        file.write(b"".join(datagrams(b"later")))
    running.wait_for_line(r" later \(5 B\)$")
    write(capture.with_name("t.1.pcapng"), datagrams(b"in the next file"))
    running.wait_for_line(r" in the next file \(16 B\)$")
    running.signal(number)
    assert running.wait() == code
    assert len(running.stdout.splitlines()) == 9, "each message once"


def test_the_last_words_of_a_file_are_not_lost_when_another_follows(
    capture: Path, process: Start, portside: Path
) -> None:
    """That a head will not be finished is known when nothing follows in its file."""
    talk = Talk()
    talk.says(Role.CLIENT, ASK)
    talk.says(Role.SERVER, b"HTTP/1.1 203 Endless\r\nA: b\r\n")
    write(capture, talk.blocks)
    assert "203 Endless" in [one.title for one in told(capture).messages]
    running = process(portside, "watch", "--text", "--follow", capture)
    running.wait_for_line(r"GET /a")
    assert "203" not in running.stdout
    write(capture.with_name("t.1.pcapng"), datagrams(b"next"))
    running.wait_for_line(r" next \(4 B\)$")
    assert running.stdout.count("203 Endless") == 1


def test_nobody_who_reads_is_no_news(capture: Path, portside: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [portside, "watch", "--text", capture], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


# ------------------------------------------------------------------------------------------- as a window


def test_a_parent_is_heard_until_it_is_gone() -> None:
    reading, writing = os.pipe()
    parent = Parent(reading)
    assert (parent.take(), parent.gone) == (b"", False)
    os.write(writing, b"k" * 60_000)
    assert parent.take() == b"k" * 60_000
    os.write(writing, b"last")
    os.close(writing)
    assert (parent.take(), parent.gone) == (b"last", True)
    assert parent.take() == b""
    os.close(reading)


@pytest.mark.parametrize(("folder", "stays"), [("portside-window-x", False), ("mine", True)])
def test_a_page_ends_with_its_parent_and_takes_its_private_folder_along(
    folder: str, stays: bool, tmp_path: Path, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    private = tmp_path / folder
    private.mkdir()
    path = write(private / "window.pcapng", datagrams(b"a"))
    stood_back: list[int] = []
    monkeypatch.setattr(os, "nice", stood_back.append)  # for the test's own process that could not be taken back
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        ended = command("watch", "--follow", "--until-closed", "--port", "0", str(path))
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.startswith("ready http://127.0.0.1:")
    assert private.exists() is stays
    assert stood_back == [NICE]


def test_without_stdin_nobody_can_close_it(capture: Path, command: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    ended = command("watch", "--until-closed", str(capture))
    assert (ended.code, ended.stderr) == (2, "portside: --until-closed needs stdin, and that is closed\n")
