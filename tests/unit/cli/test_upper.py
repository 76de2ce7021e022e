from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.upper import parse_server
from portside.errors import UsageError
from portside.interfaces import Address
from tests.support.served import Served

Call = Callable[..., Any]
Serve = Callable[..., Served]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", Address("localhost", 12000)),
        ("localhost:7", Address("localhost", 7)),
        ("127.0.0.1:65535", Address("127.0.0.1", 65535)),
        ("::1", Address("::1", 12000)),
        ("fe80::1%eth0", Address("fe80::1%eth0", 12000)),
        ("[::1]", Address("::1", 12000)),
        ("[::1]:7", Address("::1", 7)),
        ("unix:/run/a.sock", Address("", 0, "/run/a.sock")),
    ],
)
def test_a_server_may_be_written_in_many_ways(text: str, address: Address) -> None:
    assert parse_server(text, 12000) == address


@pytest.mark.parametrize(
    "text", ["", ":7", "a:", "a:b", "a:1:2", "a:70000", "a:-1", "a:٣", "[::1", "::1]", "a b", "a\nb:1", "[]:3", "unix:"]
)
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no server"):
        parse_server(text)


@pytest.fixture
def shouting(served: Serve) -> Served:
    return served("upper")


def _at(server: Served) -> str:
    return f"127.0.0.1:{server.port}"


def test_a_text_is_answered_in_one_line(command: Call, shouting: Served) -> None:
    ended = command("upper", _at(shouting), "straße")
    assert (ended.code, ended.stdout, ended.stderr) == (0, "STRASSE\n", "")


def test_a_text_of_several_lines_is_asked_line_by_line(command: Call, shouting: Served) -> None:
    assert command("upper", _at(shouting), "a\nb").stdout == "A\nB\n"


def test_programs_read_json(command: Call, shouting: Served) -> None:
    assert json.loads(command("upper", _at(shouting), "--json", "a").stdout) == {"reply": "A"}


def test_the_conversation_is_shown_on_stderr(command: Call, shouting: Served) -> None:
    ended = command("upper", "-v", _at(shouting), "a\x1b[2J")
    assert ended.stderr == "> a\\x1b[2J\n< A\\x1b[2J\n"
    assert ended.stdout == "A\x1b[2J\n", "what goes to a pipe goes as it is"


def test_datagrams_are_answered_and_measured(command: Call, served: Serve) -> None:
    server = served("upper", "--udp")
    assert command("upper", "--udp", _at(server), "a\nb").stdout == "A\nB\n"
    ended = command("upper", "--pings", "3", "--interval", "0", "--timeout", "60", _at(server))
    lines = ended.stdout.splitlines()
    assert (ended.code, ended.stderr, len(lines)) == (0, "", 5)
    assert [line.split(" from ")[0] for line in lines[:3]] == ["1: PING 1", "2: PING 2", "3: PING 3"]
    assert lines[3] == "3 sent, 3 received, 0% lost"
    assert lines[4].startswith("round trip min/mean/max = ")
    ended = command("upper", "--pings", "2", "--interval", "0", "--timeout", "60", "--json", _at(server), "x")
    *each, result = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [ping["error"] for ping in each] == [None, None]
    assert (result["sent"], result["received"], result["loss"]) == (2, 2, 0.0)
    assert 0 < result["min_ms"] <= result["mean_ms"] <= result["max_ms"]


def test_nobody_there_is_exit_3(command: Call, tmp_path: Path) -> None:
    ended = command("upper", f"unix:{tmp_path}/none.sock", "x")
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (3, "", 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--udp", "--tls", "localhost", "x"], "TLS needs a stream"),
        (["--pings", "2", "--tls", "localhost"], "TLS needs a stream"),
        (["--timeout", "0", "localhost", "x"], "some time"),
        (["--pings", "0", "localhost"], "0 is not in the range"),
        (["--record-secrets", "localhost"], "'--record-secrets' needs '--record FILE.pcapng'"),
        (["--conditions", "wifi", "localhost"], "'--conditions' is not built yet"),
        ([], "missing argument"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], words: str, command: Call) -> None:
    ended = command("upper", *arguments)
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert words in ended.stderr
