"""Our client with our server: both sides of the port, as they are started by hand."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.growing import size_of
from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder

Serve = Callable[..., Served]
LARGE = random.Random(9).randbytes(20_000_000)


def run(
    portside: Path, *arguments: str | Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [portside, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **(env or {})},
    )


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def quoted(name: str) -> str:
    return name.replace("%", "%25").replace("#", "%23").replace("?", "%3F")


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_every_kind_of_file_comes_as_it_is(tls: bool, web: WebFolder, served: Serve, portside: Path) -> None:
    server = served(web.path, *(["--tls"] if tls else []))
    urls = [server.url + quoted(name) for name in FILES]
    ended = run(portside, "get", *urls)
    assert ended.returncode == 0, ended.stderr
    assert digest(ended.stdout) == digest(b"".join(FILES.values()))


def test_a_file_put_can_be_got(web: WebFolder, served: Serve, portside: Path, tmp_path: Path) -> None:
    server = served(web.path, "--upload", "--auth", "me:pw")
    source = tmp_path / "source, with ü.bin"
    source.write_bytes(LARGE)
    put = run(portside, "put", "-u", "me", source, server.url + "folder/", env={"PORTSIDE_PASSWORD": "pw"})
    assert put.returncode == 0, put.stderr
    assert digest(web.read(f"folder/{source.name}")) == digest(LARGE)
    got = run(portside, "get", "-u", "me:pw", f"{server.url}folder/{source.name}")
    assert digest(got.stdout) == digest(LARGE)
    wrong = run(portside, "get", "-u", "me:no", server.url)
    assert wrong.returncode == 4 and wrong.stderr.count(b"\n") == 1


def test_without_upload_nothing_can_be_put(web: WebFolder, served: Serve, portside: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(LARGE)
    ended = run(portside, "put", tmp_path / "x", served(web.path).url)
    assert ended.returncode == 1 and ended.stderr.count(b"\n") == 1
    assert web.names() == set(FILES)


def test_a_cut_download_is_completed(web: WebFolder, served: Serve, portside: Path, tmp_path: Path) -> None:
    web.put("large", LARGE)
    server = served(web.path)
    target = tmp_path / "large"
    first = subprocess.Popen([portside, "get", "-q", "-o", target, server.url + "large"], stdin=subprocess.DEVNULL)
    while first.poll() is None and not size_of(tmp_path / "large.part"):
        pass  # until the first bytes have come
    first.kill()
    first.wait()
    ended = run(portside, "get", "--json", "--resume", "-o", target, server.url + "large")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["status"] in (200, 206, 416)
    assert digest(target.read_bytes()) == digest(LARGE)
    assert {path.name for path in tmp_path.glob("large*")} == {"large"}


def test_a_listing_is_text_that_compresses(web: WebFolder, served: Serve, portside: Path) -> None:
    ended = run(portside, "get", "-v", served(web.path).url + "folder/")
    assert b"a.txt" in ended.stdout and ended.returncode == 0
