"""``kill -9`` in the middle: of a server or a client, of an upload or a download, at moments drawn by lot.

A gate between the two shuts after so many bytes; then one of them is killed. Under the final name there is never half a
file, a download is resumed, an upload is sent again whole, and what a killed server left behind is seen by nobody
and removed by the next.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.commands import CURL, curl
from tests.support.gate import Gate
from tests.support.growing import size_of, wait_for_size
from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.processes import Running
from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder, digest

pytestmark = [pytest.mark.peer, pytest.mark.prove]

Serve = Callable[..., Served]
Process = Callable[..., Running]

MOMENTS = 100 if os.environ.get("PORTSIDE_PROVE") == "1" else 4
OLD = b"what was there before\n" * 1000
NEW = random.Random(4).randbytes(3_000_000)
TEMPORARY = ".portside-"
WAIT = 30.0
DONE, LOST, CUT, KILLED = 0, 3, 6, -9
"""Exit codes."""


def moments(total: int) -> Iterator[int]:
    """Numbers of bytes after which to kill: drawn by lot, and every fourth time when all has passed."""
    lots = random.Random(total)
    return (total if number % 4 == 3 else lots.randrange(1, total) for number in range(MOMENTS))


def start(server: Callable[..., Served], web: WebFolder) -> Served:
    return server(web.path, "--upload", "--hidden", "--quiet")


def kill(victim: Running) -> None:
    victim.popen.kill()
    victim.wait()


# ------------------------------------------------------------------------------------------------ uploads


def upload_command(program: str, portside: Path, file: Path, url: str) -> list[str | Path]:
    if program == "curl":
        return [need("curl"), *CURL, "-f", "-T", file, url]
    return [portside, "put", "-q", "--retries", "0", file, url]


def upload(process: Process, command: list[str | Path]) -> None:
    """To its end, which has to be good."""
    ended = process(*command)
    assert ended.wait() == 0, ended


def temporaries(web: WebFolder) -> set[str]:
    return {name for name in web.names() if TEMPORARY in name}


@pytest.mark.parametrize("victim", ["client", "server"])
@pytest.mark.parametrize("program", ["curl", "portside"])
def test_a_killed_upload_leaves_the_old_file_or_the_new_one_and_can_be_repeated(
    served: Serve, process: Process, portside: Path, web: WebFolder, tmp_path: Path, program: str, victim: str
) -> None:
    sent = tmp_path / "sent.bin"
    sent.write_bytes(NEW)
    server = start(served, web)
    with Gate(server.address) as gate:
        command = upload_command(program, portside, sent, f"http://{gate.host}:{gate.port}/folder/sent.bin")
        upload(process, command)
        total = gate.passed["up"]
        for number, moment in enumerate(moments(total)):
            before = prepare(web, number)
            gate.shut_after("up", moment)
            client = process(*command)
            reached = gate.wait()
            assert reached or client.wait() == 0
            kill(client if victim == "client" else server.process)
            gate.cut()
            assert what_stands(web) in (before, digest(NEW))
            client.wait()
            if victim == "server":
                server = start(served, web)
                gate.address = server.address
            upload(process, command)
            assert digest(web.read("folder/sent.bin")) == digest(NEW)
            wait_until_tidy(web, server)


def prepare(web: WebFolder, number: int) -> str | None:
    """Every second time there is an older file under the name; the digest of what is there now."""
    if number % 2:
        (web.path / "folder/sent.bin").unlink()
    else:
        web.put("folder/sent.bin", OLD)
    return what_stands(web)


def what_stands(web: WebFolder) -> str | None:
    file = web.path / "folder/sent.bin"
    return digest(file.read_bytes()) if file.exists() else None


def wait_until_tidy(web: WebFolder, server: Served) -> None:
    """Return when nothing is left but the files; the server is asked for something meanwhile."""
    deadline = time.monotonic() + WAIT
    while web.names() != {*FILES, "folder/sent.bin"}:
        assert time.monotonic() < deadline, f"something was left behind: {web.names() - set(FILES)}"
        curl("-o", os.devnull, server.url)


def test_what_is_being_written_and_what_was_left_behind_is_seen_by_nobody(
    served: Serve, process: Process, portside: Path, web: WebFolder, tmp_path: Path
) -> None:
    sent = tmp_path / "sent.bin"
    sent.write_bytes(NEW)
    server = start(served, web)
    with Gate(server.address) as gate:
        gate.shut_after("up", len(NEW) // 2)
        client = process(*upload_command("curl", portside, sent, f"http://{gate.host}:{gate.port}/folder/"))
        assert gate.wait()  # curl sends its body when the server has told it to, with the temporary at hand
        seen_by_nobody(web, server)
        kill(server.process)
        gate.cut()
        assert client.wait() != 0
    server = start(served, web)
    seen_by_nobody(web, server)
    assert "folder/sent.bin" not in web.names()
    curl("-f", "-F", "file=@-;filename=other.txt", server.url + "folder/", data=b"the next upload tidies up")
    assert web.names() == {*FILES, "folder/other.txt"}


def seen_by_nobody(web: WebFolder, server: Served) -> None:
    """There is one temporary, and whoever asks for it, lists it or would write to it learns nothing."""
    (name,) = temporaries(web)
    left = web.read(name)
    listing = (
        curl("-H", "Accept: application/json", server.url + "folder/").stdout + curl(server.url + "folder/").stdout
    )
    assert TEMPORARY.encode() not in listing
    told = ("-o", os.devnull, "-w", "%{http_code}")
    for how in ((), ("-I",), ("-r", "0-5")):
        assert curl(*told, *how, server.url + name).stdout == b"404"
    assert curl(*told, "-T", "-", server.url + name, data=b"mine").stdout == b"404"
    assert web.read(name)[: len(left)] == left


# ---------------------------------------------------------------------------------------------- downloads


@pytest.mark.parametrize("victim", ["client", "server"])
def test_a_killed_download_leaves_no_half_file_and_is_resumed(
    served: Serve, process: Process, portside: Path, web: WebFolder, tmp_path: Path, victim: str
) -> None:
    content = web.put("sent.bin", NEW).read_bytes()
    folder = tmp_path / "copies"
    folder.mkdir()
    target, part = folder / "copy.bin", folder / "copy.bin.part"
    server = start(served, web)
    with Gate(server.address) as gate:
        url = f"http://{gate.host}:{gate.port}/sent.bin"
        command = [portside, "get", "-q", "--retries", "0", "--resume", "-o", target, url]
        upload(process, command)
        total = gate.passed["down"]
        assert digest(target.read_bytes()) == digest(content)
        for number, moment in enumerate(moments(total)):
            target.unlink()
            gate.shut_after("down", moment)
            client = process(*command)
            gate.wait()
            if number % 2 and moment < total:
                wait_for_size(part, moment - (total - len(content)))  # all that has passed has been written
            kill(client if victim == "client" else server.process)
            gate.cut()
            assert client.wait() in ((DONE, CUT, LOST) if victim == "server" else (DONE, KILLED))
            if target.exists():
                assert digest(target.read_bytes()) == digest(content)
            else:
                assert client.wait() != DONE
            have = size_of(part)
            assert content.startswith(part.read_bytes() if have else b"")
            if victim == "server":
                server = start(served, web)
                gate.address = server.address
            gate.shut_after("down", None)
            upload(process, command)
            assert digest(target.read_bytes()) == digest(content)
            assert have == 0 or gate.passed["down"] <= total - have + 100  # the rest alone was sent
            assert [path.name for path in folder.iterdir()] == ["copy.bin"]


def test_a_download_whose_file_has_changed_meanwhile_starts_anew(
    served: Serve, process: Process, portside: Path, web: WebFolder, tmp_path: Path
) -> None:
    web.put("sent.bin", NEW)
    target = tmp_path / "copy.bin"
    server = start(served, web)
    with Gate(server.address) as gate:
        command = [portside, "get", "-q", "--resume", "-o", target, f"http://{gate.host}:{gate.port}/sent.bin"]
        gate.shut_after("down", len(NEW) // 2)
        client = process(*command)
        assert gate.wait()
        wait_for_size(tmp_path / "copy.bin.part", 1)
        kill(client)
        gate.cut()
        assert not target.exists()
        web.put("sent.bin", NEW[::-1])
        upload(process, command)
    assert digest(target.read_bytes()) == digest(NEW[::-1])


def test_a_killed_server_frees_its_port_at_once(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--port", str(free_tcp_port()))  # one that nobody is given in between
    kill(server.process)
    again = served(web.path, "--port", str(server.port))
    assert digest(curl(again.url + "large.bin").stdout) == digest(FILES["large.bin"])
