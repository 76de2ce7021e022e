"""The bar: for a person who waits, and for nobody else."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from portside.cli.web import progress
from tests.unit.protocols.http.client.scripted import Says, scripted_apart


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, wanted: bool = True) -> str:
    """What is drawn while work is done that is looked at five times."""
    looks = 0

    async def work() -> None:
        nonlocal looks
        enough = asyncio.Event()

        def look() -> tuple[int, int | None]:
            nonlocal looks
            looks += 1
            if looks == 5:
                enough.set()
            return looks * 100, 500

        async with progress.bar("a\x1b[2J", look, wanted=wanted):
            if wanted and stream.isatty():
                await enough.wait()

    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "AFTER", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    asyncio.run(work())
    return stream.getvalue()


def test_on_a_terminal_it_grows_and_its_label_cannot_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    said = drawn(Terminal(), monkeypatch)
    assert "a\\x1b[2J" in said and "bytes" in said


def test_elsewhere_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(io.StringIO(), monkeypatch) == ""
    assert drawn(Terminal(), monkeypatch, wanted=False) == ""


def test_a_terminal_is_spared_what_is_no_text(portside: Path) -> None:
    with scripted_apart([Says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab\0cd")]) as server:
        read, code = _on_a_terminal([str(portside), "get", server.url])
    assert code == 2 and b"-o FILE" in read and b"\0" not in read


def _on_a_terminal(arguments: list[str]) -> tuple[bytes, int]:
    """What a program says on a terminal of its own, and its exit code."""
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    read = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how a terminal says that nobody is left at its other end
            break
        read += piece
    os.close(terminal)
    return read, process.wait(60)
