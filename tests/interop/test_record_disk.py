"""A disk that is full, or whose folder has gone, while a record is written: the server serves on, with one warning."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import tshark
from tests.support.commands import curl, run
from tests.support.peers import need
from tests.support.processes import Running
from tests.support.served import PORTSIDE, READY
from tests.support.web_folder import WebFolder, digest

pytestmark = pytest.mark.peer

Start = Callable[..., Running]

ROOM = 244 * 4096
"""Bytes that there is room for, in whole pages, since a tmpfs rounds up: a third of the large file."""
MOUNTED = f'mount -t tmpfs -o size={ROOM} tmpfs "$1" && shift && exec "$@"'
"""For a shell whose mounts are its own: they go when it ends, whatever happens."""
WARNING = r"^.*so the record ends here.*$"


def ready(process: Running) -> str:
    """The address of a server, once it accepts."""
    return process.wait_for_line(READY)[1]


def assert_serves(url: str, web: WebFolder) -> None:
    for name in ("large.bin", "small.txt"):
        assert digest(curl(f"{url}{name}").stdout) == digest(web.read(name))


def assert_stops_with_one_warning(process: Running, why: str) -> None:
    """It ends in order, has warned once, and has said nothing else but what it always says."""
    assert process.stop() == 0
    warnings = [line for line in process.stderr.splitlines() if "record" in line]
    assert len(warnings) == 1, process.stderr
    assert why in warnings[0]
    assert "Traceback" not in process.stderr


def assert_readable(file: Path) -> None:
    """It holds the beginning of the conversation, up to a whole packet."""
    assert 0 < file.stat().st_size <= ROOM
    assert tshark.complaints(file) == []
    assert tshark.rows(file, "http.request.uri", where="http.request")[0] == ("/small.txt",)


def test_where_the_disk_is_full_the_record_ends_and_the_server_does_not(
    process: Start, web: WebFolder, tmp_path: Path
) -> None:
    if os.geteuid() != 0 or run(need("unshare"), "-m", "true").returncode != 0:
        pytest.skip("mounting is not allowed; the limit on the size of files is tested below")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [PORTSIDE, "serve", web.path, "--port", "0", "--record", disk / "t.pcapng"]
    server = process(need("unshare"), "-m", "sh", "-c", MOUNTED, "sh", disk, *command)
    url = ready(server)
    curl(f"{url}small.txt")
    assert_serves(url, web)
    server.wait_for_line(WARNING, output="stderr")
    assert_serves(url, web)
    shutil.copy(f"/proc/{server.pid}/root{disk}/t.pcapng", tmp_path / "t.pcapng")
    assert_stops_with_one_warning(server, "the disk is full")
    assert_readable(tmp_path / "t.pcapng")


def test_a_file_that_may_not_grow_ends_the_record_and_not_the_server(
    process: Start, web: WebFolder, tmp_path: Path
) -> None:
    record = tmp_path / "t.pcapng"
    server = process(need("prlimit"), f"--fsize={ROOM}", PORTSIDE, "serve", web.path, "--port", "0", "--record", record)
    url = ready(server)
    curl(f"{url}small.txt")
    assert_serves(url, web)
    server.wait_for_line(WARNING, output="stderr")
    assert_serves(url, web)
    assert_stops_with_one_warning(server, "the disk is full")
    assert_readable(record)


def test_a_client_gets_what_it_asked_for_whatever_becomes_of_its_record(
    process: Start, web: WebFolder, tmp_path: Path
) -> None:
    server = process(PORTSIDE, "serve", web.path, "--port", "0")
    record = tmp_path / "t.pcapng"
    get = (PORTSIDE, "get", "--record", record, f"{ready(server)}large.bin")
    ended = run(need("prlimit"), f"--fsize={ROOM}", *get)
    assert (ended.returncode, digest(ended.stdout)) == (0, digest(web.read("large.bin")))
    assert ended.stderr.count(b"so the record ends here") == 1
    assert tshark.complaints(record) == []


def test_a_folder_that_has_gone_ends_a_divided_record_with_one_warning(
    process: Start, web: WebFolder, tmp_path: Path
) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    divided = ("--record", folder / "t.pcapng", "--record-size", "10K")
    server = process(PORTSIDE, "serve", web.path, "--port", "0", *divided)
    url = ready(server)
    shutil.rmtree(folder)
    assert_serves(url, web)
    server.wait_for_line(WARNING, output="stderr")
    assert_serves(url, web)
    assert_stops_with_one_warning(server, "no such file or directory")
    assert not folder.exists()
