"""``--record`` and ``--window`` on the command line: what they ask for, what makes no sense, and who does it."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import ClassVar

import click
import pytest

from portside.capture.files.reading import CaptureFile
from portside.capture.keylog import MemoryKeyLog
from portside.capture.taps import Taps
from portside.cli import recording
from portside.cli.recording import PORT, Record, Recordings, Wanted, client_tap, wanted
from portside.cli.usage import Command
from portside.errors import ConnectError, UsageError


def parsed(*given: str) -> Wanted | None:
    command = Command("x", params=recording.options(), callback=lambda: None)
    with command.make_context("x", list(given)) as ctx:
        return wanted(ctx)


def test_what_is_asked_for() -> None:
    assert parsed() is None
    assert parsed("--record", "a.pcapng") == Wanted(Record(Path("a.pcapng")))
    assert parsed("--record", "a", "--record-secrets", "--record-size", "64M", "--record-files", "3") == Wanted(
        Record(Path("a"), size=64 << 20, files=3), secrets=True
    )
    assert parsed("--record", "live:a", "--record-secrets") == Wanted(Record(Path("a"), live=True), secrets=True)
    assert parsed("--window") == Wanted(window=PORT)
    assert parsed("--window", "0", "--record-secrets") == Wanted(window=0, secrets=True)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["--record-secrets"], "'--record-secrets' needs '--record"),
        (["--record-size", "1M"], "'--record-size' needs '--record"),
        (["--record", ""], "needs a file"),
        (["--record", "live:"], "needs a file"),
        (["--record", "live:a"], "add '--record-secrets'"),
    ],
)
def test_what_makes_no_sense(given: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parsed(*given)


def test_one_file_has_one_recorder(tmp_path: Path) -> None:
    recordings = Recordings()
    asked = Wanted(Record(tmp_path / "a.pcapng"))
    taps = [recordings.tap(asked, protocol) for protocol in ("http", "upper")]
    assert taps[0]._recorder is taps[1]._recorder  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match="each in its own way"):
        recordings.tap(Wanted(Record(tmp_path / "a.pcapng"), secrets=True), "http")
    recordings.close()
    CaptureFile(tmp_path / "a.pcapng").close()


def test_a_clients_record_ends_with_its_command(tmp_path: Path) -> None:
    def run() -> None:
        assert client_tap("http") is not None and client_tap("upper") is not None

    command = click.Command("x", params=recording.options(), callback=run)
    command.main(["--record", str(tmp_path / "a.pcapng")], standalone_mode=False)
    assert (tmp_path / "a.pcapng").stat().st_size > 28
    assert client_tap("http") is None


# ------------------------------------------------------------------------------------------------ windows


class Shown:
    """Stands for a window: its page is never started."""

    made: ClassVar[list[Shown]] = []

    def __init__(self, port: int, *, program: str, secrets: bool, keys: MemoryKeyLog) -> None:
        self.url = f"http://127.0.0.1:{port}/token/"
        self.secrets = secrets
        self.keys = keys
        self.recorder = self
        self.done: list[str] = []
        self.key_log = keys.path
        Shown.made.append(self)

    def tap(self, mask: object = None, port: int = 0, protocol: str = "") -> Shown:
        return self

    def flush(self) -> None:
        self.done.append("flush")

    def wait(self, enough: threading.Event) -> None:
        self.done.append("wait")

    def close(self) -> None:
        self.done.append("close")
        self.keys.close()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> list[Shown]:
    """The windows that were made."""
    monkeypatch.setattr("portside.cli.window.Window", Shown)
    monkeypatch.setattr(Shown, "made", [])
    return Shown.made


def test_servers_share_the_window_of_one_port(windows: list[Shown], capsys: pytest.CaptureFixture[str]) -> None:
    recordings = Recordings()
    first = recordings.tap(Wanted(window=4040), "http")
    assert recordings.tap(Wanted(window=4040), "upper") is first is windows[0]  # type: ignore[comparison-overlap]
    recordings.tap(Wanted(window=4041, secrets=True), "http")
    assert [window.secrets for window in windows] == [False, True]
    recordings.announce()
    assert capsys.readouterr().err.splitlines() == [
        f"portside: the window is at http://127.0.0.1:{port}/token/" for port in (4040, 4041)
    ]
    with pytest.raises(UsageError, match="two servers share the window at 4040, one with its secrets and one without"):
        recordings.tap(Wanted(window=4040, secrets=True), "http")
    recordings.close()
    assert [window.done for window in windows] == [["close"]] * 2


def test_the_address_of_a_window_is_that_of_the_one_that_shows_it(windows: list[Shown]) -> None:
    recordings = Recordings()
    recordings.tap(Wanted(window=4040), "http")
    assert recordings.window_of(Wanted(window=4040)) == "http://127.0.0.1:4040/token/"
    assert (
        recordings.window_of(Wanted(window=4041)) == recordings.window_of(Wanted()) == recordings.window_of(None) == ""
    )
    recordings.close()


def test_keys_reach_only_those_who_may_have_them(windows: list[Shown], tmp_path: Path) -> None:
    """A record with secrets is on the disk: keys of servers that keep theirs to themselves do not go there."""
    recordings = Recordings()
    told = recordings.tap(Wanted(Record(tmp_path / "a.pcapng"), window=0, secrets=True), "http")
    hidden = recordings.tap(Wanted(window=1), "http")
    plain = recordings.tap(Wanted(Record(tmp_path / "b.pcapng"), window=1), "http")
    assert isinstance(told, Taps)
    assert told.key_log == windows[0].key_log
    assert hidden.key_log == plain.key_log == windows[1].key_log != told.key_log
    assert plain.key_log is not None
    with Path(plain.key_log).open("a") as log:
        log.write("CLIENT_RANDOM 00 c4n4ry\n")
    assert b"c4n4ry" in windows[1].keys.take()
    recordings.close()
    assert all(b"c4n4ry" not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_record_is_one_with_and_without_a_window(windows: list[Shown], tmp_path: Path) -> None:
    recordings = Recordings()
    record = Record(tmp_path / "a.pcapng")
    recordings.tap(Wanted(record), "http")
    recordings.tap(Wanted(record, window=0), "http")
    assert list(recordings._records) == [record.path]
    recordings.close()


def ended(*given: str, error: BaseException | None = None) -> int:
    """The exit code of a client that ends, or fails, while it has what ``given`` asks for."""

    def run() -> int:
        assert client_tap("http") is not None
        if error is not None:
            raise error
        return 1

    command = Command("x", params=recording.options(), callback=run)
    try:
        with command.make_context("x", list(given)) as ctx:
            return int(command.invoke(ctx))
    except click.exceptions.Exit as told:
        click.globals.pop_context()  # click leaves it where a callback at its end raises
        return told.exit_code


def test_a_clients_window_stays_until_somebody_has_seen_enough(windows: list[Shown]) -> None:
    assert ended("--window") == 1, "the code is the transfer's"
    assert windows[0].done == ["flush", "wait", "close"]


def test_what_a_client_failed_by_is_told_before_people_look(
    windows: list[Shown], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(Shown, "wait", lambda self, enough: said.append(capsys.readouterr().err))
    assert ended("--window", error=ConnectError("nobody is there")) == 3
    assert said == ["portside: the window is at http://127.0.0.1:4040/token/\nportside: nobody is there\n"]
    assert capsys.readouterr().err == "", "it is told once"
    assert windows[0].done == ["flush", "close"]


def test_ctrl_c_at_a_window_is_no_interruption(windows: list[Shown], monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(self: Shown, enough: threading.Event) -> None:
        assert not enough.is_set()
        signal.raise_signal(signal.SIGINT)
        assert enough.is_set()

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(Shown, "wait", wait)
    assert ended("--window", error=ConnectError("nobody is there")) == 3
    assert signal.getsignal(signal.SIGINT) is before


def test_whoever_interrupts_a_client_has_seen_enough(windows: list[Shown]) -> None:
    with pytest.raises(KeyboardInterrupt):
        ended("--window", error=KeyboardInterrupt())
    assert windows[0].done == ["flush", "close"]


def test_without_a_window_a_failure_goes_its_way(tmp_path: Path) -> None:
    with pytest.raises(ConnectError):
        ended("--record", str(tmp_path / "a.pcapng"), error=ConnectError("nobody is there"))
    CaptureFile(tmp_path / "a.pcapng").close()
