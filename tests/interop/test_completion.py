"""The shells themselves complete commands by the script that is made for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.commands import run
from tests.support.peers import need
from tests.support.served import PORTSIDE
from tests.support.terminals import sitting_at

each = pytest.mark.parametrize(
    ("typed", "completed"),
    [("protoc", "protocols"), ("serve --tl", "--tls"), ("completion z", "zsh")],
    ids=["verb", "option", "value"],
)


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command is on the path, and what a shell keeps stays in the test."""
    monkeypatch.setenv("PATH", f"{PORTSIDE.parent}:{os.environ['PATH']}")
    for name in ("HOME", "ZDOTDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))


@each
def test_bash(typed: str, completed: str) -> None:
    words = ["portside", *typed.split()]
    ask = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _portside_completion portside"
    script = f'eval "$(portside completion bash)"; {ask}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = run(need("bash"), "--norc", "-c", script)
    assert (done.returncode, done.stdout.decode().split(), done.stderr) == (0, [completed], b"")


@each
def test_fish(typed: str, completed: str) -> None:
    script = f"portside completion fish | source; complete -C 'portside {typed}'"
    done = run(need("fish"), "--no-config", "-c", script)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [line.split("\t")[0] for line in done.stdout.decode().splitlines()] == [completed]


@each
def test_zsh(typed: str, completed: str) -> None:
    with sitting_at([need("zsh"), "-f"], environment={"PS1": "first> "}) as terminal:
        terminal.wait_for("^first>$")
        terminal.type("autoload -Uz compinit; compinit -u -D; eval \"$(portside completion zsh)\"; PS1='ready> '\r")
        terminal.wait_for("^ready>$")
        terminal.type(f"portside {typed}\t")
        terminal.wait_for(f"^ready> {' '.join(['portside', *typed.split()[:-1], completed])}$")
        terminal.type("\x15exit\r")
        assert terminal.wait() == 0
