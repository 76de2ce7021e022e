"""``portside get`` with URLs of FTP: against our server, and one that says whatever a test wants."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.ftp.getting import finish
from portside.errors import RemoteError
from portside.protocols.ftp.client.mirror.tally import Tally
from tests.support.ftp_apart import ours, scripted
from tests.support.ftp_scripted import Scripted
from tests.support.ports import held_tcp_port
from tests.unit.cli.ftp.test_wanted import PLAIN

Command = Callable[..., Any]
MTIME = 1_600_000_000


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command runs in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What our server serves."""
    folder = tmp_path / "root"
    (folder / "docs").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"hello\n")
    (folder / "b.txt").write_bytes(b"there\n")
    (folder / "docs" / "long").write_bytes(bytes(range(256)) * 4000)
    for name in ("a.txt", "b.txt", "docs/long"):
        os.utime(folder / name, (MTIME, MTIME))
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ------------------------------------------------------------------------------------------------ stdout


def test_a_file_goes_to_stdout_and_nothing_else_is_said(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", url + "a.txt")
    assert (ended.code, ended.stdout, ended.stderr) == (0, "hello\n", "")


def test_one_failure_does_not_keep_the_other_urls_from_coming(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", url + "none", url + "b.txt")
    assert (ended.code, ended.stdout) == (1, "there\n") and " 550 " in ended.stderr


def test_a_path_that_ends_in_a_slash_is_listed(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", url)
    lines = ended.stdout.splitlines()
    assert ended.code == 0 and len(lines) == 3
    assert any(line.startswith("d") and line.endswith(" docs") for line in lines)


def test_a_listing_for_programs_is_one_object_a_line(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", "--json", url)
    facts = {each["name"]: each for each in map(json.loads, ended.stdout.splitlines())}
    assert set(facts) == {"a.txt", "b.txt", "docs"}
    assert facts["a.txt"] == {"name": "a.txt", "type": "file", "size": 6, "modified": "20200913122640"}


def test_json_and_a_file_do_not_both_go_to_stdout(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", "--json", url + "a.txt")
    assert (ended.code, ended.stdout) == (2, "") and "--json" in ended.stderr


def test_escapes_in_listed_names_never_reach_the_terminal(command: Command) -> None:
    server = Scripted(listings={"/": b"type=file;size=1; \x1b[2Jx\r\ntype=file;size=1; y\r\n"})
    with scripted(server):
        ended = command("get", server.url)
    assert "\x1b" not in ended.stdout + ended.stderr
    assert ended.stdout.count("\n") == 1 and "is refused" in ended.stderr


# -------------------------------------------------------------------------------------------- to files


def test_a_file_is_saved_under_its_own_name_or_another(command: Command, root: Path, here: Path) -> None:
    with ours(root) as url:
        assert command("get", "-O", url + "docs/long").code == 0
        assert command("get", "-o", "x", url + "a.txt").code == 0
    assert files(here) == {"long": (root / "docs" / "long").read_bytes(), "x": b"hello\n"}


@pytest.mark.parametrize("options", [("-O",), ("-o", "."), ("-o", "a b"), ("-O", "--segments", "8")])
def test_wherever_it_is_saved_it_is_whole_and_alone(
    command: Command, root: Path, here: Path, options: tuple[str, ...]
) -> None:
    (root / "a b").write_bytes(b"x" * 3_000_000)
    with ours(root) as url:
        ended = command("get", *options, "--json", url + "a%20b")
    assert ended.code == 0 and json.loads(ended.stdout)["bytes"] == 3_000_000
    assert files(here) == {"a b": b"x" * 3_000_000}


def test_what_fails_leaves_no_file(command: Command, root: Path, here: Path) -> None:
    with ours(root) as url:
        ended = command("get", "-O", url + "none")
    assert (ended.code, ended.stdout, files(here)) == (1, "", {}) and " 550 " in ended.stderr


def test_a_saved_file_told_for_programs(command: Command, root: Path, here: Path) -> None:
    with ours(root) as url:
        told = json.loads(command("get", "-O", "--json", url + "a.txt").stdout)
    assert (told["bytes"], told["file"]) == (6, "a.txt")
    assert told["url"].endswith("/a.txt") and "u:p" not in told["url"]


@pytest.mark.parametrize("name", [".bashrc", "%2e%2e", "a%1b"])
def test_no_name_that_hides_or_climbs_is_saved_by_itself(command: Command, here: Path, name: str) -> None:
    server = Scripted(files={})
    with scripted(server):
        ended = command("get", "-O", server.url + "d/" + name)
    assert (ended.code, ended.stdout) == (2, "") and "-o" in ended.stderr
    assert not list(here.iterdir()) and not any(line.startswith("RETR") for line in server.said)


def test_segments_make_the_same_file(command: Command, root: Path, here: Path) -> None:
    with ours(root) as url:
        assert command("get", "-O", "--segments", "3", url + "docs/long").code == 0
    assert files(here) == {"long": (root / "docs" / "long").read_bytes()}


def test_what_was_cut_goes_on_where_it_was_cut(command: Command, here: Path) -> None:
    data = bytes(range(256)) * 1000
    server = Scripted(files={"/f": data}, cut=[100_000])
    with scripted(server):
        assert command("get", "-O", server.url + "f").code != 0
        assert "f" not in files(here)
        ended = command("get", "-O", "--resume", server.url + "f")
    assert ended.code == 0 and files(here) == {"f": data}
    assert "REST 100000" in server.said


def test_a_lost_connection_is_tried_again_as_often_as_asked(command: Command, here: Path) -> None:
    data = bytes(range(256)) * 1000
    server = Scripted(files={"/f": data}, cut=[100_000])
    with scripted(server):
        ended = command("get", "-O", "--retries", "1", server.url + "f")
    assert ended.code == 0 and files(here) == {"f": data} and server.visits == 2


# ------------------------------------------------------------------------------------------- many files


def test_a_pattern_saves_all_that_it_stands_for(command: Command, root: Path, here: Path) -> None:
    with ours(root) as url:
        ended = command("get", "-O", url + "*.txt")
    assert ended.code == 0 and files(here) == {"a.txt": b"hello\n", "b.txt": b"there\n"}


def test_each_of_many_files_that_fails_is_told_and_the_others_come(command: Command, here: Path) -> None:
    lines = "".join(f"type=file;size=1; {name}\r\n" for name in ("a", "b", "c"))
    server = Scripted(listings={"/": lines.encode()}, files={"/b": b"1"})
    with scripted(server):
        ended = command("get", "-O", server.url + "*")
    assert (ended.code, files(here)) == (1, {"b": b"1"}) and ended.stderr.count(" 550 ") == 2


@pytest.mark.parametrize("options", [(), ("-o", "none")])
def test_many_files_need_a_place(command: Command, root: Path, here: Path, options: tuple[str, ...]) -> None:
    with ours(root) as url:
        ended = command("get", *options, url + "*.txt")
    assert (ended.code, files(here)) == (2, {}) and "-o FOLDER" in ended.stderr


def test_a_pattern_that_nothing_matches_is_a_failure(command: Command, root: Path, here: Path) -> None:
    with ours(root) as url:
        ended = command("get", "-O", url + "*.none")
    assert (ended.code, files(here)) == (1, {}) and ended.stderr


def test_a_folder_is_no_file(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", "-O", url + "docs/")
    assert ended.code == 2 and "--recursive" in ended.stderr


# -------------------------------------------------------------------------------------------- mirrors


def test_a_tree_comes_once_and_then_only_what_has_changed(command: Command, root: Path, here: Path) -> None:
    with ours(root) as url:
        first = json.loads(command("get", "--recursive", "--json", "-o", "copy", url).stdout)
        (root / "b.txt").write_bytes(b"changed\n")
        second = json.loads(command("get", "--recursive", "--json", "-o", "copy", url).stdout)
    assert (first["fetched"], first["same"], second["fetched"], second["same"]) == (3, 0, 1, 2)
    assert files(here / "copy") == files(root)


def test_a_mirror_is_told_in_one_line(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", "--recursive", url + "docs")
        quiet = command("get", "--recursive", "-q", url + "docs")
    assert ended.stdout == "" and "1 files fetched (1,024,000 bytes), 0 were the same" in ended.stderr
    assert quiet.stderr == ""


def test_only_with_delete_does_what_is_not_there_go(command: Command, root: Path, here: Path) -> None:
    (here / "copy").mkdir()
    (here / "copy" / "old").write_bytes(b"old")
    with ours(root) as url:
        command("get", "--recursive", "-o", "copy", url)
        assert "old" in files(here / "copy")
        told = json.loads(command("get", "--recursive", "--delete", "--json", "-o", "copy", url).stdout)
    assert told["deleted"] == 1 and files(here / "copy") == files(root)


def test_hostile_names_are_never_written_and_the_rest_comes(command: Command, here: Path) -> None:
    names = ["../x", "/x", "a/b", "..", "c\x07d"]
    lines = "".join(f"type=file;size=1; {name}\r\n" for name in [*names, "good"])
    server = Scripted(listings={"/": lines.encode()}, files={"/good": b"1"})
    with scripted(server):
        ended = command("get", "--recursive", "-o", "copy", server.url)
    assert ended.code == 1 and ended.stderr.count("is refused") >= len(names) - 1
    assert files(here) == {"copy/good": b"1"} and not (here.parent / "x").exists()
    assert [line for line in server.said if line.startswith("RETR")] == ["RETR /good"]


def test_a_mirror_takes_no_pattern(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", "--recursive", url + "*")
    assert ended.code == 2 and "no pattern" in ended.stderr


def test_what_could_not_be_done_is_told_line_by_line_and_ends_with_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RemoteError, match="1 of the files could not be fetched"):
        finish(Tally(moved=2, bytes=9, failures=["a: refused\x1b[2J"]), PLAIN, "ftp://h/", "fetched", 1.0)
    said = capfd.readouterr()
    assert said.out == "" and "a: refused" in said.err and "\x1b" not in said.err
    assert "2 files fetched (9 bytes)" in said.err


# ------------------------------------------------------------------------------------------ the way there


def test_the_transcript_hides_the_password(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", "-v", url.replace("u:p@", "u:guessed@") + "a.txt")
    assert "guessed" not in ended.stderr and "> USER u" in ended.stderr and "> PASS " in ended.stderr


def test_a_wrong_password_is_a_failed_login(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", url.replace("u:p@", "u:guessed@") + "a.txt")
    assert (ended.code, ended.stdout) == (4, "") and " 530 " in ended.stderr and "guessed" not in ended.stderr


def test_the_password_may_come_from_the_environment_or_netrc(
    command: Command, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login u password p\n")
    netrc.chmod(0o600)
    with ours(root) as url:
        bare = url.replace("u:p@", "")
        assert command("get", "-u", "u:guessed", bare + "a.txt").code == 4
        monkeypatch.setenv("NETRC", str(netrc))
        assert command("get", bare + "a.txt").stdout == "hello\n"
        monkeypatch.setenv("NETRC", str(tmp_path / "none"))
        monkeypatch.setenv("PORTSIDE_PASSWORD", "p")
        assert command("get", "-u", "u", bare + "a.txt").stdout == "hello\n"


def test_tls_that_is_demanded_and_not_there_is_a_failure(command: Command, root: Path) -> None:
    with ours(root) as url:
        ended = command("get", "--starttls", "require", url + "a.txt")
    assert (ended.code, ended.stdout) == (4, "") and "TLS" in ended.stderr


def test_active_connections_fetch_the_same(command: Command, root: Path) -> None:
    with ours(root) as url:
        assert command("get", "--active", url + "a.txt").stdout == "hello\n"


def test_nobody_there_is_told_in_one_line(command: Command) -> None:
    with held_tcp_port() as port:
        ended = command("get", f"ftp://u:p@127.0.0.1:{port}/a.txt")
    assert ended.code == 3 and ended.stderr.count("\n") == 1
