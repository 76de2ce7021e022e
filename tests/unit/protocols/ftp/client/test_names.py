"""Names from elsewhere never lead out of the folder they are meant for."""

from __future__ import annotations

import pytest

from portside.errors import UsageError
from portside.protocols.ftp.client.names import LONGEST_NAME, is_safe, join, remote_name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "/etc/passwd",
        "a/b",
        "a\0b",
        "a\nb",
        "a\rb",
        "\x1b[2J",
        "a\x7f",
        "a\x9bb",
        "x" * 256,
        "é" * 128,
    ],
)
def test_what_could_lead_elsewhere_or_upset_a_terminal_is_no_name(name: str) -> None:
    assert not is_safe(name)


@pytest.mark.parametrize("name", ["a", "...", " a", "-rf", "a b", "ü", "*", "\\", "a\udcff", "x" * LONGEST_NAME])
def test_odd_names_are_names(name: str) -> None:
    assert is_safe(name)


def test_a_file_is_saved_under_its_last_name() -> None:
    assert remote_name("a/b.txt", "ftp://h/a/b.txt") == "b.txt"


@pytest.mark.parametrize("path", ["a/", "a/..", "a/.profile", "a/\x1b"])
def test_a_name_that_hides_or_climbs_is_refused(path: str) -> None:
    with pytest.raises(UsageError):
        remote_name(path, "it")


@pytest.mark.parametrize(("folder", "path"), [("", "a"), ("/", "/a"), ("x", "x/a"), ("x/", "x/a"), ("/x", "/x/a")])
def test_paths_are_joined(folder: str, path: str) -> None:
    assert join(folder, "a") == path
