from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.cli.serving.applications import find
from portside.errors import UsageError

MODULE = """
class Rooms:
    async def enter(self, visitor): ...
rooms = Rooms()
async def app(visitor): ...
"""


@pytest.fixture(autouse=True)
def own_imports() -> Iterator[None]:
    """What a test imports is forgotten after it."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("named", "expected"), [("tales:app", "app"), ("tales:rooms.enter", "Rooms.enter"), ("deep.tales:app", "app")]
)
def test_an_application_is_found_in_the_folder(tmp_path: Path, named: str, expected: str) -> None:
    _write(tmp_path, "tales.py", MODULE)
    _write(tmp_path, "deep/tales.py", MODULE)
    found = find(named, tmp_path)
    assert getattr(found, "__qualname__", None) == expected


@pytest.mark.parametrize(
    "named", ["tales", "tales:", ":app", "tales:app()", "../tales:app", "tales:app:x", "ta les:app"]
)
def test_a_name_that_is_none_is_said_to_be(named: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no application; write MODULE:NAME"):
        find(named, tmp_path)


@pytest.mark.parametrize(
    ("text", "named", "words"),
    [
        (MODULE, "missing:app", "there is no module missing for 'missing:app'"),
        (MODULE, "missing.deep:app", "there is no module missing.deep"),
        (MODULE, "tales:nobody", "holds no 'nobody'"),
        (MODULE, "tales:rooms.nothing", "holds no 'rooms.nothing'"),
        ("import nowhere_to_be_found", "tales:app", "needs nowhere_to_be_found, which is not installed"),
        ("1/0", "tales:app", "fails as it is loaded: ZeroDivisionError"),
        ("def", "tales:app", "fails as it is loaded: SyntaxError"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(tmp_path: Path, text: str, named: str, words: str) -> None:
    _write(tmp_path, "tales.py", text)
    with pytest.raises(UsageError, match=words) as caught:
        find(named, tmp_path)
    assert "\n" not in str(caught.value)
