"""The key log in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.capture import keylog
from portside.capture.keylog import ENDED, MemoryKeyLog, ended
from portside.inspector.tls.keys import KeyLog


def append(path: Path, lines: str) -> None:
    with path.open("a") as file:
        file.write(lines)


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


def test_readers_beside_each_other_each_get_every_line() -> None:
    first = MemoryKeyLog()
    path = Path(first.path)
    append(path, "A 00 11\n")
    second = MemoryKeyLog(beside=first)
    assert second.path == first.path
    append(path, "B 00 11\n")
    assert second.take() == b"B 00 11\n", "what came before it was there is not for it"
    append(path, "C 00 11\n")
    assert first.take() == b"A 00 11\nB 00 11\nC 00 11\n"
    assert (second.take(), second.take()) == (b"C 00 11\n", b"")
    assert (first.recent.count(b"\n"), second.recent.count(b"\n")) == (3, 2)
    first.close()
    append(path, "D 00 11\n")
    assert (first.take(), second.take()) == (b"", b"D 00 11\n"), "the file stays for the other one"
    second.close()
    assert not path.exists()


def test_beside_a_reader_whose_file_is_gone_there_is_a_new_one() -> None:
    first = MemoryKeyLog()
    first.close()
    second = MemoryKeyLog(beside=first)
    with Path(second.path).open("a") as file:
        file.write("A 00 11\n")
    assert second.take() == b"A 00 11\n"
    second.close()


def test_lines_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keylog, "MOST_REMEMBERED", 2)
    log = MemoryKeyLog()
    with Path(log.path).open("a") as file:
        file.write("A\nB\nC\n")
    assert log.take() == b"A\nB\nC\n"
    assert log.recent == b"B\nC\n"
    log.close()


def test_the_word_that_a_record_has_ended_is_no_key_and_stands_alone() -> None:
    keys = KeyLog()
    line = b"CLIENT_RANDOM " + b"0a" * 32 + b" " + b"0b" * 48 + b"\n"
    keys.add(line[:30] + ended("the disk is full") + line)
    assert keys.lines() == line
    assert ended("a\ud800").startswith(b"\n" + ENDED) and ended("x").endswith(b"\n")
