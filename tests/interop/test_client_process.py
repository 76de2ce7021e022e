"""``portside get`` and ``put`` as processes: interrupted, with nobody to read them, and with stdin left open."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support.growing import wait_for_size
from tests.support.processes import Running
from tests.unit.protocols.http.client.scripted import Says, ok, scripted_apart

Start = Callable[..., Running]


def test_ctrl_c_ends_a_wait_with_130_and_no_traceback(portside: Path, process: Start) -> None:
    with scripted_apart([Says()]) as server:
        running = process(portside, "get", "-v", server.url)
        running.wait_for_line("^> GET", output="stderr")
        running.signal(signal.SIGINT)
        assert running.wait() == 130
    assert "Traceback" not in running.stderr


def test_ctrl_c_keeps_what_came_of_a_download(portside: Path, process: Start, tmp_path: Path) -> None:
    half = Says(b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 9\r\n\r\nhalf')
    with scripted_apart([half]) as server:
        running = process(portside, "get", "-v", "-o", tmp_path / "f", server.url)
        running.wait_for_line("^< ETag", output="stderr")
        wait_for_size(tmp_path / "f.part", 4)
        running.signal(signal.SIGINT)
        assert running.wait() == 130
    assert (tmp_path / "f.part").read_bytes() == b"half" and not (tmp_path / "f").exists()


def test_ctrl_c_ends_it_even_where_nobody_reads_what_it_writes(portside: Path) -> None:
    with scripted_apart([ok(b"x" * 5_000_000)]) as server:
        process = subprocess.Popen([portside, "get", server.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.read(1) == b"x"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        process.stdout.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
        process.stderr.close()


def test_a_reader_that_goes_away_ends_it_in_silence(portside: Path) -> None:
    with scripted_apart([ok(b"x" * 5_000_000)]) as server:
        process = subprocess.Popen([portside, "get", server.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.wait(30) == 141
        assert process.stderr.read() == b""
        process.stderr.close()


def test_a_refused_upload_ends_though_stdin_stays_open(portside: Path, process: Start) -> None:
    refusal = Says(ok(b"no", status="403 Forbidden").data, close=True, read_body=False)
    with scripted_apart([refusal]) as server:
        running = process(portside, "put", "-", server.url + "x", input=True)
        assert running.wait() == 1
    assert "403 Forbidden" in running.stderr
