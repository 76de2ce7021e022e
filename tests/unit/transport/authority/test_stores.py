"""Installing touches what it should, says what it could not do, and can be undone."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portside.transport.authority import local, stores
from portside.transport.authority.local import Authority
from portside.transport.authority.stores import Machine, Outcome, SystemStore


@dataclass
class Bench:
    """A machine of the test's own; ``commands`` are those that were run."""

    folder: Path
    programs: set[str] = field(default_factory=lambda: {"update-ca-certificates", "certutil", "chromium"})
    failing: set[str] = field(default_factory=set)
    commands: list[list[str]] = field(default_factory=list)

    def run(self, command: Sequence[str]) -> str:
        self.commands.append(list(command))
        return f"{command[0]} failed: no" if self.failing.intersection(command) else ""

    def machine(self) -> Machine:
        def find(name: str) -> str | None:
            return name if name in self.programs else None

        return Machine(self.home, (SystemStore(self.anchors, ("update-ca-certificates",)),), find, self.run)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def anchors(self) -> Path:
        return self.folder / "anchors"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.home.mkdir()
    bench.anchors.mkdir()
    return bench


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return local.open_authority(ca_folder=tmp_path / "ca")


def test_the_system_gets_the_certificate_readable_by_all_and_is_told(bench: Bench, authority: Authority) -> None:
    before = os.umask(0o077)
    try:
        outcomes = stores.install([authority], bench.machine())
    finally:
        os.umask(before)
    installed = bench.anchors / "portside-local-ca.crt"
    assert outcomes[0] == Outcome(f"system ({bench.anchors})", True)
    assert installed.read_bytes() == authority.path.read_bytes()
    assert installed.stat().st_mode & 0o777 == 0o644
    assert ["update-ca-certificates"] in bench.commands


def test_the_key_never_leaves_its_folder(bench: Bench, authority: Authority) -> None:
    stores.install([authority], bench.machine())
    assert not any(b"PRIVATE" in path.read_bytes() for path in bench.anchors.iterdir())
    assert not any(str(authority.key_path) in command for command in bench.commands)


