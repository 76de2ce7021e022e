"""A served folder, asked directly: what is found, in which form, and what is refused."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portside.errors import UsageError
from portside.protocols.http.messages import Response
from portside.protocols.http.rules.memory import ServerMemory
from portside.protocols.http.server import files as files_room
from portside.protocols.http.server import folder as folder_room
from portside.protocols.http.server.codings import LARGEST_CODED, encode
from portside.protocols.http.server.folder import Folder
from portside.protocols.http.server.remembered import Remembered
from portside.protocols.http.server.settings import FolderSettings
from tests.support.asks import Arrived, Got, ask, request
from tests.support.talks import EPOCH, Talk

PAGE = b"<!doctype html><title>page</title>" + b"<p>text</p>" * 200
LARGE = b"".join(b"%07d\n" % number for number in range(20_000))
SOME_TIME_AGO = 1_600_000_000


def write(path: Path, content: bytes, *, age: float = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (SOME_TIME_AGO - age, SOME_TIME_AGO - age))
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    write(root / "index.html", PAGE)
    write(root / "a.txt", b"hello world")
    write(root / "large.txt", LARGE)
    write(root / "large.bin", LARGE)
    write(root / "empty", b"")
    write(root / "sub" / "b.txt", b"b")
    write(root / "sub" / ".secret", b"secret")
    write(root / "with index" / "index.htm", b"old style")
    write(root / ".hidden" / "c.txt", b"secret")
    write(tmp_path / "outside.txt", b"outside")
    return root


@pytest.fixture
def folder(site: Path) -> Folder:
    return Folder(FolderSettings(site))


def open_files() -> set[Path]:
    """The files that this process has open; those of others may be closed meanwhile."""
    return set(Path("/proc/self/fd").iterdir())


class Hands:
    """The clocks of a folder, in a test's own hands."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.wall = float(2**32)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    hands = Hands()
    clock = SimpleNamespace(monotonic=lambda: hands.now, time=lambda: hands.wall)
    monkeypatch.setattr(folder_room, "time", clock)
    monkeypatch.setattr(files_room, "time", clock)
    monkeypatch.setattr("portside.protocols.http.server.remembered.time", clock)
    return hands  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------- what is there


@pytest.mark.parametrize(("target", "body", "kind"), [
    ("/", PAGE, "text/html; charset=utf-8"), ("/index.html", PAGE, "text/html; charset=utf-8"),
    ("/a.txt", b"hello world", "text/plain; charset=utf-8"), ("/%61.txt", b"hello world", "text/plain; charset=utf-8"),
    ("//a.txt", b"hello world", "text/plain; charset=utf-8"), ("/a.txt?x=1", b"hello world",
    "text/plain; charset=utf-8"),
    ("http://localhost/a.txt", b"hello world", "text/plain; charset=utf-8"), ("/large.txt", LARGE,
    "text/plain; charset=utf-8"),
    ("/large.bin", LARGE, "application/octet-stream"), ("/empty", b"", "application/octet-stream"),
    ("/sub/b.txt", b"b", "text/plain; charset=utf-8"), ("/with%20index/", b"old style", "text/html; charset=utf-8"),
])  # fmt: skip
def test_a_file_is_served_whole_with_its_type_and_validators(
    folder: Folder, target: str, body: bytes, kind: str
) -> None:
    got = ask(folder, target)
    assert (got.status, got.body, got.text("Content-Type")) == (200, body, kind)
    assert got.text("Last-Modified") == "Sun, 13 Sep 2020 12:26:40 GMT"
    assert re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+-[0-9a-f]+"', got.text("ETag"))
    assert got.text("Accept-Ranges") == "bytes"
    assert got.text("Cache-Control") == "no-cache"


@pytest.mark.parametrize(
    "target", ["/", "/a.txt", "/large.txt", "/large.bin", "/empty", "/sub/", "/none", "/sub", "/a.txt/"]
)
def test_head_gets_what_get_gets_without_the_body(folder: Folder, target: str) -> None:
    get, head = ask(folder, target), ask(folder, target, "HEAD")
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


