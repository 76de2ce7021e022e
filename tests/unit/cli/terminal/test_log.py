"""A log that is its owner's alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from portside.cli.terminal.log import Log
from portside.errors import UsageError


def test_a_log_grows_and_is_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    for piece in (b"one ", b"two"):
        log = Log(path)
        log.write(piece)
        log.close()
    assert path.read_bytes() == b"one two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_is_written_neither_through_a_link_nor_where_there_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for path in (tmp_path / "link", tmp_path / "no" / "folder"):
        with pytest.raises(UsageError, match="cannot write the log"):
            Log(path)
    assert not (tmp_path / "target").exists()


def test_a_full_disk_ends_the_log_and_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(Path("/dev/full"))
    log.write(b"one")
    log.write(b"two")
    log.close()
    assert capsys.readouterr().err == "portside: warning: the log /dev/full ends here: no space left on device\n"
