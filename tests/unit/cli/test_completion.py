from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.completion import SHELLS

Call = Callable[..., Any]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(shell: str, command: Call) -> None:
    ended = command("completion", shell)
    assert (ended.code, ended.stderr) == (0, "")
    assert f"_PORTSIDE_COMPLETE={shell}_complete" in ended.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_shell_itself_reads_the_script(shell: str, command: Call) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    script = command("completion", shell).stdout
    subprocess.run([program, "-n"], input=script, text=True, check=True)


def test_bash_completes_by_the_script(command: Call, portside: Path) -> None:
    program = shutil.which("bash")
    if program is None:
        pytest.skip("there is no bash here")
    script = command("completion", "bash").stdout
    ask = f"COMP_WORDS=({portside} protoc); COMP_CWORD=1; _portside_completion {portside}; echo ${{COMPREPLY[@]}}"
    said = subprocess.run([program, "-c", script + ask], text=True, check=True, capture_output=True)
    assert said.stdout == "protocols\n"


def test_other_shells_are_refused(command: Call) -> None:
    assert command("completion", "tcsh").code == 2