@pytest.mark.parametrize("target", [
    "/none", "/none/", "/a.txt/", "/a.txt/b", "/sub/none", "/.hidden/", "/.hidden/c.txt", "/sub/.secret",
    "/index.html/", "/" + "x" * 300,
])  # fmt: skip
def test_what_is_not_there_is_404(folder: Folder, target: str) -> None:
    got = ask(folder, target)
    assert got.status == 404
    assert b"secret" not in got.body


@pytest.mark.parametrize(
    "target", ["/../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt", "/a%00", "/%", "/a\\b", "*", "a"]
)
def test_what_is_no_path_is_400(folder: Folder, target: str) -> None:
    assert ask(folder, target).status == 400


def test_hidden_files_are_shown_where_that_is_wanted(site: Path) -> None:
    folder = Folder(FolderSettings(site, hidden=True))
    assert ask(folder, "/.hidden/c.txt").body == b"secret"
    assert b".secret" in ask(folder, "/sub/").body


def test_a_folder_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Folder(FolderSettings(tmp_path / "none"))


def test_what_may_not_be_read_is_403(site: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def denied(path: Any, *arguments: Any, **options: Any) -> int:
        if str(path).endswith("a.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", denied)
    assert ask(folder, "/a.txt").status == 403


# ------------------------------------------------------------------------------------------------- redirects


@pytest.mark.parametrize(("target", "place"), [
    ("/sub", "/sub/"), ("/sub?x=1&y", "/sub/?x=1&y"), ("/sub?", "/sub/?"), ("//sub", "/sub/"), ("/%73ub", "/sub/"),
    ("/with%20index", "/with%20index/"), ("http://evil.example/sub", "/sub/"), ("/sub?//evil.example",
    "/sub/?//evil.example"),
])  # fmt: skip
def test_a_folder_without_its_slash_is_redirected_to_itself(folder: Folder, target: str, place: str) -> None:
    got = ask(folder, target)
    assert (got.status, got.text("Location")) == (301, place)


@pytest.mark.parametrize("target", [
    "//evil.example/..", "//evil.example/%2e%2e", "//evil.example", "///evil.example", "/\\evil.example",
    "//evil.example/..;/",
    "/%2fevil.example", "//evil.example/%2f..", "/%5cevil.example", "//evil.example//sub", "/sub/..", "//sub\\..",
])  # fmt: skip
def test_no_redirect_leads_to_another_host(folder: Folder, target: str) -> None:
    assert ask(folder, target).status in (400, 404)


def test_a_folder_with_an_odd_name_is_redirected_within(site: Path, folder: Folder) -> None:
    for name in ("evil.example", "aa:b", "x@y", "ü", "100%", "'\"<>"):
        (site / name).mkdir()
        got = ask(folder, "//" + "".join(f"%{octet:02x}" for octet in name.encode()))
        assert got.status == 301
        assert re.fullmatch(r"/[A-Za-z0-9%@._-][A-Za-z0-9%@.:_-]*/", got.text("Location"))


# -------------------------------------------------------------------------------------------------- listings


def listed(got: Got) -> list[str]:
    return [entry["name"] for entry in json.loads(got.body)["entries"]]


def test_a_folder_without_an_index_is_listed(folder: Folder) -> None:
    got = ask(folder, "/sub/", accept="text/html")
    assert (got.status, got.text("Content-Type"), got.text("Vary")) == (200, "text/html; charset=utf-8", "Accept")
    assert b"b.txt" in got.body
    assert b".secret" not in got.body
    assert "default-src 'none'" in got.text("Content-Security-Policy")


def test_a_program_gets_the_listing_as_json_in_the_order_it_asks_for(site: Path, folder: Folder) -> None:
    (site / "index.html").unlink()
    got = ask(folder, "/", accept="application/json")
    assert got.text("Content-Type") == "application/json"
    names = [name.rstrip("/") for name in listed(got)]
    assert set(names) == {"a.txt", "empty", "large.bin", "large.txt", "sub", "with index"}


def test_a_link_out_of_the_folder_is_not_listed_and_not_served(site: Path, folder: Folder) -> None:
    (site / "sub" / "out.txt").symlink_to(site.parent / "outside.txt")
    (site / "sub" / "up").symlink_to(site.parent)
    (site / "sub" / "in.txt").symlink_to(site / "a.txt")
    assert set(listed(ask(folder, "/sub/", accept="application/json"))) == {"b.txt", "in.txt"}
    assert ask(folder, "/sub/in.txt").body == b"hello world"
    for target in ("/sub/out.txt", "/sub/up/", "/sub/up/outside.txt", "/sub/up"):
        assert ask(folder, target).status == 404


def test_a_folder_is_not_listed_where_that_is_not_wanted(site: Path) -> None:
    folder = Folder(FolderSettings(site, listing=False))
    assert ask(folder, "/sub/").status == 403
    assert ask(folder, "/").body == PAGE


def test_a_folder_called_index_is_no_index(site: Path, folder: Folder) -> None:
    (site / "sub" / "index.html").mkdir()
    assert b"b.txt" in ask(folder, "/sub/").body


def test_the_first_index_that_is_there_counts(site: Path) -> None:
    folder = Folder(FolderSettings(site, index=("none.html", "a.txt", "index.html")))
    assert ask(folder, "/").body == b"hello world"


# --------------------------------------------------------------------------------------------------- methods


@pytest.mark.parametrize("target", ["/", "/a.txt", "/none", "*"])
def test_options_says_what_may_be_done(site: Path, folder: Folder, target: str) -> None:
    got = ask(folder, target, "OPTIONS")
    assert (got.status, got.text("Allow"), got.body) == (204, "GET, HEAD, OPTIONS", b"")
    assert (
        ask(Folder(FolderSettings(site, upload=True)), target, "OPTIONS").text("Allow")
        == "GET, HEAD, OPTIONS, PUT, POST"
    )


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "TRACE", "CONNECT"])
def test_what_may_not_be_done_is_405(folder: Folder, method: str) -> None:
    got = ask(folder, "/a.txt", method)
    assert (got.status, got.text("Allow")) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("method", ["get", "BREW", "PROPFIND", "GETX", "!"])
