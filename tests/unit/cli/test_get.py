"""``portside get``: the URLs choose the client, and only that one is loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.ports import free_tcp_port

Command = Callable[..., Any]


def loaded_by(*arguments: str) -> set[str]:
    """The protocols whose client was loaded for that command line, which reaches nobody."""
    script = (
        "import sys; from portside.cli.program import run; run(sys.argv[1:]);"
        "print(*(name.split('.')[2] for name in sys.modules if name.endswith('.client.client')))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    assert "refused" in ended.stderr, ended.stderr
    return set(ended.stdout.split())


@pytest.mark.parametrize("scheme", ["http", "ftp"])
def test_only_the_client_that_is_asked_for_is_loaded(scheme: str) -> None:
    assert loaded_by("get", f"{scheme}://127.0.0.1:{free_tcp_port()}/a") == {scheme}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("http://a/", "ftp://a/"), "a command each"),
        (("http://a/", "--segments", "4"), "--segments"),
        (("ftp://a/", "-I"), "-I"),
        (("ftp://a/", "--delete"), "--delete is for --recursive"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "says",
)
def test_what_the_client_cannot_do_is_told(arguments: tuple[str, ...], says: str, command: Command) -> None:
    ended = command("get", *arguments)
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert says in ended.stderr


def test_the_help_begins_with_an_example(command: Command) -> None:
    assert command("get", "--help").stdout.startswith("Example")
