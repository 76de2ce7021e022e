"""ApacheBench against our server: many connections of HTTP/1.0 at once, kept alive and not; none may fail."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import run
from tests.support.peers import need
from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder, digest

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]
REQUESTS, AT_ONCE = 2000, 50


def bench(url: str, *arguments: str | Path, requests: int = REQUESTS) -> str:
    """What ab reports of as many requests, of which none may have failed."""
    ended = run(need("ab"), "-q", "-n", str(requests), "-c", str(AT_ONCE), *arguments, url)
    report = ended.stdout.decode()
    assert ended.returncode == 0, ended.stderr.decode()
    assert number("Complete requests", report) == requests
    assert number("Failed requests", report) == 0
    return report


def number(label: str, report: str) -> int:
    found = re.search(rf"(?m)^{label}:\s+(\d+)", report)
    return int(found[1]) if found else 0


def test_connections_that_are_kept(served: Serve, web: WebFolder) -> None:
    report = bench(served(web.path, "--no-access-log").url + "small.txt", "-k")
    assert number("Keep-Alive requests", report) == REQUESTS
    assert number("Non-2xx responses", report) == 0
    assert number("Document Length", report) == len(FILES["small.txt"])


def test_connections_that_are_not(served: Serve, web: WebFolder) -> None:
    report = bench(served(web.path, "--no-access-log").url + "small.txt")
    assert number("Keep-Alive requests", report) == 0
    assert number("Non-2xx responses", report) == 0
    assert number("HTML transferred", report) >= REQUESTS * len(FILES["small.txt"])


@pytest.mark.parametrize("arguments", [("-k", "-i"), ("-i",)])
def test_heads_alone(served: Serve, web: WebFolder, arguments: tuple[str, ...]) -> None:
    report = bench(served(web.path, "--no-access-log").url + "small.txt", *arguments)
    assert number("HTML transferred", report) == 0


def test_listings_and_failures_have_a_length_so_that_connections_are_kept(served: Serve, web: WebFolder) -> None:
    for path in web.path.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))  # of what is new, a listing says each minute how old it is
    server = served(web.path, "--no-access-log")
    assert number("Keep-Alive requests", bench(server.url + "folder/", "-k")) == REQUESTS
    report = bench(server.url + "missing", "-k")
    assert number("Keep-Alive requests", report) == REQUESTS
    assert number("Non-2xx responses", report) == REQUESTS


def test_the_same_file_put_by_many_at_once_is_whole(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    file = tmp_path / "sent.bin"
    file.write_bytes(FILES["folder/b.bin"])
    url = served(web.path, "--upload", "--no-access-log").url + "folder/sent.bin"
    report = bench(url, "-u", file, "-T", "application/octet-stream", requests=200)
    assert number("Non-2xx responses", report) == 0
    assert number("Total body sent", report) >= 200 * len(FILES["folder/b.bin"])
    assert digest(web.read("folder/sent.bin")) == digest(FILES["folder/b.bin"])
    assert web.names() == {*FILES, "folder/sent.bin"}
