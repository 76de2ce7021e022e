"""PUT and the form: what is written into a folder, under which conditions, and never outside."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import ConnectionLost, PortsideError, RemoteError
from portside.files.root import TEMPORARY_PREFIX, Root
from portside.interfaces import Address, Door
from portside.protocols.http.messages import Headers, Request, Response
from portside.protocols.http.server import uploads as uploads_module
from portside.protocols.http.server.uploads import Uploads
from portside.protocols.http.server.validators import etag_of
from portside.protocols.http.syntax.dates import serialise_date
from portside.protocols.http.syntax.targets import encode_path, segments

DOOR = Door(Address("127.0.0.1", 8080), Address("127.0.0.1", 50000))
LEFT = f"{TEMPORARY_PREFIX}{'0' * 24}.part"


class Came:
    """An arrival whose body is ``pieces``; then it ends, or breaks off with ``error``."""

    def __init__(self, *pieces: bytes, error: PortsideError | None = None) -> None:
        self.door = DOOR
        self.asked = False
        self._pieces = pieces
        self._error = error

    async def body(self) -> AsyncIterator[bytes]:
        self.asked = True
        for piece in self._pieces:
            yield piece
        if self._error is not None:
            raise self._error


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    (top / "sub").mkdir(parents=True)
    (top / "old").write_bytes(b"old")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"secret")
    return top


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def asking(target: str, *lines: tuple[bytes, bytes], method: str = "PUT") -> Request:
    return Request(method, target, Headers([(b"Host", b"localhost:8080"), *lines]), body=True)


def put(
    top: Path, target: str, *lines: tuple[bytes, bytes], came: Came | None = None, hidden: bool = False
) -> Response:
    request = asking(target, *lines)
    uploads = Uploads(Root(top, hidden=hidden))
    return asyncio.run(uploads.put(request, came or Came(b"ne", b"w"), segments(target)))


def refused(top: Path, target: str, *lines: tuple[bytes, bytes], came: Came | None = None) -> int:
    """The status of a PUT that is refused, which leaves everything as it was and does not ask for the body."""
    came = came or Came(b"new")
    before = files(top.parent)
    with pytest.raises(RemoteError) as caught:
        put(top, target, *lines, came=came)
    assert files(top.parent) == before
    assert not came.asked, "a client that waits for 100 (Continue) is not told to go on"
    return caught.value.status


def test_a_new_file_is_created(top: Path) -> None:
    response = put(top, "/sub/a%20b")
    assert response.status == 201 and response.headers["Location"] == "/sub/a%20b"
    assert files(top) == {"old": b"old", "sub/a b": b"new"}
    assert response.headers.get(b"etag") == etag_of((top / "sub" / "a b").stat())


def test_an_old_one_is_replaced(top: Path) -> None:
    response = put(top, "/old")
    assert response.status == 204 and "Location" not in response.headers
    assert files(top) == {
        "old": b"new",
    }
    assert response.headers.get(b"etag") == etag_of((top / "old").stat())


def test_an_empty_body_is_an_empty_file(top: Path) -> None:
    assert put(top, "/empty", came=Came()).status == 201
    assert (top / "empty").read_bytes() == b""


def test_a_large_body_is_stored_byte_for_byte(top: Path) -> None:
    pieces = [os.urandom(65536) for _ in range(40)]
    put(top, "/large", came=Came(*pieces))
    assert (top / "large").read_bytes() == b"".join(pieces)


def test_who_reads_an_old_file_reads_it_to_its_end(top: Path) -> None:
    with (top / "old").open("rb") as reader:
        put(top, "/old")
        assert reader.read() == b"old"


@pytest.mark.parametrize("error", [RemoteError("cut short", 400), ConnectionLost("gone")])
@pytest.mark.parametrize("target", ["/old", "/new"])
@pytest.mark.parametrize("size", [1, 300_000])
def test_what_is_cut_short_changes_nothing(top: Path, error: PortsideError, target: str, size: int) -> None:
    with pytest.raises(type(error)):
        put(top, target, came=Came(bytes(size), error=error))
    assert files(top) == {"old": b"old"}


def test_a_cancelled_upload_changes_nothing(top: Path) -> None:
    async def run() -> None:
        waiting = asyncio.Event()

        class Slow(Came):
            async def body(self) -> AsyncIterator[bytes]:
                yield b"half"
                waiting.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(Uploads(Root(top)).put(asking("/old"), Slow(), ("old",)))
        await waiting.wait()
        assert len(names_in(top)) == 3, "the temporary is there"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert files(top) == {"old": b"old"}


@pytest.mark.parametrize("target, status", [
    ("/", 409), ("/sub", 409), ("/sub/", 409), ("/new/", 409), ("/missing/a", 409), ("/old/a", 409), ("/.x", 404),
    ("/.git/x", 404), ("/sub/.x", 404), (f"/{LEFT}", 404), ("/fifo", 409), ("/to-outside/x", 409), ("/to-sub", 409),
    ("/loop/x", 409), ("/locked/x", 403),
])  # fmt: skip
def test_what_is_no_place_for_a_file_is_refused(
    top: Path, target: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(top / "fifo")
    (top / "to-outside").symlink_to("../outside")
    (top / "to-sub").symlink_to("sub")
    (top / "loop").symlink_to("loop")
    if target.startswith("/locked"):

        def locked(self: Root, names: object) -> int:
            raise RemoteError("this file may not be read", 403)

        monkeypatch.setattr(Root, "open_folder_for_writing", locked)
    assert refused(top, target) == status


@pytest.mark.parametrize("target", [f"/{LEFT}", "/.portside-x/y"])
def test_a_name_of_ours_is_never_written_even_where_dotfiles_are(top: Path, target: str) -> None:
    with pytest.raises(RemoteError) as caught:
        put(top, target, hidden=True)
    assert caught.value.status == 404


def test_a_dotfile_is_written_where_it_is_shown(top: Path) -> None:
    assert put(top, "/.x", hidden=True).status == 201
    assert (top / ".x").read_bytes() == b"new"


@pytest.mark.parametrize("line, status", [
    ((b"Content-Range", b"bytes 0-2/3"), 400), ((b"Content-Range", b"nonsense"), 400),
    ((b"Content-Encoding", b"gzip"), 415), ((b"Content-Encoding", b"identity, br"), 415),
    ((b"Content-Length", b"9" * 18), 507),
    ((b"Origin", b"http://evil.example"), 403), ((b"Sec-Fetch-Site", b"cross-site"), 403),
])  # fmt: skip
def test_what_cannot_be_stored_as_it_comes_is_refused(top: Path, line: tuple[bytes, bytes], status: int) -> None:
    assert refused(top, "/new", line) == status


@pytest.mark.parametrize("line", [(b"Content-Encoding", b"Identity"), (b"Content-Length", b"3")])
def test_what_makes_no_difference_passes(top: Path, line: tuple[bytes, bytes]) -> None:
    assert put(top, "/new", line).status == 201


# -------------------------------------------------------------------------------------------- conditions


def lines_for(top: Path, *names: str) -> list[tuple[bytes, bytes]]:
    status = (top / "old").stat()
    values = {
        "match": (b"If-Match", etag_of(status)),
        "match other": (b"If-Match", b'"other"'),
        "match any": (b"If-Match", b"*"),
        "none match": (b"If-None-Match", etag_of(status)),
        "none match any": (b"If-None-Match", b"*"),
        "none match other": (b"If-None-Match", b'"other"'),
        "unmodified": (b"If-Unmodified-Since", serialise_date(status.st_mtime)),
        "unmodified before": (b"If-Unmodified-Since", serialise_date(status.st_mtime - 1)),
    }
    return [values[name] for name in names]


@pytest.mark.parametrize("target, condition, status", [
    ("/old", "match", 204), ("/old", "match other", 412), ("/old", "match any", 204), ("/old", "none match", 412),
    ("/old", "none match any", 412), ("/old", "none match other", 204), ("/old", "unmodified", 204),
    ("/old", "unmodified before", 412), ("/new", "match", 412), ("/new", "match any", 412), ("/new", "none match", 201),
    ("/new", "none match any", 201), ("/new", "none match other", 201), ("/new", "unmodified before", 201),
])  # fmt: skip
def test_conditions_are_kept(top: Path, target: str, condition: str, status: int) -> None:
    lines = lines_for(top, condition)
    if status == 412:
        assert refused(top, target, *lines) == 412
    else:
        assert put(top, target, *lines).status == status
        assert (top / target[1:]).read_bytes() == b"new"


class Meanwhile(Came):
    """A body during which something else happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__(b"new")
        self._happens = happens

    async def body(self) -> AsyncIterator[bytes]:
        async for piece in super().body():
            self._happens()
            yield piece


