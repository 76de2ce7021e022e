"""The window of what runs: a page in a process of its own, and nothing left of it afterwards."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import select
import signal
import socket
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from portside.capture.keylog import MemoryKeyLog
from portside.cli import window as room
from portside.cli.watch import NICE
from portside.cli.window import PREFIX, Window, WindowError, remove
from portside.interfaces import Address, Door, Role
from tests.support.conversations import until
from tests.support.processes import Running

Start = Callable[..., Running]
DOOR = Door(Address("127.0.0.1", 8080), Address("127.0.0.1", 50000))
ASK = b"GET /seen HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that is empty before and after."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    assert list(folder.iterdir()) == []


def opened(port: int = 0) -> Window:
    return Window(port, program="portside test", secrets=False, keys=MemoryKeyLog())


def state(url: str) -> dict[str, Any]:
    """What the page's server says of its capture."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=30)
    connection.request("GET", f"{where.path}api/state", headers={"Connection": "close"})
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def assert_private(temporary: Path) -> None:
    """What there is now is for its owner alone."""
    (folder,) = temporary.iterdir()
    (file,) = folder.iterdir()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (0o700, 0o600)


def test_it_shows_what_is_recorded_and_leaves_nothing_behind(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        window = opened()
        process = window._process
        assert process is not None
        assert_private(temporary)
        standing = [os.getpriority(os.PRIO_PROCESS, which) for which in (0, process.pid)]
        assert standing[1] == min(standing[0] + NICE, 19), "it takes second place"
        assert window.url.startswith("http://127.0.0.1:")
        assert window.url.split("/")[3] not in " ".join(map(str, process.args)), "a process list shows no address"
        window.recorder.tap().stream(DOOR, Role.SERVER).came(ASK)
        await until(lambda: state(window.url)["messages"] >= 2)
        monkeypatch.setattr(room, "STOPPING", 60.0)
        window.close()
        assert process.returncode == 0

    asyncio.run(main())


def test_a_record_that_has_ended_early_is_not_live(temporary: Path) -> None:
    async def main() -> None:
        window = opened()
        assert state(window.url)["live"]
        window.recorder.fail(ZeroDivisionError())
        await until(lambda: not state(window.url)["live"])
        assert state(window.url)["remarks"][-1] == (
            "the record ended here: by a mistake of the recorder; what goes on is not shown"
        )
        assert window._process is not None and window._process.poll() is None, "it can still be looked at"
        window.close()

    asyncio.run(main())


def test_a_port_that_is_taken_is_told(temporary: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(WindowError) as caught:
        opened(other.getsockname()[1])
    assert caught.value.exit_code == 3
    words = str(caught.value)
    assert words.startswith("no window: cannot listen on 127.0.0.1:") and "\n" not in words
    assert "choose another --window" in words


def test_a_page_that_does_not_start_is_told(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(WindowError, match=r"^no window: its page did not start$"):
        opened()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WindowError, match=r"^no window: no such file or directory$"):
        opened()


def test_a_folder_that_cannot_be_made_is_told(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "none"))
    with pytest.raises(WindowError, match=r"^no window: no such file or directory"):
        opened()


def test_no_module_is_taken_from_the_folder_that_is_served(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken from here')")
    monkeypatch.chdir(tmp_path)
    opened().close()


def test_a_page_that_was_killed_takes_nothing_with_it(temporary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        window = opened()
        assert window._process is not None
        window._process.kill()
        await until(lambda: window.recorder._failed)
        window.recorder.tap().stream(DOOR, Role.SERVER).came(ASK)
        window.recorder.flush()
        window.wait(threading.Event())
        window.close()

    asyncio.run(main())
    assert capsys.readouterr().err == "portside: warning: the window is gone; what it showed goes on\n"


SCRIPT = """
import signal
from portside.capture.keylog import MemoryKeyLog
from portside.cli.window import Window
window = Window(0, program="test", secrets=False, keys=MemoryKeyLog())
print("ready", window._process.pid, flush=True)
signal.pause()
"""


def test_whoever_is_killed_takes_the_page_and_its_files_along(temporary: Path, process: Start) -> None:
    running = process(sys.executable, "-c", SCRIPT)
    page = int(running.wait_for_line(r"^ready ([0-9]+)$")[1])
    handle = os.pidfd_open(page)
    assert list(temporary.iterdir())
    running.signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert select.select([handle], [], [], 30)[0], "it has ended"
    os.close(handle)


def test_a_page_that_does_not_hear_is_killed(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "STOPPING", 0.01)
    window = opened()
    assert window._process is not None
    os.kill(window._process.pid, signal.SIGSTOP)
    window.close()
    assert window._process.returncode == -signal.SIGKILL


def test_only_a_windows_own_folder_is_removed(temporary: Path, tmp_path: Path) -> None:
    elsewhere, other, own = tmp_path / f"{PREFIX}x", temporary / "x", temporary / f"{PREFIX}x"
    for folder in (elsewhere, other, own):
        folder.mkdir()
        remove(folder)
    assert [folder.exists() for folder in (elsewhere, other, own)] == [True, True, False]
    other.rmdir()