def test_what_nobody_knows_is_501(folder: Folder, method: str) -> None:
    assert ask(folder, "/a.txt", method).status == 501


# ---------------------------------------------------------------------------------------- conditions and ranges


@pytest.mark.parametrize("target", ["/", "/a.txt", "/large.txt", "/large.bin"])
@pytest.mark.parametrize("coding", ["", "gzip", "br", "zstd", "identity", "br;q=0.5, gzip"])
def test_each_form_has_a_tag_of_its_own_and_knows_it_again(folder: Folder, target: str, coding: str) -> None:
    first = ask(folder, target, accept_encoding=coding)
    tag, date = first.text("ETag"), first.text("Last-Modified")
    again = ask(folder, target, accept_encoding=coding, if_none_match=tag)
    assert (again.status, again.body, again.text("ETag")) == (304, b"", tag)
    assert again.text("Vary") == first.text("Vary")
    assert again.text("Cache-Control") == first.text("Cache-Control")
    assert ask(folder, target, accept_encoding=coding, if_modified_since=date).status == 304
    assert ask(folder, target, accept_encoding=coding, if_none_match='"x"', if_modified_since=date).status == 200
    assert ask(folder, target, accept_encoding=coding, if_match=tag).status == 200
    assert ask(folder, target, accept_encoding=coding, if_match='"x"').status == 412
    assert (
        ask(folder, target, accept_encoding=coding, if_unmodified_since="Sun, 13 Sep 2020 12:26:39 GMT").status == 412
    )
    assert ask(folder, target, "HEAD", accept_encoding=coding, if_none_match=tag).status == 304


