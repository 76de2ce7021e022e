"""``portside put`` with URLs of FTP: against our server, and one that says whatever a test wants."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.ftp_apart import ours, scripted
from tests.support.ftp_scripted import Scripted

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command runs in, with something to store."""
    folder = tmp_path / "here"
    (folder / "site" / "sub").mkdir(parents=True)
    (folder / "f").write_bytes(b"hello\n")
    (folder / "site" / "index").write_bytes(b"index\n")
    (folder / "site" / "sub" / "ü -x").write_bytes(b"odd\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What our server serves."""
    folder = tmp_path / "root"
    (folder / "docs").mkdir(parents=True)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ------------------------------------------------------------------------------------------- one file


def test_a_file_is_stored_at_the_path_or_in_the_folder(command: Command, root: Path) -> None:
    with ours(root) as url:
        first = command("put", "f", url + "other")
        second = command("put", "f", url + "docs/")
    assert (first.code, first.stdout, first.stderr) == (0, "", "") and second.code == 0
    assert files(root) == {"other": b"hello\n", "docs/f": b"hello\n"}


def test_what_was_stored_told_for_programs(command: Command, root: Path) -> None:
    with ours(root) as url:
        told = json.loads(command("put", "--json", "f", url).stdout)
    assert told["bytes"] == 6 and told["url"].endswith("/f") and "u:p" not in told["url"]


def test_stdin_is_stored(command: Command, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").write_bytes(b"from a pipe\n")
    with ours(root) as url, (tmp_path / "in").open("rb", buffering=0) as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        assert command("put", "-", url + "x").code == 0
    assert files(root) == {"x": b"from a pipe\n"}


def test_stdin_that_is_closed_is_nothing_to_store(
    command: Command, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with ours(root) as url:
        ended = command("put", "-", url + "x")
    assert (ended.code, files(root)) == (2, {}) and "stdin is closed" in ended.stderr


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (("site", ""), "--recursive"),
        (("--recursive", "f", ""), "f is none"),
        (("--resume", "-", "x"), "stdin can't be read twice"),
        (("-", "docs/"), "stdin has no name"),
        (("f", "*.txt"), "%2A"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anybody_is_asked(
    command: Command, line: tuple[str, ...], reason: str
) -> None:
    server = Scripted()
    with scripted(server):
        ended = command("put", *line[:-1], server.url + line[-1])
    assert (ended.code, server.said) == (2, []) and reason in ended.stderr


def test_a_file_that_is_not_there_is_told_in_one_line(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("put", "none", url)
    assert ended.code != 0 and ended.stderr.count("\n") == 1 and "none" in ended.stderr
    assert files(root) == {}


def test_letters_of_patterns_can_be_said_in_a_name(command: Command, root: Path) -> None:
    with ours(root) as url:
        assert command("put", "f", url + "a%2A").code == 0
    assert files(root) == {"a*": b"hello\n"}


def test_a_store_that_is_refused_is_a_failure(command: Command) -> None:
    server = Scripted({"STOR": "553 not here"})
    with scripted(server):
        ended = command("put", "f", server.url + "f")
    assert (ended.code, ended.stdout) == (1, "") and "553 not here" in ended.stderr


def test_a_resumed_store_sends_what_is_missing_alone(command: Command) -> None:
    server = Scripted(stored={"/f": b"hel"})
    server.answers["SIZE"] = lambda path: f"213 {len(server.stored[path])}"
    with scripted(server):
        ended = command("put", "--resume", "f", server.url + "f")
    assert ended.code == 0 and server.stored == {"/f": b"hello\n"}
    assert "APPE /f" in server.said or {"REST 3", "STOR /f"} <= set(server.said)


def test_what_is_there_whole_is_not_sent_again(command: Command) -> None:
    server = Scripted(files={"/f": b"hello\n"})
    with scripted(server):
        assert command("put", "--resume", "f", server.url + "f").code == 0
    assert server.stored == {} and not any(line.startswith(("STOR", "APPE")) for line in server.said)


def test_names_of_files_need_no_encoding(command: Command, root: Path, here: Path) -> None:
    (here / "a #%41").write_bytes(b"odd")
    with ours(root) as url:
        assert command("put", "a #%41", url).code == 0
    assert files(root) == {"a #%41": b"odd"}


# -------------------------------------------------------------------------------------------- mirrors


def test_a_tree_goes_once_and_then_only_what_has_changed(command: Command, root: Path, here: Path) -> None:
    with ours(root) as url:
        first = json.loads(command("put", "--recursive", "--json", "site", url + "new/").stdout)
        (here / "site" / "index").write_bytes(b"longer index\n")
        second = json.loads(command("put", "--recursive", "--json", "site", url + "new/").stdout)
    assert (first["stored"], first["same"], second["stored"], second["same"]) == (2, 0, 1, 1)
    assert files(root / "new") == files(here / "site")


def test_a_mirror_keeps_the_times(command: Command, root: Path, here: Path) -> None:
    os.utime(here / "site" / "index", (1_500_000_000, 1_500_000_000))
    with ours(root) as url:
        command("put", "--recursive", "site", url)
    assert (root / "index").stat().st_mtime == 1_500_000_000


def test_only_with_delete_does_what_is_not_here_go(command: Command, root: Path, here: Path) -> None:
    (root / "docs" / "old").write_bytes(b"old")
    with ours(root) as url:
        command("put", "--recursive", "site", url)
        assert "docs/old" in files(root)
        ended = command("put", "--recursive", "--delete", "site", url)
    assert ended.code == 0 and "2 deleted" in ended.stderr
    assert files(root) == files(here / "site") and not (root / "docs").exists()


def test_what_could_not_be_stored_is_told_and_the_rest_goes(command: Command, root: Path, here: Path) -> None:
    (here / "site" / "a\nb").write_bytes(b"x")
    with ours(root) as url:
        ended = command("put", "--recursive", "site", url)
    assert ended.code == 1 and "line break" in ended.stderr and "1 of the files could not be stored" in ended.stderr
    assert set(files(root)) == {"index", "sub/ü -x"}


def test_the_transcript_hides_the_password(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("put", "-v", "f", url.replace("u:p@", "u:guessed@"))
    assert ended.code == 4 and "> USER u" in ended.stderr and "guessed" not in ended.stderr