@pytest.mark.parametrize("target, condition", [("/old", "match"), ("/new", "none match any")])
def test_a_condition_that_held_only_at_first_fails(top: Path, target: str, condition: str) -> None:
    path = top / target[1:]
    came = Meanwhile(lambda: path.write_bytes(b"of another"))
    with pytest.raises(RemoteError) as caught:
        put(top, target, *lines_for(top, condition), came=came)
    assert caught.value.status == 412
    assert path.read_bytes() == b"of another" and len(list(top.iterdir())) == len({"old", "sub", target[1:]})


@pytest.mark.parametrize("target, before", [("/old", 204), ("/new", 201)])
def test_the_answer_tells_what_was_there_in_the_end(top: Path, target: str, before: int) -> None:
    path = top / target[1:]
    came = Meanwhile(path.unlink if path.exists() else lambda: path.write_bytes(b"of another"))
    assert put(top, target, came=came).status == 405 - before


def test_a_folder_that_took_the_name_is_not_replaced(top: Path) -> None:
    with pytest.raises(RemoteError) as caught:
        put(top, "/new", came=Meanwhile((top / "new").mkdir))
    assert caught.value.status == 409 and (top / "new").is_dir() and files(top) == {"old": b"old"}


def test_of_two_writers_who_know_the_same_file_one_wins(top: Path) -> None:
    async def run() -> list[int]:
        uploads = Uploads(Root(top))
        request = asking("/old", *lines_for(top, "match"))

        async def one(text: bytes) -> int:
            try:
                return (await uploads.put(request, Came(text), ("old",))).status
            except RemoteError as error:
                return error.status

        return await asyncio.gather(*(one(b"%d" % number) for number in range(8)))

    assert sorted(asyncio.run(run())) == [204] + [412] * 7