def test_forms_of_one_file_are_told_apart(folder: Folder) -> None:
    for target in ("/", "/large.txt"):
        tags = {ask(folder, target, accept_encoding=coding).text("ETag") for coding in ("", "gzip", "br", "zstd")}
        assert len(tags) == 4
        plain = ask(folder, target).text("ETag")
        assert ask(folder, target, accept_encoding="gzip", if_none_match=plain).status == 200


@pytest.mark.parametrize(("wanted", "part", "place"), [
    ("bytes=0-4", slice(0, 5), "bytes 0-4/{}"), ("bytes=6-", slice(6, None), "bytes 6-{last}/{}"), ("bytes=-3",
    slice(-3, None), None),
    ("bytes=0-", slice(0, None), None), ("bytes=3-3", slice(3, 4), "bytes 3-3/{}"), ("bytes=0-999999999", slice(0,
    None), None),
])  # fmt: skip
@pytest.mark.parametrize(
    ("target", "content"), [("/a.txt", b"hello world"), ("/large.bin", LARGE), ("/large.txt", LARGE)]
)
def test_a_part_is_sent_as_it_stands_in_the_file(
    folder: Folder, wanted: str, part: slice, place: str | None, target: str, content: bytes
) -> None:
    got = ask(folder, target, range=wanted, accept_encoding="gzip, br")
    assert (got.status, got.body) == (206, content[part])
    assert got.text("Content-Encoding") == ""
    assert got.text("ETag") == ask(folder, target).text("ETag")
    if place is not None:
        assert got.text("Content-Range") == place.format(len(content), last=len(content) - 1)


@pytest.mark.parametrize("target", ["/a.txt", "/large.bin"])
def test_several_parts_are_sent_in_one_frame(site: Path, folder: Folder, target: str) -> None:
    content = (site / target[1:]).read_bytes()
    got = ask(folder, target, range="bytes=0-1,4-5,-2")
    assert got.status == 206
    boundary = got.text("Content-Type").partition("boundary=")[2].strip('"').encode()
    parts = got.body.split(b"--" + boundary)
    assert [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts[1:-1]] == [
        content[:2],
        content[4:6],
        content[-2:],
    ]
    assert parts[-1] == b"--\r\n"
    assert int(got.text("Content-Length")) == len(got.body)


@pytest.mark.parametrize(("target", "size"), [("/a.txt", 11), ("/large.bin", len(LARGE)), ("/empty", 0)])
def test_a_part_behind_the_end_is_416_and_says_where_that_is(folder: Folder, target: str, size: int) -> None:
    got = ask(folder, target, range="bytes=999999999-")
    assert (got.status, got.text("Content-Range")) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    "wanted", ["bytes=5-3", "lines=1-2", "bytes=", "bytes=a-b", "bytes=" + "0-0," * 100 + "5-5", "5-6"]
)
@pytest.mark.parametrize("target", ["/a.txt", "/large.bin"])
def test_a_range_that_is_none_gets_everything(site: Path, folder: Folder, wanted: str, target: str) -> None:
    got = ask(folder, target, range=wanted)
    assert (got.status, got.body) == (200, (site / target[1:]).read_bytes())


@pytest.mark.parametrize("target", ["/a.txt", "/large.bin"])
def test_a_part_is_sent_only_of_the_version_that_is_meant(folder: Folder, target: str) -> None:
    first = ask(folder, target)
    for held in (first.text("ETag"), first.text("Last-Modified")):
        assert ask(folder, target, range="bytes=0-1", if_range=held).status == 206
    for other in ('"other"', "W/" + first.text("ETag"), "Sun, 13 Sep 2020 12:26:39 GMT", "nonsense"):
        assert ask(folder, target, range="bytes=0-1", if_range=other).status == 200


