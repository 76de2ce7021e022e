"""The key log in memory."""

from __future__ import annotations

from pathlib import Path

from portside.capture.keylog import MemoryKeyLog


def test_lines_are_taken_once_and_remembered() -> None:
    log = MemoryKeyLog()
    with Path(log.path).open("a") as other:
        other.write("# a comment\nCLIENT_RANDOM 00 11\n")
        other.flush()
        assert log.take() == b"# a comment\nCLIENT_RANDOM 00 11\n"
        assert log.take() == b""
        other.write("CLIENT_RANDOM 22 33\n")
        other.flush()
        assert log.take() == b"CLIENT_RANDOM 22 33\n"
    assert log.recent == b"CLIENT_RANDOM 00 11\nCLIENT_RANDOM 22 33\n"
    log.close()
    log.close()
