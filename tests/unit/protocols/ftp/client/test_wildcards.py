"""Patterns: which names they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.errors import RemoteError
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served

CASES = [
    ("*.txt", ["a.txt", "b.txt"]),
    ("?.txt", ["a.txt", "b.txt"]),
    ("[b-z].txt", ["b.txt"]),
    ("*/*.txt", ["one/c.txt", "two/c.txt"]),
    ("o*/c.txt", ["one/c.txt"]),
    ("/*/d.md", ["/one/d.md", "/two/d.md"]),
    (".h*", [".hidden"]),
    ("[*].md", ["*.md"]),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name in ("c.txt", "d.md"):
            (tmp_path / folder / name).write_bytes(b"")
    for name in ("a.txt", "b.txt", ".hidden", "*.md", "x.md"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(("pattern", "paths"), CASES)
def test_a_pattern_stands_for_files(root: Path, pattern: str, paths: list[str]) -> None:
    async def story() -> None:
        async with served(root, hidden=True) as client:
            assert await client.matching(pattern) == paths

    run(story)


def test_a_pattern_for_nothing_is_an_error(root: Path) -> None:
    async def story() -> None:
        async with served(root) as client:
            with pytest.raises(RemoteError, match="no file"):
                await client.matching("*.zip")

    run(story)


def test_names_that_must_not_be_used_match_nothing() -> None:
    async def story() -> None:
        told: list[str] = []
        server = Scripted(listings={"/": b"type=file; ../a.txt\r\ntype=file; b.txt\r\n"})
        async with server.open(), client_at(server.url) as client:
            client.site.warn = told.append  # type: ignore[method-assign]
            assert await client.matching("*.txt") == ["b.txt"]
        assert len(told) == 1 and "../a.txt" in told[0]

    run(story)