def test_conditions_go_before_ranges(folder: Folder) -> None:
    tag = ask(folder, "/a.txt").text("ETag")
    assert ask(folder, "/a.txt", range="bytes=0-1", if_none_match=tag).status == 304
    assert ask(folder, "/a.txt", range="bytes=99-", if_match='"x"').status == 412
    assert ask(folder, "/a.txt", "HEAD", range="bytes=0-1").status == 200


# --------------------------------------------------------------------------------------------------- codings


@pytest.mark.parametrize(("accepted", "coding"), [
    ("", ""), ("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, deflate, br, zstd", "br"),
    ("gzip;q=1, br;q=0.5", "gzip"),
    ("*", "br"), ("identity", ""), ("deflate", ""), ("gzip;q=0", ""), ("br;q=0, *", "zstd"), ("x-gzip", "gzip"),
    ("GZIP", "gzip"),
])  # fmt: skip
@pytest.mark.parametrize(("target", "content"), [("/", PAGE), ("/large.txt", LARGE)])
def test_text_is_coded_as_is_wanted(folder: Folder, accepted: str, coding: str, target: str, content: bytes) -> None:
    got = ask(folder, target, accept_encoding=accepted)
    assert got.text("Content-Encoding") == coding
    assert got.body == (encode(coding, content) if coding else content)
    assert got.text("Vary") == "Accept-Encoding"


@pytest.mark.parametrize("target", ["/a.txt", "/large.bin", "/empty"])
def test_what_gains_nothing_is_not_coded(folder: Folder, target: str) -> None:
    got = ask(folder, target, accept_encoding="gzip, br")
    assert (got.text("Content-Encoding"), got.text("Vary")) == ("", "")


def test_nothing_is_coded_where_that_is_not_wanted(site: Path) -> None:
    got = ask(Folder(FolderSettings(site, compress=False)), "/", accept_encoding="gzip, br")
    assert (got.body, got.text("Vary")) == (PAGE, "")


def test_a_huge_text_is_not_coded(site: Path, folder: Folder) -> None:
    with (site / "huge.txt").open("wb") as file:
        file.truncate(LARGEST_CODED + 1)
    got = ask(folder, "/huge.txt", "HEAD", accept_encoding="gzip")
    assert got.text("Content-Encoding") == ""


@pytest.mark.parametrize("name", ["small.js", "large.js", "picture.png"])
def test_a_sibling_is_sent_in_its_files_place(site: Path, folder: Folder, name: str) -> None:
    write(site / name, PAGE if name == "small.js" else LARGE)
    write(site / f"{name}.br", b"in brotli")
    write(site / f"{name}.gz", b"in gzip")
    assert ask(folder, f"/{name}", accept_encoding="gzip, br").body == b"in brotli"
    got = ask(folder, f"/{name}", accept_encoding="gzip")
    assert (got.body, got.text("Content-Encoding"), got.text("Vary")) == (b"in gzip", "gzip", "Accept-Encoding")
    assert got.text("Content-Type") == ask(folder, f"/{name}").text("Content-Type")
    assert got.text("ETag") != ask(folder, f"/{name}").text("ETag")
    assert ask(folder, f"/{name}").body in (PAGE, LARGE)
    assert ask(folder, f"/{name}", accept_encoding="gzip", if_none_match=got.text("ETag")).status == 304
    assert ask(Folder(FolderSettings(site, precompressed=False)), f"/{name}", accept_encoding="gzip").body != b"in gzip"


def test_a_sibling_that_is_older_than_its_file_is_of_another(site: Path, folder: Folder) -> None:
    write(site / "new.js", PAGE)
    write(site / "new.js.gz", b"the old page, coded", age=1)
    got = ask(folder, "/new.js", accept_encoding="gzip")
    assert got.body == encode("gzip", PAGE)


