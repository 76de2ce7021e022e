"""Downloads: whole or not at all, and continued only where the server proves that it is still the same."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.errors import BrokenPromise, PortsideError, RemoteError, UsageError
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.download import Download, Wish, remote_name, validator_of
from portside.protocols.http.client.settings import Settings
from portside.protocols.http.messages import Headers
from tests.unit.protocols.http.client.scripted import Asked, Says, Script, Scripted, Thing, ok, scripted

DATA = random.Random(1).randbytes(300_000)


def fetch(script: Script, target: Path, *, resume: bool = False, retries: int = 0) -> tuple[Scripted, Download]:
    """One download of ``/x``."""

    async def run() -> tuple[Scripted, Download]:
        async with scripted(script) as server, Client(Settings(timeout=20.0, retries=retries)) as client:
            download = Download(client, Wish(server.url + "x"), target, resume=resume, draw=lambda: 0.0)
            _adopt(target, server.url + "x")
            await download.run()
            return server, download

    return asyncio.run(run())


def _adopt(target: Path, url: str) -> None:
    """A note left by an earlier server names another port: make it this one's."""
    note = target.with_name(target.name + ".part.json")
    if note.exists() and (said := json.loads(note.read_bytes()))["url"] != "http://other/":
        note.write_text(json.dumps({**said, "url": url}))


def leave_half(
    target: Path, size: int = 100_000, etag: str = '"v1"', whole: int | None = len(DATA), url: str = ""
) -> None:
    target.with_name(target.name + ".part").write_bytes(DATA[:size])
    note = {"url": url, "validator": etag, "size": whole}
    target.with_name(target.name + ".part.json").write_text(json.dumps(note))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "x"


def test_a_whole_file_is_saved_and_nothing_else_is_left(target: Path) -> None:
    _, download = fetch(Thing(DATA), target)
    assert target.read_bytes() == DATA and names(target.parent) == {"x"}
    assert download.saved and (download.received, download.total) == (len(DATA), len(DATA))


def test_a_cut_download_keeps_what_came_beside_the_old_file(target: Path) -> None:
    target.write_bytes(b"old")
    with pytest.raises(BrokenPromise, match="cut short"):
        fetch(Thing(DATA, cut=[100_000]), target)
    assert target.read_bytes() == b"old"
    assert target.with_name("x.part").read_bytes() == DATA[:100_000]


def test_resume_asks_for_the_rest_alone(target: Path) -> None:
    leave_half(target)
    server, download = fetch(Thing(DATA), target, resume=True)
    assert target.read_bytes() == DATA and names(target.parent) == {"x"}
    assert (server.asked[0].field("range"), server.asked[0].field("if-range")) == ("bytes=100000-", '"v1"')
    assert server.asked[0].field("accept-encoding") == "identity"
    assert (download.offset, download.received) == (100_000, 200_000)


def test_a_password_in_the_url_is_written_nowhere(target: Path) -> None:
    async def run() -> None:
        async with scripted(Thing(DATA, cut=[1000])) as server, Client(Settings(timeout=20.0)) as client:
            wish = Wish(server.url.replace("//", "//me:secret@") + "x")
            with pytest.raises(BrokenPromise):
                await Download(client, wish, target, resume=False).run()
            assert json.loads(target.with_name("x.part.json").read_bytes())["url"] == server.url + "x"
            await Download(client, wish, target, resume=True).run()
            assert server.asked[1].field("range") == "bytes=1000-"

    asyncio.run(run())


def test_without_resume_a_part_is_replaced(target: Path) -> None:
    leave_half(target)
    server, _ = fetch(Thing(DATA), target)
    assert target.read_bytes() == DATA and server.asked[0].field("range") is None


@pytest.mark.parametrize("resume", [False, True])
def test_retries_continue_where_it_was_cut(target: Path, resume: bool) -> None:
    server, _ = fetch(Thing(DATA, cut=[1000, 0, 5000, 100]), target, resume=resume, retries=4)
    assert target.read_bytes() == DATA
    assert [asked.field("range") for asked in server.asked] == [
        None, "bytes=1000-", "bytes=1000-", "bytes=6000-", "bytes=6100-",
    ]  # fmt: skip


def test_a_thing_that_has_changed_starts_anew(target: Path) -> None:
    leave_half(target, etag='"v0"')
    fetch(Thing(DATA), target, resume=True)
    assert target.read_bytes() == DATA


def test_a_part_of_another_url_starts_anew(target: Path) -> None:
    leave_half(target, url="http://other/")
    server, _ = fetch(Thing(DATA), target, resume=True)
    assert target.read_bytes() == DATA and server.asked[0].field("range") is None


def test_a_part_without_a_note_starts_anew(target: Path) -> None:
    target.with_name("x.part").write_bytes(b"who knows")
    server, _ = fetch(Thing(DATA), target, resume=True)
    assert target.read_bytes() == DATA and server.asked[0].field("range") is None


def test_a_part_that_is_whole_already_only_gets_its_name(target: Path) -> None:
    leave_half(target, size=len(DATA))
    _, download = fetch(Thing(DATA), target, resume=True)
    assert target.read_bytes() == DATA and names(target.parent) == {"x"}
    assert download.saved and download.received == 0


def test_a_part_longer_than_the_thing_starts_anew(target: Path) -> None:
    leave_half(target, size=200, whole=None)
    server, _ = fetch(Thing(b"short"), target, resume=True)
    assert target.read_bytes() == b"short" and len(server.asked) == 2