def test_without_the_right_to_write_the_commands_to_run_are_told(
    bench: Bench, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    outcome = stores.install([authority], bench.machine())[0]
    target = bench.anchors / "portside-local-ca.crt"
    assert outcome == Outcome(
        "system", False, f"needs root: sudo cp {authority.path} {target} && sudo update-ca-certificates"
    )
    assert list(bench.anchors.iterdir()) == []
    target.touch()
    undone = stores.uninstall([authority], bench.machine())[0]
    assert undone == Outcome("system", False, f"needs root: sudo rm {target} && sudo update-ca-certificates")
    assert target.exists()


def test_an_unknown_system_is_told_so(bench: Bench, authority: Authority) -> None:
    bench.programs.clear()
    (outcome,) = stores.install([authority], bench.machine())
    assert not outcome.done
    assert "portside ca" in outcome.detail


def test_a_command_that_fails_is_an_outcome_and_no_exception(bench: Bench, authority: Authority) -> None:
    bench.failing = {"update-ca-certificates", "-A"}
    outcomes = stores.install([authority], bench.machine())
    assert [(outcome.done, outcome.detail) for outcome in outcomes] == [
        (False, "update-ca-certificates failed: no"),
        (False, "certutil failed: no"),
    ]


def test_a_certificate_that_has_gone_is_an_outcome_and_no_exception(bench: Bench, authority: Authority) -> None:
    authority.path.unlink()
    outcome = stores.install([authority], bench.machine())[0]
    assert outcome.detail == f"{authority.path} has gone"
    assert ["update-ca-certificates"] not in bench.commands


def test_chromiums_database_is_made_where_a_chromium_is_and_trusts_us_for_servers_alone(
    bench: Bench, authority: Authority
) -> None:
    outcomes = stores.install([authority], bench.machine())
    place, nickname = bench.home / ".pki/nssdb", stores.nickname(authority)
    assert outcomes[1] == Outcome(f"Chromium and Chrome ({place})", True)
    assert bench.commands[1:] == [
        ["certutil", "-N", "-d", f"sql:{place}", "--empty-password"],
        ["certutil", "-A", "-d", f"sql:{place}", "-t", "C,,", "-n", nickname, "-i", str(authority.path)],
    ]
    assert place.stat().st_mode & 0o777 == 0o700


def test_without_any_browser_no_database_is_made(bench: Bench, authority: Authority) -> None:
    bench.programs.remove("chromium")
    assert len(stores.install([authority], bench.machine())) == 1
    assert list(bench.home.iterdir()) == []


def test_every_firefox_profile_is_reached_and_a_database_that_exists_is_kept(
    bench: Bench, authority: Authority
) -> None:
    bench.programs.remove("chromium")
    for name in ("a.default", "b.work"):
        (bench.home / ".mozilla/firefox" / name).mkdir(parents=True)
        (bench.home / ".mozilla/firefox" / name / "cert9.db").touch()
    (bench.home / ".mozilla/firefox/never-started").mkdir()
    outcomes = stores.install([authority], bench.machine())
    assert [outcome.store for outcome in outcomes[1:]] == ["Firefox (a.default)", "Firefox (b.work)"]
    assert [command[1] for command in bench.commands[1:]] == ["-A", "-A"]


def test_without_certutil_the_package_to_install_is_named(bench: Bench, authority: Authority) -> None:
    bench.programs.remove("certutil")
    outcome = stores.install([authority], bench.machine())[1]
    assert not outcome.done
    assert "libnss3-tools" in outcome.detail


def test_every_authority_gets_a_name_of_its_own_everywhere(bench: Bench, tmp_path: Path) -> None:
    local.leaf(ca_folder=tmp_path / "ca")
    local.leaf(["fe80::1"], ca_folder=tmp_path / "ca")
    local.leaf(["a.example", "b.example"], ca_folder=tmp_path / "ca")
    authorities = local.authorities(ca_folder=tmp_path / "ca")
    stores.install(authorities, bench.machine())
    assert len(list(bench.anchors.glob("portside-local-ca*.crt"))) == 3
    names = [stores.nickname(authority) for authority in authorities]
    assert len(set(names)) == 3
    assert not any(":" in name for name in names)


def test_what_was_installed_can_be_taken_out_again_and_nothing_else(bench: Bench, authority: Authority) -> None:
    stores.install([authority], bench.machine())
    (bench.anchors / "somebody-else.crt").touch()
    outcomes = stores.uninstall([authority], bench.machine())
    assert all(outcome.done for outcome in outcomes)
    assert [path.name for path in bench.anchors.iterdir()] == ["somebody-else.crt"]
    place = f"sql:{bench.home / '.pki/nssdb'}"
    assert bench.commands[-1] == ["certutil", "-D", "-d", place, "-n", stores.nickname(authority)]


def test_taking_out_what_was_never_installed_changes_nothing(bench: Bench, authority: Authority) -> None:
    assert stores.uninstall([authority], bench.machine()) == [Outcome("system", True, "was not there")]
    assert bench.commands == []
    (bench.home / ".pki/nssdb").mkdir(parents=True)
    bench.failing = {"-L"}
    assert all(outcome.done for outcome in stores.uninstall([authority], bench.machine()))
    assert [command[1] for command in bench.commands] == ["-L"]


def test_the_instructions_name_the_file_its_fingerprint_and_what_it_may_do(tmp_path: Path) -> None:
    authority = local.leaf(["box.example", "10.1.2.3"], ca_folder=tmp_path / "a folder" / "ca").authority
    text = "\n".join(stores.instructions(authority))
    assert authority.fingerprint in text
    assert f"cp '{authority.path}' " in text, "a path with a space is quoted"
    assert "localhost, test, box.example and what is below them, 127.0.0.0/8, ::1, 10.1.2.3" in text
    for store in ("Debian", "Fedora", "macOS", "Windows", "Chromium", "Firefox", "curl"):
        assert f"  {store}" in text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", ""),
        ("raise SystemExit(3)", "failed: exit code 3"),
        ("raise SystemExit('two\\nlines')", "failed: two"),
        ("import sys; sys.exit('input' if sys.stdin.read() else 0)", ""),
    ],
)
def test_a_real_command_answers_with_one_line(code: str, said: str) -> None:
    answer = stores.run([sys.executable, "-c", code])
    assert answer == (f"{sys.executable} {said}" if said else "")


def test_a_command_that_is_not_there_answers_with_one_line(tmp_path: Path) -> None:
    assert "could not be run" in stores.run([str(tmp_path / "none")])


def test_an_administrators_commands_are_found_without_an_administrators_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o755)
    assert stores.find("tool") == str(tmp_path / "tool")
    assert stores.find("no-such-command") is None
    sbin = next(path for path in sorted(Path("/usr/sbin").iterdir()) if path.is_file() and os.access(path, os.X_OK))
    assert stores.find(sbin.name) is not None