def test_a_sibling_that_leads_out_of_the_folder_is_none(site: Path, folder: Folder) -> None:
    write(site / "x.js", PAGE, age=10)
    (site / "x.js.gz").symlink_to(site.parent / "outside.txt")
    got = ask(folder, "/x.js", accept_encoding="gzip")
    assert b"outside" not in got.body
    assert (got.status, got.body) == (200, PAGE)
    (site / "y.js").write_bytes(PAGE)
    (site / "y.js.gz").mkdir()
    assert ask(folder, "/y.js", accept_encoding="gzip").text("Content-Encoding") == "gzip"


# ------------------------------------------------------------------------------- what changes, changes in time


def rewritten(path: Path) -> None:
    path.write_bytes(b"HELLO WORLD, AGAIN")


def rewritten_with_the_same_size(path: Path) -> None:
    path.write_bytes(b"HELLO WORLD")


def touched(path: Path) -> None:
    os.utime(path, (1, 1))


def replaced(path: Path) -> None:
    other = path.with_name("other")
    write(other, b"HELLO WORLD").replace(path)


def deleted(path: Path) -> None:
    path.unlink()


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES: list[tuple[Callable[[Path], None], tuple[int, bytes]]] = [
    (rewritten, (200, b"HELLO WORLD, AGAIN")), (rewritten_with_the_same_size, (200, b"HELLO WORLD")), (replaced, (200,
    b"HELLO WORLD")),
    (deleted, (404, b"")), (made_a_folder, (301, b"")),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), CHANGES)
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_what_changes_on_disk_is_served_changed_within_the_second(
    site: Path, hands: Hands, change: Callable[[Path], None], expected: tuple[int, bytes], coding: str
) -> None:
    """Through all that remembers: the rules' replies, the answers to lasting requests, the files in memory."""
    memory = ServerMemory(lambda: EPOCH + hands.now)
    folder = Remembered(Folder(FolderSettings(site)))
    talk = Talk(memory=memory)
    head = b"GET /a.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: %b\r\n\r\n" % coding.encode()

    def get() -> bytes:
        talk.now = hands.now
        answer = folder(talk.client(head).heard[-1], Arrived())  # type: ignore[arg-type]
        assert isinstance(answer, Response)
        return talk.say(answer).take()

    for _ in range(5):
        assert b"hello world" in get()
        hands.wait(0.3)
    change(site / "a.txt")
    hands.wait(0.999)
    changed = get()
    assert changed.startswith(b"HTTP/1.1 %d " % expected[0])
    assert changed.endswith(expected[1])
    assert b"hello world" not in changed


