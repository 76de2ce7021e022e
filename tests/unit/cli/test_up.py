from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.recording import Wanted
from portside.cli.up import read_servings
from portside.errors import UsageError

Call = Callable[..., Any]
TOP = Path(__file__).resolve().parents[3]


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "portside.toml"
    path.write_text(text, "utf-8")
    return path


def test_each_table_becomes_a_server(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    text = '[[serve]]\ntarget = "web"\nauth = "a:b"\n[[serve]]\nprotocol = "upper"\nudp = true\nquiet = true\n'
    web, upper = read_servings(_file(tmp_path, text))
    assert (web.scheme, web.exposed, web.quiet) == ("http", "", False)
    assert str(tmp_path / "web") in web.what, "a relative path starts at the file's folder"
    assert (upper.scheme, upper.quiet) == ("upper", True)
    assert "UDP" in upper.what


def test_a_window_is_a_port(tmp_path: Path) -> None:
    text = '[[serve]]\nprotocol = "upper"\nwindow = 4041\n[[serve]]\nwindow = 0\nrecord-secrets = true\n'
    assert [serving.watching for serving in read_servings(_file(tmp_path, text))] == [
        Wanted(window=4041),
        Wanted(window=0, secrets=True),
    ]


def test_the_example_is_understood() -> None:
    schemes = [serving.scheme for serving in read_servings(TOP / "examples" / "portside.toml")]
    assert schemes == ["http", "upper", "upper"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[[serve]]\nprotocol = "upper"\nport = 70000', 3, "'--port': 70000 is not in the range"),
        ('[[serve]]\nprotocol = "upper"\nidle_time = "x"', 3, "'x' is no time in seconds"),
        ('[[serve]]\nprotocol = "upper"\nwindow = true', 3, "'window' is a number: write window = 4040"),
        ('[[serve]]\nprotocol = "upper"\nwindow = 70000', 3, "'--window': 70000 is not in the range"),
        ('[[serve]]\nprotocol = "upper"\nwindow = "x"', 3, "'--window': 'x' is not a valid integer"),
        ('[[serve]]\nprotocol = "upper"\nrecord-secrets = true', 1, "'--record-secrets' needs '--record"),
        ('[[serve]]\nprotocol = "upper"\nudp = true\ntls = true', 1, "TLS needs a stream"),
        ('\n[[serve]]\nhost = "a:80"', 3, "'a:80' holds a port"),
        ('[[serve]]\ntarget = "nowhere"', 1, "'nowhere' is neither a protocol nor a folder"),
        ('[[serve]]\nport = 0\nlog-format = "xml"', 3, "'xml' is not one of"),
    ],
)
def test_what_a_server_cannot_be_told_names_file_and_line(text: str, line: int, message: str, tmp_path: Path) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_servings(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, command: Call) -> None:
    (tmp_path / "odd").write_bytes(b"\xff\xfe")
    for name, words in (("none", "there is no file"), ("odd", "is no text in UTF-8"), (".", "cannot read")):
        ended = command("up", str(tmp_path / name))
        assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
        assert words in ended.stderr


def test_without_a_name_it_is_the_file_of_this_folder(
    tmp_path: Path, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "'portside.toml'" in command("up").stderr