# ------------------------------------------------------------------------------------------------ links


@pytest.mark.parametrize(
    "leads_to, status", [("../outside/secret", 201), ("nowhere", 201), ("old", 204), ("loop", 201)]
)
def test_a_link_is_replaced_and_never_followed(top: Path, leads_to: str, status: int) -> None:
    (top / "loop" if leads_to == "loop" else top / "link").symlink_to(leads_to)
    name = "loop" if leads_to == "loop" else "link"
    before = files(top.parent)
    assert put(top, f"/{name}").status == status
    assert not (top / name).is_symlink() and (top / name).read_bytes() == b"new"
    after = files(top.parent)
    assert after.pop(f"top/{name}") == b"new"
    before.pop(f"top/{name}", None)
    assert after == before


@pytest.mark.parametrize("leads_to", ["../outside/secret", "nowhere"])
def test_a_link_that_leads_out_is_as_good_as_nothing_for_conditions(top: Path, leads_to: str) -> None:
    (top / "link").symlink_to(leads_to)
    assert refused(top, "/link", (b"If-Match", b"*")) == 412


def test_a_folder_swapped_for_a_link_while_the_body_comes_gains_nothing(top: Path) -> None:
    def swap() -> None:
        (top / "sub").rename(top / "moved")
        (top / "sub").symlink_to("../outside")

    assert put(top, "/sub/secret", came=Meanwhile(swap)).status == 201
    assert files(top.parent / "outside") == {"secret": b"secret"}
    assert (top / "moved" / "secret").read_bytes() == b"new"