def test_what_changes_twice_in_a_tick_of_the_clock_is_served_as_it_is(
    site: Path, folder: Folder, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second change has the same size and the same times: nothing but its content shows it."""
    path = site / "quick.txt"
    path.write_bytes(b"first!")
    before = path.stat()
    hands.wall = before.st_mtime + 0.001
    monkeypatch.setattr(files_room, "signature", lambda status: (status.st_ino, status.st_size, 0, 0, 0))
    assert ask(folder, "/quick.txt").body == b"first!"
    path.write_bytes(b"second")
    hands.wait(0.6)
    assert ask(folder, "/quick.txt").body == b"second"
    hands.wait(3)
    settled = ask(folder, "/quick.txt")
    hands.wait(3)
    assert ask(folder, "/quick.txt").body == settled.body == b"second"


def test_what_stands_still_is_read_once(site: Path, folder: Folder, hands: Hands) -> None:
    answers = []
    for _ in range(10):
        answers.append(folder(request("/a.txt"), Arrived()))
        hands.wait(0.6)
    assert all(answer is answers[0] for answer in answers)
    assert getattr(answers[0], "lasting", False)


def test_a_new_index_and_a_lost_one_show(site: Path, folder: Folder, hands: Hands) -> None:
    assert b"b.txt" in ask(folder, "/sub/").body
    write(site / "sub" / "index.html", PAGE)
    assert ask(folder, "/sub/").body == PAGE
    (site / "sub" / "index.html").unlink()
    hands.wait(0.6)
    assert b"b.txt" in ask(folder, "/sub/").body


def test_a_new_sibling_shows(site: Path, folder: Folder, hands: Hands) -> None:
    assert ask(folder, "/", accept_encoding="br").body == encode("br", PAGE)
    write(site / "index.html.br", b"in brotli")
    hands.wait(0.6)
    assert ask(folder, "/", accept_encoding="br").body == b"in brotli"


def test_a_large_file_is_looked_at_each_time(site: Path, folder: Folder) -> None:
    first = ask(folder, "/large.txt", accept_encoding="gzip")
    write(site / "large.txt", LARGE[::-1], age=5)
    second = ask(folder, "/large.txt", accept_encoding="gzip")
    assert second.body == encode("gzip", LARGE[::-1])
    assert first.text("ETag") != second.text("ETag")


# --------------------------------------------------------------------------------------- failures and fields


def test_a_site_has_its_own_page_for_what_is_missing(site: Path, folder: Folder) -> None:
    write(site / "404.html", b"<h1>lost</h1>")
    got = ask(folder, "/none")
    assert (got.status, got.body, got.text("Content-Type")) == (404, b"<h1>lost</h1>", "text/html; charset=utf-8")
    write(site / "405.html", b"no")
    assert ask(folder, "/a.txt", "DELETE").text("Allow") == "GET, HEAD, OPTIONS"


def test_a_folder_called_404_html_is_no_page(site: Path, folder: Folder) -> None:
    (site / "404.html").mkdir()
    before = open_files()
    got = ask(folder, "/none")
    assert (got.status, got.text("Content-Type")) == (404, "text/plain; charset=utf-8")
    assert open_files() <= before


def test_a_page_of_ones_own_that_leads_out_is_none(site: Path, folder: Folder) -> None:
    (site / "404.html").symlink_to(site.parent / "outside.txt")
    assert b"outside" not in ask(folder, "/none").body


FIELDS = [
    ("/a.txt", "GET", {}), ("/", "GET", {"accept_encoding": "br"}), ("/large.bin", "GET", {}), ("/sub", "GET", {}),
    ("/sub/", "GET", {}),
    ("/none", "GET", {}), ("/a.txt", "OPTIONS", {}), ("/a.txt", "DELETE", {}), ("/a.txt", "BREW", {}), ("/a.txt",
    "GET", {"range": "bytes=99-"}),
    ("/a.txt", "GET", {"range": "bytes=0-1"}), ("/a.txt", "GET", {"if_match": '"x"'}), ("/large.txt", "GET",
    {"accept_encoding": "gzip"}),
    ("/..", "GET", {}), ("/large.bin", "GET", {"range": "bytes=0-1,5-6"}),
]  # fmt: skip


@pytest.mark.parametrize(("target", "method", "fields"), FIELDS)
def test_fields_of_ones_own_come_with_every_response_and_once(
    site: Path, target: str, method: str, fields: dict[str, str]
) -> None:
    folder = Folder(
        FolderSettings(site, headers=(("X-Frame-Options", "DENY"), ("Set-Cookie", "a"), ("Set-Cookie", "b")))
    )
    got = ask(folder, target, method, **fields)
    assert got.headers.all(b"x-frame-options") == [b"DENY"]
    assert got.headers.all(b"set-cookie") == [b"a", b"b"]


def test_cache_control_is_as_told(site: Path) -> None:
    assert ask(Folder(FolderSettings(site, cache_control="max-age=60")), "/a.txt").text("Cache-Control") == "max-age=60"
    assert ask(Folder(FolderSettings(site, cache_control="")), "/a.txt").text("Cache-Control") == ""


@pytest.mark.parametrize(("target", "method", "fields"), FIELDS)
def test_no_descriptor_is_left_open(folder: Folder, target: str, method: str, fields: dict[str, str]) -> None:
    ask(folder, target, method, **fields)
    before = open_files()
    for _ in range(3):
        ask(folder, target, method, **fields)
        ask(folder, target, "HEAD")
    assert open_files() <= before
