"""How transfers begin, and what is refused before they do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from portside.accounts.users import EVERY_RIGHT
from portside.errors import RemoteError
from portside.files.refusals import Refusal
from portside.files.root import Root
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.terms import Terms
from portside.protocols.ftp.rules.turns import Asked
from portside.protocols.ftp.server.house import House
from portside.protocols.ftp.server.loading import Loading
from portside.protocols.ftp.server.receiving import FileIn
from portside.protocols.ftp.server.sending import FileOut, PiecesOut
from portside.protocols.ftp.server.settings import Settings
from portside.protocols.ftp.server.tree import Tree
from portside.protocols.ftp.syntax.listings import Entry

PLAIN = Terms(text=False)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "a.txt").write_bytes(b"12345")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/b.txt").touch()
    return Tree(Root(tmp_path), "u", EVERY_RIGHT, lambda: None)


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    return Loading(None, House(Settings(tmp_path)), lambda *_: None)  # type: ignore[arg-type]


def asked(verb: str, value: Any = "", offset: int = 0, terms: Terms = PLAIN) -> Asked:
    return Asked(verb, value, offset, terms)


def test_a_file_as_it_is_goes_by_the_kernel_and_all_else_by_pieces(loading: Loading, tree: Tree) -> None:
    for terms, kind in ((PLAIN, FileOut), (Terms(), PiecesOut), (Terms(text=False, packed=True), PiecesOut)):
        transfer, begin = loading.retrieve(asked("RETR", "a.txt", terms=terms), tree)
        assert type(transfer) is kind
        assert (begin.reply.code, begin.inward) == (150, False)
        transfer.abandon()


def test_the_length_that_is_to_come_is_told(loading: Loading, tree: Tree) -> None:
    transfer, begin = loading.retrieve(asked("RETR", "a.txt", 2), tree)
    assert begin.reply == Reply(150, ("Sending a.txt (3 bytes).",))
    transfer.abandon()


@pytest.mark.parametrize(
    ("verb", "value", "offset", "code"),
    [("RETR", "a.txt", 6, 554), ("RETR", "sub", 0, None), ("RETR", "nothing", 0, None)],
)
def test_what_cannot_be_sent_is_refused_before_anything_is_opened(
    loading: Loading, tree: Tree, verb: str, value: str, offset: int, code: int | None
) -> None:
    with pytest.raises(RemoteError) as caught:
        loading.retrieve(asked(verb, value, offset), tree)
    assert code is None or caught.value.status == code


def test_what_cannot_be_stored_leaves_nothing(loading: Loading, tree: Tree, tmp_path: Path) -> None:
    for value, offset in (("new", 1), ("a.txt", 6), ("sub", 0), ("nowhere/x", 0)):
        with pytest.raises(RemoteError):
            loading.store(asked("STOR", value, offset), tree)
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", "sub"}


def test_who_appends_takes_nothing_away(loading: Loading, tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(RemoteError) as caught:
        loading.store(asked("APPE", "a.txt", 1), tree)
    assert caught.value.status == 554
    for offset in (0, 5):
        transfer, _ = loading.store(asked("APPE", "a.txt", offset), tree)
        assert isinstance(transfer, FileIn)
        transfer._put([b"6"], True)
        assert transfer._part.size == 6
        transfer._part.leave()
    assert (tmp_path / "a.txt").read_bytes() == b"12345"


def test_a_unique_name_is_told_first(loading: Loading, tree: Tree) -> None:
    names = set()
    for _ in range(3):
        transfer, begin = loading.store_unique(asked("STOU"), tree)
        assert isinstance(transfer, FileIn)
        transfer._part.leave()
        assert begin.reply.text.startswith("FILE: ftp-")
        names.add(begin.reply.text)
    assert len(names) == 3


@pytest.mark.parametrize(
    ("verb", "path", "expected"),
    [
        ("NLST", "", b"a.txt\r\nsub\r\n"),
        ("NLST", "sub", b"sub/b.txt\r\n"),
        ("NLST", "sub/", b"sub/b.txt\r\n"),
        ("NLST", "sub/*.txt", b"sub/b.txt\r\n"),
        ("NLST", "*.txt", b"a.txt\r\n"),
        ("NLST", "sub/b.txt", b"sub/b.txt\r\n"),
        ("MLSD", "sub", b"size=0; b.txt\r\n"),
    ],
)
def test_a_listing_is_of_what_was_named(loading: Loading, tree: Tree, verb: str, path: str, expected: bytes) -> None:
    terms = Terms(text=False, facts=("size",))
    transfer, _ = loading.listed(asked(verb, path, terms=terms), tree)
    assert isinstance(transfer, PiecesOut)
    assert b"".join(transfer._pieces) == expected


@pytest.mark.parametrize(("verb", "path"), [("MLSD", "a.txt"), ("MLSD", "x"), ("LIST", "x"), ("LIST", "*/a")])
def test_a_listing_of_nothing_is_refused(loading: Loading, tree: Tree, verb: str, path: str) -> None:
    with pytest.raises(RemoteError):
        loading.listed(asked(verb, path), tree)


def test_a_pattern_is_looked_for_by_the_thread_however_large_the_folder_is(
    loading: Loading, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    entries = tree.listing.entries

    def noted(_: object, names: Sequence[str]) -> list[Entry]:
        read.append(names)
        return entries(names)

    monkeypatch.setattr(type(tree.listing), "entries", noted)
    transfer, _ = loading.listed(asked("NLST", "*.x"), tree)
    assert isinstance(transfer, PiecesOut) and not read
    with pytest.raises(Refusal):
        next(transfer._pieces)
    assert read
