from __future__ import annotations

import subprocess
import sys

from portside import __version__


def test_the_package_runs_as_a_program() -> None:
    ended = subprocess.run([sys.executable, "-m", "portside", "--version"], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"portside {__version__}\n", "")


def test_its_exit_code_is_the_command_lines() -> None:
    ended = subprocess.run([sys.executable, "-m", "portside", "lab"], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "portside: 'lab' is not built yet\n")