CLIMBING = [
    "/../x", "/..", "/sub/../../x", "/%2e%2e/x", "/%2E%2E%2Fx", "/..%2fx", "/..%5cx", "/%2e%2e%5cx", "/....//x",
    "/.%2e/x", "/%2e./x", "/%252e%252e/x", "/%c0%ae%c0%ae/x", "/%c0%ae%c0%ae%c0%afx", "/%uff0e%uff0e/x", "//x", "///x",
    "//../x", "/sub//../x", "/sub/./../../x", "/..;/x", "/..;a=b/x", "/%2e%2e;/x", "/..%00/x", "/x%00.txt", "/%00",
    "/..%0d%0a/x", "/ ../x", "/.. /x", "/..%20/x", "/...%2fx", "/C:/x", "/c:x", "/x::$DATA", "/\\..\\x", "/..\\x",
    "/%5c..%5cx", "/~/x", "/~root/x", "/sub/%2e%2e/%2e%2e/outside/y", "/%2fetc%2fpasswd", "//etc/x", "/proc/self/cwd/x",
    "/to-outside/x", "/to-outside/../x", "/sub/to-above/outside/x", "/%ef%bc%8e%ef%bc%8e/x", "/%e2%80%a5/x", "/.%00./x",
    "/..%c0%af/x", "/%", "/%2", "/%zz", "/x?../y", "x", "../x", "", "*", "http://localhost/../x",
]  # fmt: skip


def attempt(uploads: Uploads, target: str) -> int:
    """The status that a PUT to ``target`` gets, by the way that every request takes."""
    try:
        return asyncio.run(uploads.put(asking(target), Came(b"new"), segments(target))).status
    except RemoteError as error:
        return error.status


@pytest.mark.parametrize("path", CLIMBING)
@pytest.mark.parametrize("hidden", [False, True])
def test_no_spelling_writes_outside(top: Path, path: str, hidden: bool) -> None:
    (top / "to-outside").symlink_to("../outside")
    (top / "sub" / "to-above").symlink_to(top.parent)
    before = {name: data for name, data in files(top.parent).items() if not name.startswith("top/")}
    status = attempt(Uploads(Root(top, hidden=hidden)), path)
    assert status == 201 or 400 <= status < 500
    after = {name: data for name, data in files(top.parent).items() if not name.startswith("top/")}
    assert after == before


@given(path=st.lists(st.sampled_from(["..", ".", "%2e", "/", "%2f", "\\", "sub", "x", "to-outside", ";", "%00", " "])))
def test_no_mixture_writes_outside(tmp_path_factory: pytest.TempPathFactory, path: list[str]) -> None:
    above = tmp_path_factory.mktemp("above")
    (above / "top" / "sub").mkdir(parents=True)
    (above / "outside").mkdir()
    (above / "top" / "to-outside").symlink_to("../outside")
    status = attempt(Uploads(Root(above / "top", hidden=True)), "/" + "".join(path))
    assert {path.name for path in above.iterdir()} == {"top", "outside"}
    assert list((above / "outside").iterdir()) == []
    assert list(files(above / "top").values()) == ([b"new"] if status == 201 else [])


# ------------------------------------------------------------------------------------------------ tidying


def test_the_first_upload_tidies_its_folder_and_later_ones_do_not(top: Path) -> None:
    async def run() -> None:
        uploads = Uploads(Root(top))
        for folder in (top, top / "sub"):
            (folder / LEFT).write_bytes(b"half")
        await uploads.put(asking("/a"), Came(b"a"), ("a",))
        assert not (top / LEFT).exists() and (top / "sub" / LEFT).exists()
        (top / LEFT).write_bytes(b"half")
        await uploads.put(asking("/b"), Came(b"b"), ("b",))
        assert (top / LEFT).exists()

    asyncio.run(run())


def test_a_full_disk_is_told_before_the_body_is_sent(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "room_at", lambda folder: 1024)
    assert refused(top, "/new", (b"Content-Length", b"1025")) == 507
    assert put(top, "/new", (b"Content-Length", b"1024")).status == 201
    monkeypatch.setattr(uploads_module, "room_at", lambda folder: None)  # a file system that does not tell
    assert put(top, "/new", (b"Content-Length", b"1025")).status == 204


