from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside import __version__, cli
from portside.cli.verbs import LATER_VERBS, VERBS

Call = Callable[..., Any]
BUILT = [name for name in VERBS if (Path(cli.__path__[0]) / f"{name}.py").exists()]


def test_help_lists_every_verb_and_begins_with_an_example(command: Call) -> None:
    ended = command("--help")
    assert ended.code == 0
    assert ended.stdout.startswith("Examples:\n  portside serve")
    for verb in VERBS.values():
        assert f"\n  {verb.name} " in ended.stdout
    assert all(name in ended.stdout for name in LATER_VERBS)


def test_without_a_verb_there_is_help(command: Call) -> None:
    assert command().stdout == command("--help").stdout


def test_help_loads_no_verb() -> None:
    script = "import sys; from portside.cli import main; main(['--help']); print(*sorted(sys.modules), file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stderr.split()
    assert "click" in loaded
    assert [verb.module for verb in VERBS.values() if verb.module in loaded] == []
    assert "asyncio" not in loaded


@pytest.mark.parametrize("verb", BUILT)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_the_help_of_each_verb_begins_with_an_example(verb: str, option: str, command: Call) -> None:
    ended = command(verb, option)
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Example")
    assert f"Usage: portside {verb} " in ended.stdout


@pytest.mark.parametrize("verb", LATER_VERBS)
def test_a_verb_of_later_says_so(verb: str, command: Call) -> None:
    ended = command(verb, "--whatever", "x")
    assert (ended.code, ended.stdout, ended.stderr) == (2, "", f"portside: '{verb}' is not built yet\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["serv"], "there is no verb 'serv'; did you mean 'serve'?"),
        (["zzzzz"], "there is no verb 'zzzzz'; 'portside --help' lists them"),
        (["a\x1b[2J"], r"there is no verb 'a\x1b[2J'; 'portside --help' lists them"),
        (["--vershion"], "there is no option '--vershion'; did you mean '--version'?"),
        (["protocols", "--jsno"], "there is no option '--jsno'; did you mean '--json'?"),
        (["protocols", "--zzz"], "there is no option '--zzz'; 'portside protocols --help' lists them"),
        (["completion"], "missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish"),
    ],
)
def test_wrong_usage_is_one_line_with_a_hint(arguments: list[str], line: str, command: Call) -> None:
    ended = command(*arguments)
    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"portside: {line}")
    assert ended.stderr.count("\n") == 1


def test_version_among_others_is_answered(command: Call) -> None:
    assert command("--version", "serve").stdout == f"portside {__version__}\n"


def test_a_shell_is_told_the_verbs_without_loading_them(command: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PORTSIDE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "portside se")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert command().stdout == "plain,serve\nplain,send\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("portside --v", ["plain,--version"]),
        ("portside protocols u", ["plain,upper"]),
        ("portside serve upper --ud", ["plain,--udp"]),
        ("portside completion f", ["plain,fish"]),
    ],
)
def test_a_shell_is_told_options_and_values(
    words: str, expected: list[str], command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_PORTSIDE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert command().stdout.splitlines() == expected


def test_a_reader_that_leaves_ends_the_command_quietly(portside: Path) -> None:
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait()
    assert reader.stdin is not None
    with reader.stdin:
        ended = subprocess.run([portside, "protocols"], stdout=reader.stdin, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (141, b"")
