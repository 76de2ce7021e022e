"""The tests lean on these: a peer that is missing, a process that says nothing, and one that is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import leftovers, peers, ports
from tests.support.processes import Running, alive
from tests.support.smtp_peers import carries
from tests.support.smtp_wire import stuffed

ECHO = "import sys; print('ready x', flush=True); print(sys.stdin.read().upper())"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"


def test_a_missing_peer_is_skipped_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-peer"):
        peers.need("no-such-peer")


def test_a_missing_peer_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-peer"):
        peers.need("no-such-peer")


def test_a_peer_is_found_outside_the_path_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "peer"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(peers, "ADMINISTRATION", str(tmp_path))
    assert peers.need("peer") == str(program)


def test_a_peer_is_found_where_it_was_unpacked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "peer" / "usr" / "sbin" / "peer"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert peers.find("peer") is None
    monkeypatch.setattr(peers, "UNPACKED", tmp_path)
    assert peers.need("peer") == str(program)


def test_what_a_process_says_is_waited_for_and_kept(process: Callable[..., Running]) -> None:
    echo = process(sys.executable, "-c", ECHO, input=True)
    assert echo.wait_for_line(r"^ready (\S+)$")[1] == "x"
    echo.tell("späte Zeile".encode())
    echo.hang_up()
    assert echo.wait() == 0
    assert "SPÄTE ZEILE" in echo.stdout


def test_a_process_that_ends_without_the_line_is_told_with_its_words(process: Callable[..., Running]) -> None:
    failing = process(sys.executable, "-c", "import sys; sys.exit('no such folder')")
    with pytest.raises(AssertionError, match="no such folder"):
        failing.wait_for_line("^ready", timeout=60, output="stderr")


def test_a_process_that_ignores_sigterm_is_killed(process: Callable[..., Running]) -> None:
    stubborn = process(sys.executable, "-c", STUBBORN)
    stubborn.wait_for_line("^ready$")
    assert stubborn.stop(timeout=0.1) == -signal.SIGKILL
    assert not alive(stubborn.pid)


def test_an_orphan_is_found_by_its_mark(process: Callable[..., Running]) -> None:
    mark = "the mark of this test"
    orphanage = "import subprocess, sys; print(subprocess.Popen(['cat'], stdin=3, stdout=2).pid, flush=True)"
    ours, theirs = os.pipe()
    try:
        parent = process(
            sys.executable,
            "-c",
            orphanage.replace("stdin=3", f"stdin={ours}"),
            env={leftovers.MARK: mark},
            pass_fds=[ours],
        )
        pid = int(parent.wait_for_line(r"^(\d+)$")[1])
        assert parent.wait() == 0
        assert pid in leftovers.processes(mark)
    finally:
        os.close(theirs)  # the orphan reads its end, and goes
        os.close(ours)
    assert pid not in leftovers.still_running(mark)


def test_a_child_is_found_without_a_mark() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, env={}) as child:
        assert child.pid in leftovers.processes("another mark")
        assert child.pid in leftovers.still_running("another mark", grace=0.0)
    assert child.pid not in leftovers.processes("another mark")


def test_a_new_file_is_seen_and_a_cache_is_not(tmp_path: Path) -> None:
    (tmp_path / "upload.part").touch()
    (tmp_path / ".pytest_cache").mkdir()
    assert leftovers.names(tmp_path) == {"upload.part"}


@pytest.mark.parametrize("free_port", [ports.free_tcp_port, ports.free_udp_port])
def test_a_free_port_can_be_bound(free_port: Callable[[], int]) -> None:
    kind = socket.SOCK_STREAM if free_port is ports.free_tcp_port else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as ours:
        ours.bind(("127.0.0.1", free_port()))


def test_a_held_port_is_refused_to_strangers() -> None:
    with ports.held_tcp_port() as port, socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", port))


SENT = b"Subject: x\r\n\r\n.a\r\nb\r\n"
FIELDS = b"Return-Path: <a@b.test>\nReceived: from x\n\tby y; today\n"


@pytest.mark.parametrize("raw", [SENT, SENT.replace(b"\r\n", b"\n"), FIELDS + SENT.replace(b"\r\n", b"\n")])
def test_a_message_is_known_again_behind_what_a_server_adds(raw: bytes) -> None:
    assert carries(raw, SENT)


@pytest.mark.parametrize(
    "raw",
    [
        SENT[:-1],
        SENT + b"\r\n",
        SENT.replace(b".a", b"..a"),
        SENT.replace(b"b\r\n", b"b\n"),
        b"X-Other: y\r\n" + SENT,
        b"words\r\n" + SENT,
        FIELDS + b"\n" + SENT,
        b"",
    ],
)
def test_a_message_that_was_changed_is_not_taken_for_it(raw: bytes) -> None:
    assert not carries(raw, SENT)


def test_dots_are_stuffed_at_the_beginnings_of_lines_alone() -> None:
    assert stuffed(b".\r\n..a\r\nb.\r\n") == b"..\r\n...a\r\nb.\r\n"
