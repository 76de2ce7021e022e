from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.recording import Wanted
from portside.cli.serve import command as serve
from portside.cli.serve import find_protocol, options_with_values
from portside.cli.serving import OFFERS, ServingCommand, offered
from portside.cli.verbs import LATER_PROTOCOLS

Call = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "protocol", "rest"),
    [
        ([], None, []),
        (["site"], None, ["site"]),
        (["upper"], "upper", []),
        (["./upper"], None, ["./upper"]),
        (["http", "upper"], "http", ["upper"]),
        (["--port", "0", "upper", "--udp"], "upper", ["--port", "0", "--udp"]),
        (["--port=0", "--udp", "upper"], "upper", ["--port=0", "--udp"]),
        (["--tls", "upper"], "upper", ["--tls"]),
        (["--host", "upper"], None, ["--host", "upper"]),
        (["--host", "upper", "site"], None, ["--host", "upper", "site"]),
        (["-q", "upper"], "upper", ["-q"]),
        (["--header", "A: b", "--auth", "a:b", "http", "x"], "http", ["--header", "A: b", "--auth", "a:b", "x"]),
        (["--", "upper"], None, ["--", "upper"]),
        (["--port", "0", "ftp", "x"], "ftp", ["--port", "0", "x"]),
        (["--window", "site"], None, ["--window=4040", "site"]),
        (["--window", "upper"], "upper", ["--window=4040"]),
        (["--window", "4041", "upper"], "upper", ["--window", "4041"]),
        (["--window", "4041", "site"], None, ["--window", "4041", "site"]),
        (["--tls", "--window", "upper", "--udp"], "upper", ["--tls", "--window=4040", "--udp"]),
        (["--window", "--port", "0", "upper"], "upper", ["--window=4040", "--port", "0"]),
        (["upper", "--window"], "upper", ["--window"]),
        (["site", "--window", "4041"], None, ["site", "--window", "4041"]),
        (["--window"], None, ["--window=4040"]),
        (["--window", "--", "upper"], None, ["--window=4040", "--", "upper"]),
    ],
)
def test_the_protocol_is_the_first_word_that_is_one(
    arguments: list[str], protocol: str | None, rest: list[str]
) -> None:
    assert find_protocol(arguments) == (protocol, rest)


@pytest.mark.parametrize(
    ("arguments", "protocol", "port"),
    [
        (["--window", "site"], "http", 4040),
        (["site", "--window"], "http", 4040),
        (["--window", "4041", "site"], "http", 4041),
        (["site", "--window", "0"], "http", 0),
        (["--window", "upper"], "upper", 4040),
        (["upper", "--window"], "upper", 4040),
        (["--window", "4041", "upper"], "upper", 4041),
        (["upper", "--window", "4041"], "upper", 4041),
    ],
)
def test_a_window_is_asked_for_before_and_behind_what_is_served(
    arguments: list[str], protocol: str, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    monkeypatch.chdir(tmp_path)
    with serve.make_context("serve", list(arguments)) as ctx:
        assert isinstance(ctx.command, ServingCommand)
        serving = ctx.command.prepare(ctx)
    assert (serving.protocol, serving.watching) == (protocol, Wanted(window=port))


def test_an_option_is_alike_in_every_protocol() -> None:
    kinds: dict[str, set[bool]] = {}
    for protocol in OFFERS:
        command = offered(protocol)
        valued = options_with_values([command])
        for name in {name for param in command.params for name in param.opts if name.startswith("-")}:
            kinds.setdefault(name, set()).add(name in valued)
    assert [name for name, alike in kinds.items() if len(alike) > 1] == []
    assert kinds["--port"] == {True}
    assert kinds["--tls"] == {False}


@pytest.mark.parametrize("protocol", LATER_PROTOCOLS)
def test_a_protocol_of_later_says_so(protocol: str, command: Call) -> None:
    ended = command("serve", protocol, "--user", "a:b", "x")
    assert (ended.code, ended.stdout, ended.stderr) == (2, "", f"portside: 'serve {protocol}' is not built yet\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--conditions", "wifi"],
        ["--http3"],
        ["--http2"],
        ["--workers", "2"],
        ["--reload"],
        ["--proxy", "/=http://localhost/"],
    ],
)
def test_an_option_of_later_says_so(arguments: list[str], command: Call) -> None:
    for protocol in ([], ["http"]):
        ended = command("serve", *protocol, *arguments)
        assert (ended.code, ended.stderr) == (2, f"portside: '{arguments[0]}' is not built yet\n")


def test_an_application_is_of_later(command: Call) -> None:
    assert command("serve", "shop.web:app").stderr == "portside: 'module:app (shop.web:app)' is not built yet\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["uper"], "'uper' is neither a protocol nor a folder; did you mean 'upper'?"),
        (["sitr"], "'sitr' is neither a protocol nor a folder; did you mean 'site'?"),
        (["qqqq"], "'qqqq' is neither a protocol nor a folder; 'portside protocols' lists the protocols"),
        (["http", "./none"], "there is no folder './none'"),
        (["page.html"], "'page.html' is a file"),
        (["upper", "--upload"], "there is no option '--upload'"),
        (["--uplaod"], "there is no option '--uplaod'; did you mean '--upload'?"),
        (["upper", "site"], "unexpected extra argument (site)"),
        ([".", "x"], "unexpected extra argument (x)"),
        (["--port", "x"], "invalid value for '--port'"),
    ],
)
def test_wrong_usage_is_one_line_with_a_hint(
    arguments: list[str], words: str, command: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "page.html").touch()
    monkeypatch.chdir(tmp_path)
    ended = command("serve", *arguments)
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert words in ended.stderr


@pytest.mark.parametrize(("words", "usage"), [(["serve"], "serve"), (["serve", "upper"], "serve upper")])
def test_each_protocol_has_help_of_its_own(words: list[str], usage: str, command: Call) -> None:
    ended = command(*words, "--help")
    assert ended.stdout.startswith("Examples:\n  portside serve")
    assert f"Usage: portside {usage} " in ended.stdout
    assert ("--upload" in ended.stdout) is (usage == "serve")
    assert ("--udp" in ended.stdout) is (usage == "serve upper")