def test_no_descriptor_is_lost(top: Path) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    uploads = Uploads(Root(top))
    assert [attempt(uploads, target) for target in ("/a", "/sub/b", "/missing/c", "/sub", "/.x")] == [
        201,
        201,
        409,
        409,
        404,
    ]
    with pytest.raises(RemoteError):
        put(top, "/cut", came=Came(b"x", error=RemoteError("cut", 400)))
    assert set(Path("/proc/self/fd").iterdir()) <= before


def test_a_file_is_readable_as_the_umask_says(top: Path) -> None:
    before = os.umask(0o027)
    try:
        put(top, "/a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((top / "a").stat().st_mode) == 0o640


# ------------------------------------------------------------------------------------------------- forms

TYPE = (b"Content-Type", b"multipart/form-data; boundary=xyz")


def form(*parts: tuple[str, bytes]) -> bytes:
    written = [
        b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n' % (name.encode(), data)
        for name, data in parts
    ]
    return b"".join(written) + b"--xyz--\r\n"


def post(top: Path, target: str, body: bytes, *lines: tuple[bytes, bytes]) -> Response:
    request = asking(target, *lines, method="POST")

    def render(notice: str, status: int) -> Response:
        return Response(status, body=notice.encode())

    return asyncio.run(Uploads(Root(top)).post_form(request, Came(body), segments(target), render))


@pytest.mark.parametrize("target, place, folder", [
    ("/", "?uploaded=2", ""), ("/sub/", "?uploaded=2", "sub/"), ("/sub", "./sub/?uploaded=2", "sub/"),
])  # fmt: skip
def test_a_form_leads_back_to_its_folder(top: Path, target: str, place: str, folder: str) -> None:
    response = post(top, target, form(("a", b"1"), ("b", b"2")), TYPE)
    assert response.status == 303 and response.headers["Location"] == place
    assert files(top) == {"old": b"old", f"{folder}a": b"1", f"{folder}b": b"2"}


def test_a_form_overwrites_nothing_and_says_so(top: Path) -> None:
    response = post(top, "/", form(("old", b"new"), ("b", b"2")), TYPE)
    assert response.status == 409
    assert response.body == b"old was not stored: there is a file of this name already. Stored: b."
    assert files(top) == {"old": b"old", "b": b"2"}


def test_a_form_without_a_file_says_so(top: Path) -> None:
    response = post(top, "/", form(("", b"")), TYPE)
    assert (response.status, response.body) == (400, b"No file was chosen.")


@pytest.mark.parametrize("target, body, lines, status", [
    ("/", form(("a", b"1")), [], 415),
    ("/", form(("a", b"1")), [(b"Content-Type", b"text/plain")], 415),
    ("/", form(("a", b"1")), [(b"Content-Type", b"multipart/form-data")], 400),
    ("/", form(("a", b"1")), [TYPE, (b"Content-Encoding", b"gzip")], 415),
    ("/", form(("a", b"1")), [TYPE, (b"Origin", b"null")], 403),
    ("/", form(("a", b"1")), [TYPE, (b"Sec-Fetch-Site", b"cross-site")], 403),
    ("/", form(("a", b"1")), [TYPE, (b"Content-Length", b"9" * 18)], 507),
    ("/", b"nonsense" * 1000, [TYPE], 400),
    ("/", b"", [TYPE], 400),
    ("/missing/", form(("a", b"1")), [TYPE], 404),
    ("/old", form(("a", b"1")), [TYPE], 409),
    ("/.git/", form(("a", b"1")), [TYPE], 404),
])  # fmt: skip
def test_what_is_no_form_for_a_folder_is_refused(
    top: Path, target: str, body: bytes, lines: list[tuple[bytes, bytes]], status: int
) -> None:
    with pytest.raises(RemoteError) as caught:
        post(top, target, body, *lines)
    assert caught.value.status == status
    assert files(top) == {"old": b"old"}


def test_a_location_leads_to_what_was_stored(top: Path) -> None:
    name = "ä?#%&;\u202e \udcff"
    target = encode_path((name,))
    response = put(top, target)
    assert segments(response.headers["Location"]) == (name,)
    assert (top / name).read_bytes() == b"new"
