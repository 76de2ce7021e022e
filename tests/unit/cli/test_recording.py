"""``--record`` on the command line: what it asks for, and what makes no sense."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from portside.capture.files.reading import CaptureFile
from portside.cli import recording
from portside.cli.recording import PORT, Record, Recordings, Wanted, client_tap, wanted
from portside.cli.usage import Command
from portside.errors import UsageError


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
