from __future__ import annotations

import subprocess
import sys

import pytest

from portside import __version__
from portside.cli import main


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"portside {__version__}\n"


def test_version_loads_neither_click_nor_a_loop() -> None:
    script = "import sys; from portside.cli import main; main(['--version']); print(*sorted(sys.modules))"
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    loaded = set(said.split())
    assert "portside.cli" in loaded
    assert loaded & {"click", "asyncio", "ssl", "logging", "dataclasses", "socket", "cryptography"} == set()


def test_version_beside_other_options_is_answered_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version", "--help"]) == 0
    assert capsys.readouterr().out == f"portside {__version__}\n"


def test_the_arguments_are_those_of_the_process(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["portside", "nonsense"])
    assert main() == 2
    assert "'nonsense'" in capsys.readouterr().err
