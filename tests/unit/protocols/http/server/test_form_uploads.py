"""Files from a form: each has its own fate, and the answer tells it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.files.root import TEMPORARY_PREFIX, Root
from portside.files.storing import Storing
from portside.protocols.http.server.form_uploads import NAMES_TOLD, Fates, FormUpload
from portside.protocols.http.syntax.forms import FormParser

BOUNDARY = b"xyz"
Part = tuple[str | None, bytes]


def form(*parts: Part) -> bytes:
    """A form as a browser writes it; a part without a file name is an ordinary field."""
    written = []
    for filename, data in parts:
        disposition = b'form-data; name="file"'
        if filename is not None:
            octets = filename.encode("utf-8", "surrogateescape")
            for odd, escape in ((b'"', b"%22"), (b"\r", b"%0D"), (b"\n", b"%0A")):
                octets = octets.replace(odd, escape)
            disposition += b'; filename="' + octets + b'"'
        written.append(b"--xyz\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + data + b"\r\n")
    return b"".join(written) + b"--xyz--\r\n"


async def pieces(data: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    top.mkdir()
    (top / "old.txt").write_bytes(b"old")
    (top / "sub").mkdir()
    return top


@pytest.fixture
def receive(top: Path) -> Iterator[Callable[..., Fates]]:
    folder = os.open(top, os.O_RDONLY)

    def run(*parts: Part, data: bytes | None = None, hidden: bool = False) -> Fates:
        root = Root(top, hidden=hidden)
        upload = FormUpload(FormParser(BOUNDARY), root, lambda: Storing(folder))
        return asyncio.run(upload.receive(pieces(form(*parts) if data is None else data)))

    yield run
    os.close(folder)


def files(top: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in top.iterdir() if path.is_file()}


def test_several_files_are_stored(top: Path, receive: Callable[..., Fates]) -> None:
    fates = receive(("a.txt", b"one"), (None, b"a field"), ("b", b""), ("c\u00e4 \U0001f34e", b"\r\n--xy\r\n"))
    assert fates.stored == ["a.txt", "b", "cä 🍎"] and fates.refused == [] and fates.status == 303
    assert files(top) == {"old.txt": b"old", "a.txt": b"one", "b": b"", "cä 🍎": b"\r\n--xy\r\n"}


def test_what_is_there_is_not_overwritten_and_the_others_are_stored(top: Path, receive: Callable[..., Fates]) -> None:
    (top / "link").symlink_to("nowhere")
    fates = receive(("a", b"1"), ("old.txt", b"new"), ("sub", b"x"), ("link", b"x"), ("b", b"2"), ("a", b"again"))
    assert fates.stored == ["a", "b"] and [name for name, _ in fates.refused] == ["old.txt", "sub", "link", "a"]
    assert fates.status == 409
    assert files(top) == {"old.txt": b"old", "a": b"1", "b": b"2"}


def test_an_empty_field_is_no_file(top: Path, receive: Callable[..., Fates]) -> None:
    fates = receive(("", b""), (None, b"x"))
    assert fates == Fates() and files(top) == {"old.txt": b"old"}


@pytest.mark.parametrize("sent, stored", [
    ("C:\\Users\\me\\a.txt", "a.txt"), ("../../a.txt", "a.txt"), ("/etc/passwd", "passwd"), ("sub/b", "b"),
    ("..\\..\\x", "x"), ('say "hi"', 'say "hi"'), ("\udce4", "\udce4"), ("%2e%2e%2fx", "%2e%2e%2fx"), ("-rf", "-rf"),
])  # fmt: skip
def test_only_the_last_part_of_a_name_counts(top: Path, receive: Callable[..., Fates], sent: str, stored: str) -> None:
    assert receive((sent, b"x")).stored == [stored]
    assert set(files(top)) == {"old.txt", stored} and files(top.parent) == {}


@pytest.mark.parametrize("name, status", [
    ("..", 400), (".", 400), ("a/..", 400), ("a/", 400), ("...", 400), ("a\nb", 400), ("a\rb", 400), ("a\x85b", 400),
    ("c:x", 404), ("x::$DATA", 404), ("x" * 256, 404), ("/", 400), ("\\/", 400), ("..;x", 400),
])  # fmt: skip
def test_a_name_that_is_none_is_refused(top: Path, receive: Callable[..., Fates], name: str, status: int) -> None:
    fates = receive((name, b"x" * 100), ("good", b"y"))
    assert fates.status == status and fates.stored == ["good"]
    assert set(files(top)) == {"old.txt", "good"} and files(top.parent) == {}


@pytest.mark.parametrize("name, hidden, stored", [
    (".profile", False, False), (".profile", True, True), (f"{TEMPORARY_PREFIX}x", True, False),
])  # fmt: skip
def test_a_dotfile_is_taken_only_where_it_would_be_shown(
    top: Path, receive: Callable[..., Fates], name: str, hidden: bool, stored: bool
) -> None:
    fates = receive((name, b"x"), hidden=hidden)
    assert (fates.stored, fates.status) == (([name], 303) if stored else ([], 403))
    assert (name in files(top)) is stored


@pytest.mark.parametrize("cut", range(0, 200, 3))
def test_a_form_that_is_cut_leaves_only_whole_files(top: Path, receive: Callable[..., Fates], cut: int) -> None:
    whole = form(("a", b"first"), ("b", b"second"))
    data = whole[: min(cut, len(whole) - 6)]
    with pytest.raises(RemoteError):
        receive(data=data)
    assert files(top).items() <= {"old.txt": b"old", "a": b"first", "b": b"second"}.items()


@given(name=st.text(max_size=20), data=st.binary(max_size=50))
def test_no_name_ever_leads_out_of_the_folder(tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes) -> None:
    try:
        body = form((name, data + b"."))
    except UnicodeEncodeError:
        return
    above = tmp_path_factory.mktemp("above")
    (above / "top").mkdir()
    folder = os.open(above / "top", os.O_RDONLY)
    try:
        upload = FormUpload(FormParser(BOUNDARY), Root(above / "top"), lambda: Storing(folder))
        fates = asyncio.run(upload.receive(pieces(body)))
    except RemoteError:
        fates = Fates()
    finally:
        os.close(folder)
    assert [path.name for path in above.iterdir()] == ["top"]
    assert [path.name for path in (above / "top").iterdir()] == fates.stored


def test_the_notice_tells_the_fate_of_each() -> None:
    fates = Fates(["a", "b"], [("c", RemoteError("it is there", 409)), ("d", RemoteError("the disk is full", 507))])
    assert fates.notice() == "c was not stored: it is there. d was not stored: the disk is full. Stored: a, b."
    assert fates.status == 409
    assert Fates([], [("d", RemoteError("full", 507))] * 2).status == 507


def test_the_notice_is_bounded() -> None:
    fates = Fates(["s"] * 100, [("r", RemoteError("it is there", 409))] * 100)
    notice = fates.notice()
    assert notice.count("r was not stored") == NAMES_TOLD and f"{100 - NAMES_TOLD} more were not stored." in notice
    assert notice.endswith(f"s and {100 - NAMES_TOLD} more.")
