"""``portside get`` and ``put`` with nginx: bytes compared by digest."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import certificates
from tests.support.growing import wait_for_size
from tests.support.nginx import Nginx
from tests.support.processes import Running

pytestmark = pytest.mark.peer

Start = Callable[..., Nginx]
LARGE = random.Random(5).randbytes(8_000_000)
TEXT = b"".join(b"line %d of a page that is worth compressing\n" % number for number in range(20_000))


def get(
    portside: Path, *arguments: str | Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [portside, "get", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **(env or {})},
    )


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "large.bin").write_bytes(LARGE)
    (folder / "page.txt").write_bytes(TEXT)
    (folder / "empty").write_bytes(b"")
    (folder / "ü name.txt").write_bytes(b"umlaut")
    (folder / "index.html").write_bytes(b"<h1>home</h1>")
    (folder / "folder").mkdir()
    (folder / "folder" / "index.html").write_bytes(b"<h1>folder</h1>")
    return folder


@pytest.mark.parametrize("name", ["large.bin", "page.txt", "empty", "ü name.txt", "", "folder/"])
def test_a_page_comes_as_it_is(name: str, root: Path, nginx: Start, portside: Path) -> None:
    ended = get(portside, nginx(root).url + name)
    path = root / name / ("index.html" if name in ("", "folder/") else "")
    assert ended.returncode == 0, ended.stderr
    assert digest(ended.stdout) == digest(path.read_bytes())


def test_the_redirect_of_a_folder_is_followed(root: Path, nginx: Start, portside: Path) -> None:
    server = nginx(root, server="absolute_redirect off;")
    assert get(portside, server.url + "folder").stdout == b"<h1>folder</h1>"


def test_redirects_of_every_kind_are_followed(root: Path, nginx: Start, portside: Path) -> None:
    kinds = (301, 302, 303, 307, 308)
    server = nginx(root, server="".join(f"location /r{kind} {{ return {kind} /page.txt; }}" for kind in kinds))
    for kind in kinds:
        assert digest(get(portside, f"{server.url}r{kind}").stdout) == digest(TEXT), kind


def test_a_loop_ends_with_one_line(root: Path, nginx: Start, portside: Path) -> None:
    ended = get(portside, nginx(root, server="location /l { return 302 /l; }").url + "l")
    assert ended.returncode == 1 and b"20 redirects" in ended.stderr


def test_compressed_and_in_chunks_it_is_the_same(root: Path, nginx: Start, portside: Path) -> None:
    server = nginx(root, http="gzip on; gzip_types *; gzip_min_length 1;")
    ended = get(portside, "-v", server.url + "page.txt")
    assert b"< Transfer-Encoding: chunked" in ended.stderr and b"< Content-Encoding: gzip" in ended.stderr
    assert digest(ended.stdout) == digest(TEXT)


def test_the_head_alone(root: Path, nginx: Start, portside: Path) -> None:
    ended = get(portside, "-I", nginx(root).url + "large.bin")
    assert b"Content-Length: 8000000" in ended.stdout and ended.returncode == 0


def test_resume_completes_what_was_cut(
    root: Path, nginx: Start, process: Callable[..., Running], portside: Path, tmp_path: Path
) -> None:
    slow = nginx(root, server="location /large.bin { limit_rate_after 3m; limit_rate 1k; }")
    target, part = tmp_path / "large.bin", tmp_path / "large.bin.part"
    cut = process(portside, "get", "-o", target, slow.url + "large.bin")
    wait_for_size(part, 1_000_000)
    cut.signal(signal.SIGINT)
    assert cut.wait() == 130 and not target.exists()
    came = part.stat().st_size
    assert 0 < came < len(LARGE)
    fast = nginx(root)
    note = target.with_name("large.bin.part.json")
    note.write_text(json.dumps({**json.loads(note.read_text()), "url": fast.url + "large.bin"}))
    said = json.loads(get(portside, "--json", "--resume", "-o", target, fast.url + "large.bin").stdout)
    assert said["status"] == 206 and said["bytes"] == len(LARGE) - came
    assert digest(target.read_bytes()) == digest(LARGE)


def test_resume_of_a_file_that_has_changed_starts_anew(
    root: Path, nginx: Start, portside: Path, tmp_path: Path
) -> None:
    server = nginx(root)
    target = tmp_path / "f"
    target.with_name("f.part").write_bytes(b"old" * 1000)
    note = {"url": server.url + "large.bin", "validator": '"0-0"', "size": None}
    target.with_name("f.part.json").write_text(json.dumps(note))
    said = json.loads(get(portside, "--json", "--resume", "-o", target, server.url + "large.bin").stdout)
    assert said["status"] == 200 and digest(target.read_bytes()) == digest(LARGE)


def test_basic_login(root: Path, nginx: Start, portside: Path, tmp_path: Path) -> None:
    (tmp_path / "users").write_text("me:{PLAIN}secret\n")
    server = nginx(root, server=f'auth_basic "here"; auth_basic_user_file {tmp_path}/users;')
    assert get(portside, "-u", "me:secret", server.url).stdout == b"<h1>home</h1>"
    assert get(portside, server.url.replace("//", "//me:secret@")).stdout == b"<h1>home</h1>"
    assert get(portside, "-u", "me", server.url, env={"PORTSIDE_PASSWORD": "secret"}).stdout == b"<h1>home</h1>"
    wrong = get(portside, "-u", "me:wrong", server.url)
    assert wrong.returncode == 4 and wrong.stdout == b"" and wrong.stderr.count(b"\n") == 1
    assert get(portside, server.url).returncode == 1


def test_a_file_is_put_whole(root: Path, nginx: Start, portside: Path, tmp_path: Path) -> None:
    server = nginx(root, server="location /in/ { dav_methods PUT; create_full_put_path on; client_max_body_size 0; }")
    source = tmp_path / "source"
    source.write_bytes(LARGE)
    for arguments, name in (((str(source), "in/"), "source"), ((str(source), "in/other"), "other")):
        put = [portside, "put", arguments[0], server.url + arguments[1]]
        ended = subprocess.run(put, capture_output=True, check=False, timeout=60)
        assert ended.returncode == 0, ended.stderr
        assert digest((root / "in" / name).read_bytes()) == digest(LARGE)
    with source.open("rb") as file:
        piped = [portside, "put", "-", server.url + "in/piped"]
        assert subprocess.run(piped, stdin=file, capture_output=True, check=False, timeout=60).returncode == 0
    assert digest((root / "in" / "piped").read_bytes()) == digest(LARGE)


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    root: Path, nginx: Start, portside: Path, tmp_path: Path
) -> None:
    server = nginx(root, server="location /in/ { dav_methods PUT; client_max_body_size 1k; }")
    (tmp_path / "source").write_bytes(LARGE)
    put = [portside, "put", "--json", tmp_path / "source", server.url + "in/x"]
    ended = subprocess.run(put, capture_output=True, check=False, timeout=60)
    assert ended.returncode == 1 and b" answered 413 " in ended.stderr
    assert json.loads(ended.stdout)["bytes"] == 0


# --------------------------------------------------------------------------------------------------- https


@pytest.fixture
def ca(tmp_path: Path) -> certificates.Pair:
    (tmp_path / "ca").mkdir()
    return certificates.make_ca(tmp_path / "ca")


def secure(nginx: Start, root: Path, pair: certificates.Pair) -> str:
    return nginx(root, cert=pair.cert, key=pair.key).url.replace("127.0.0.1", "localhost")


def test_https_with_a_good_certificate(
    root: Path, nginx: Start, portside: Path, ca: certificates.Pair, tmp_path: Path
) -> None:
    url = secure(nginx, root, certificates.good(tmp_path, ca))
    ended = get(portside, "--cacert", ca.cert, url + "large.bin")
    assert ended.returncode == 0, ended.stderr
    assert digest(ended.stdout) == digest(LARGE)


FAULTS = {
    "wrong name": (certificates.wrong_name, "for another name"),
    "expired": (certificates.expired, "expired"),
    "not yet valid": (certificates.not_yet_valid, "not yet valid"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_certificate_is_refused_with_its_fault(
    fault: str, root: Path, nginx: Start, portside: Path, ca: certificates.Pair, tmp_path: Path
) -> None:
    make, words = FAULTS[fault]
    _refused(get(portside, "--cacert", ca.cert, secure(nginx, root, make(tmp_path, ca))), words)


def test_a_self_signed_certificate_is_refused(root: Path, nginx: Start, portside: Path, tmp_path: Path) -> None:
    _refused(get(portside, secure(nginx, root, certificates.self_signed(tmp_path))), "self-signed")


def test_an_unknown_authority_is_refused_unless_nobody_verifies(
    root: Path, nginx: Start, portside: Path, tmp_path: Path
) -> None:
    url = secure(nginx, root, certificates.unknown_ca(tmp_path))
    _refused(get(portside, url), "CA unknown")
    assert get(portside, "-k", url).stdout == b"<h1>home</h1>"


def _refused(ended: subprocess.CompletedProcess[bytes], words: str) -> None:
    assert ended.returncode == 4 and ended.stdout == b""
    assert ended.stderr.count(b"\n") == 1 and words in ended.stderr.decode()


def test_https_never_leads_back_to_http(
    root: Path, nginx: Start, portside: Path, ca: certificates.Pair, tmp_path: Path
) -> None:
    pair = certificates.good(tmp_path, ca)
    server = nginx(root, cert=pair.cert, key=pair.key, server="location /r { return 302 http://localhost:1/; }")
    ended = get(portside, "--cacert", ca.cert, server.url + "r")
    assert ended.returncode == 1 and b"not secure" in ended.stderr


# ----------------------------------------------------------------------------------------------- kill -9


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_a_killed_download_never_leaves_half_a_file_and_can_be_resumed(
    root: Path, nginx: Start, portside: Path, tmp_path: Path
) -> None:
    server = nginx(root, server="limit_rate 60m;")
    lots = random.Random(11)
    for number in range(100 if os.environ.get("PORTSIDE_PROVE") == "1" else 6):
        target = tmp_path / f"f{number}"
        arguments = [portside, "get", "-q", "--resume", "-o", target, server.url + "large.bin"]
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
        try:
            process.wait(lots.uniform(0.0, 0.5))
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        if target.exists():
            assert digest(target.read_bytes()) == digest(LARGE)
        assert subprocess.run(arguments, check=False, timeout=60, stdin=subprocess.DEVNULL).returncode == 0
        assert digest(target.read_bytes()) == digest(LARGE)
        assert {path.name for path in tmp_path.glob(f"f{number}*")} == {f"f{number}"}