LIES = {
    "another start": "bytes 99999-299999/300000",
    "another size": "bytes 100000-300000/300001",
    "less than the rest": "bytes 100000-200000/300000",
    "no range": "bytes 5-3/2",
    "another unit": "lines 1-2/3",
    "nothing": "",
    "numbers that are none": "bytes +100000-2_99999/300000",
}


@pytest.mark.parametrize("said", LIES.values(), ids=LIES.keys())
def test_a_part_that_does_not_fit_is_not_pasted_in(target: Path, said: str) -> None:
    def script(asked: Asked) -> Says:
        if asked.field("range"):
            return ok(DATA[100_000:], f"Content-Range: {said}", status="206 Partial Content")
        return ok(DATA)

    leave_half(target)
    fetch(script, target, resume=True)
    assert target.read_bytes() == DATA


def test_a_part_of_another_version_is_not_pasted_in(target: Path) -> None:
    def script(asked: Asked) -> Says:
        if asked.field("range"):
            lines = ("Content-Range: bytes 100000-299999/300000", 'ETag: "v2"')
            return ok(b"!" * 200_000, *lines, status="206 Partial Content")
        return ok(DATA)

    leave_half(target)
    fetch(script, target, resume=True)
    assert target.read_bytes() == DATA


def test_a_part_longer_than_it_says_is_refused(target: Path) -> None:
    def script(asked: Asked) -> Says:
        return ok(DATA[100_000:] + b"more", "Content-Range: bytes 100000-299999/300000", status="206 Partial Content")

    leave_half(target)
    with pytest.raises(BrokenPromise, match="promised"):
        fetch(script, target, resume=True)
    assert not target.exists()


def test_a_part_nobody_asked_for_is_refused(target: Path) -> None:
    says = ok(b"abc", "Content-Range: bytes 0-2/10", status="206 Partial Content")
    with pytest.raises(RemoteError, match="206"):
        fetch([says], target)
    assert names(target.parent) == set()


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "304 Not Modified", "302 Found"])
def test_an_error_is_no_file(target: Path, status: str) -> None:
    target.write_bytes(b"old")
    _, download = fetch([ok(b"sorry" if status[0] != "3" else b"", status=status)], target)
    assert not download.saved and target.read_bytes() == b"old" and names(target.parent) == {"x"}


def test_an_error_leaves_the_part_for_another_day(target: Path) -> None:
    leave_half(target)
    fetch([ok(b"busy", status="503 Busy")], target, resume=True)
    assert target.with_name("x.part").read_bytes() == DATA[:100_000]


def test_an_empty_file_is_a_file(target: Path) -> None:
    fetch([ok(b"")], target)
    assert target.read_bytes() == b"" and names(target.parent) == {"x"}


@pytest.mark.parametrize("failure", [PortsideError, OSError, KeyError])
def test_a_disk_that_fails_leaves_no_file_under_the_name(
    target: Path, failure: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, data: bytes) -> None:
        raise failure("full")

    monkeypatch.setattr("portside.files.partial.Partial.write", fail)
    with pytest.raises(failure):
        fetch(Thing(DATA), target)
    assert not target.exists()


VALIDATORS: list[tuple[list[tuple[bytes, bytes]], str | None]] = [
    ([(b"ETag", b'"a"')], '"a"'),
    ([(b"ETag", b'W/"a"')], None),
    ([(b"ETag", b"a")], None),
    ([], None),
    ([(b"Last-Modified", b"Sun, 06 Nov 1994 08:49:37 GMT")], None),
    (
        [(b"Last-Modified", b"Sun, 06 Nov 1994 08:49:37 GMT"), (b"Date", b"Sun, 06 Nov 1994 08:49:37 GMT")],
        None,
    ),
    (
        [(b"Last-Modified", b"Sun, 06 Nov 1994 08:49:37 GMT"), (b"Date", b"Sun, 06 Nov 1994 08:49:38 GMT")],
        "Sun, 06 Nov 1994 08:49:37 GMT",
    ),
    ([(b"Last-Modified", b"yesterday"), (b"Date", b"Sun, 06 Nov 1994 08:49:38 GMT")], None),
]


@pytest.mark.parametrize(("lines", "validator"), VALIDATORS)
def test_only_what_is_strong_lets_a_download_continue(lines: list[tuple[bytes, bytes]], validator: str | None) -> None:
    assert validator_of(Headers(lines)) == validator


NAMES = [
    ("http://a/x", "x"),
    ("http://a/b/c.tar.gz?v=1#top", "c.tar.gz"),
    ("http://a/a%20b", "a b"),
    ("http://a/caf%C3%A9", "café"),
    ("http://a/-rf", "-rf"),
]


@pytest.mark.parametrize(("url", "name"), NAMES)
def test_the_remote_name_is_the_last_one_in_the_path(url: str, name: str) -> None:
    assert remote_name(url) == name


@pytest.mark.parametrize(
    "path",
    ["", "/", "/a/", "/.bashrc", "/%2e%2e", "/..%2f..%2fetc", "/a%2fb", "/a%00b", "/a%0ab", "/%1b[2J", "/a%5cb", "/%",
     "/...", "/" + "x" * 300],
)  # fmt: skip
def test_a_name_that_could_hide_or_climb_is_refused(path: str) -> None:
    with pytest.raises(UsageError):
        remote_name("http://a" + path)


def test_the_whole_is_the_same_however_often_it_is_cut(target: Path) -> None:
    lots: Callable[[int, int], int] = random.Random(3).randint
    for _ in range(10):
        cuts = [lots(0, 80_000) for _ in range(8)]
        fetch(Thing(DATA, cut=cuts), target, resume=True, retries=8)
        assert target.read_bytes() == DATA
        target.unlink()
