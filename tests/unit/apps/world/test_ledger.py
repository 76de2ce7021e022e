"""The file that a world is saved in."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.apps.world import ledger as ledger_module
from portside.apps.world.ledger import IN_MEMORY, Ledger, NotSaved, Saved
from portside.errors import LimitExceeded, UsageError

WORLD = {"values": {"gate": "open"}}
ANNA = {"room": "hall", "deeds": ["won"]}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "worlds" / "w.sqlite", "Smallton")
    yield opened
    opened.close()


def test_what_is_kept_is_there_after_the_file_is_opened_again(ledger: Ledger) -> None:
    assert ledger.player("anna") is None
    assert ledger.world() is None
    assert ledger.register("anna", "Anna", "$hash")
    assert ledger.player("anna") == Saved("anna", "Anna", "$hash", None)
    ledger.keep({"anna": ANNA}, WORLD)
    ledger.close()
    again = Ledger(ledger.file, "Smallton")
    assert again.player("anna") == Saved("anna", "Anna", "$hash", ANNA)
    assert again.world() == WORLD
    again.close()


def test_a_name_is_given_once(ledger: Ledger) -> None:
    assert ledger.register("anna", "Anna", "$one")
    assert not ledger.register("anna", "Änna", "$two")
    saved = ledger.player("anna")
    assert saved is not None and saved.password == "$one"


def test_a_name_that_nobody_has_is_not_made_by_keeping(ledger: Ledger) -> None:
    ledger.keep({"ben": ANNA}, WORLD)
    assert ledger.player("ben") is None


def test_the_file_of_another_world_is_refused_and_left_alone(ledger: Ledger) -> None:
    ledger.keep({}, WORLD)
    ledger.close()
    with pytest.raises(UsageError, match=r"w.sqlite holds the world Smallton: save Elsewhere to another file"):
        Ledger(ledger.file, "Elsewhere")
    again = Ledger(ledger.file, "Smallton")
    assert again.world() == WORLD
    again.close()


def test_names_have_a_limit(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MOST_PLAYERS", 1)
    ledger.register("anna", "Anna", "$one")
    with pytest.raises(LimitExceeded, match="come in as a guest"):
        ledger.register("ben", "Ben", "$two")


def test_only_its_owner_may_read_the_file(ledger: Ledger) -> None:
    assert stat.S_IMODE(ledger.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(ledger.file.parent.stat().st_mode) == 0o700


def test_a_file_that_another_server_has_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "PATIENCE", 0.0)
    with pytest.raises(UsageError, match=r"w.sqlite is in use by another server: stop it, or save to another file"):
        Ledger(ledger.file, "Smallton")


def test_a_file_of_another_kind_or_a_later_version_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "w.txt"
    text.write_text("no database at all, " * 100)
    with pytest.raises(UsageError, match=r"w.txt is no saved world"):
        Ledger(text, "Smallton")
    assert text.read_text().startswith("no database")
    later = tmp_path / "w.sqlite"
    database = sqlite3.connect(later)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(UsageError, match="its version is 99"):
        Ledger(later, "Smallton")
    with pytest.raises(UsageError, match="can't be opened to save the world"):
        Ledger(tmp_path, "Smallton")


def test_what_cannot_be_written_is_said(ledger: Ledger) -> None:
    with pytest.raises(NotSaved, match="can't be written"), ledger._writing() as database:
        database.execute("INSERT INTO nowhere VALUES (1)")


def test_what_cannot_be_read_is_said(ledger: Ledger) -> None:
    ledger.register("anna", "Anna", "$hash")
    with ledger._writing() as database:
        database.execute("UPDATE players SET record = '{'")
    with pytest.raises(NotSaved, match=r"w.sqlite is damaged"):
        ledger.player("anna")
    with ledger._writing() as database:
        database.execute("DROP TABLE players")
    with pytest.raises(NotSaved, match=r"w.sqlite can't be read: no such table"):
        ledger.player("anna")


def test_a_world_in_memory_needs_no_file() -> None:
    ledger = Ledger(IN_MEMORY, "Smallton")
    ledger.register("anna", "Anna", "$hash")
    assert ledger.player("anna") is not None
    ledger.close()
    assert not Path(":memory:").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from portside.apps.world.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]), "Smallton")
ledger.register("anna", "Anna", "$hash")
ledger.keep({"anna": {"room": "yard"}}, {"values": {}})
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False, timeout=60)
    assert ended.returncode == -9
    ledger = Ledger(file, "Smallton")
    assert ledger.player("anna") == Saved("anna", "Anna", "$hash", {"room": "yard"})
    assert ledger.world() == {"values": {}}
    ledger.close()
