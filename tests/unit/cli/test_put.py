"""``portside put``: the URL chooses the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.ports import free_tcp_port
from tests.unit.cli.test_get import loaded_by

Command = Callable[..., Any]


@pytest.mark.parametrize("scheme", ["http", "ftp"])
def test_only_the_client_that_is_asked_for_is_loaded(scheme: str) -> None:
    assert loaded_by("put", __file__, f"{scheme}://127.0.0.1:{free_tcp_port()}/a") == {scheme}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("http://a/x", "--resume"), "--resume is for ftp"),
        (("ftp://a/x", "--delete"), "--delete is for --recursive"),
        (("ftp://a/x", "-H", "A: b"), "-H"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "says",
)
def test_what_the_client_cannot_do_is_told(arguments: tuple[str, ...], says: str, command: Command) -> None:
    ended = command("put", __file__, *arguments)
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert says in ended.stderr


def test_the_help_begins_with_an_example(command: Command) -> None:
    assert command("put", "--help").stdout.startswith("Example")
