"""What the options of FTP come to, and whom they are not for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portside.cli.ftp.wanted import FtpOptions, only_ftp, parsed, refuse_for_the_web
from portside.errors import UsageError

Command = Callable[..., Any]


def test_urls_of_ftp_and_of_the_web_are_not_mixed() -> None:
    assert only_ftp(["ftp://a/", "ftps://b/"]) and not only_ftp(["http://a/"])
    with pytest.raises(UsageError):
        only_ftp(["ftp://a/", "http://b/"])


@pytest.mark.parametrize("options", [FtpOptions(recursive=True), FtpOptions(active=True), FtpOptions(starttls="off")])
def test_options_of_ftp_are_refused_for_the_web(options: FtpOptions) -> None:
    with pytest.raises(UsageError, match="for ftp:// and ftps:// only"):
        refuse_for_the_web(options)
    refuse_for_the_web(FtpOptions())


def test_all_urls_are_looked_at_before_anything_is_fetched() -> None:
    assert [url.path for url in parsed(["ftp://a/x", "ftp://a/y"])] == ["x", "y"]
    with pytest.raises(UsageError):
        parsed(["ftp://a/x", "ftp://a:x/"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("get", "ftp://127.0.0.1:1/a", "-I"),
        ("get", "ftp://127.0.0.1:1/a", "-d", "x"),
        ("get", "ftp://127.0.0.1:1/a", "-H", "A: b"),
        ("get", "ftp://127.0.0.1:1/a", "--delete"),
        ("get", "ftp://127.0.0.1:1/a", "-o", "x", "-O"),
        ("get", "ftp://127.0.0.1:1/a", "--resume"),
        ("get", "ftp://127.0.0.1:1/a", "http://127.0.0.1:1/"),
        ("get", "http://127.0.0.1:1/a", "--recursive"),
        ("get", "ftp://127.0.0.1:1/a", "-o", "x", "--cacert", "missing.pem"),
        ("put", "missing", "http://127.0.0.1:1/a", "--resume"),
        ("put", ".", "ftp://127.0.0.1:1/a"),
        ("put", "-", "ftp://127.0.0.1:1/a/"),
        ("put", "-", "ftp://127.0.0.1:1/a", "--resume"),
        ("put", "x", "ftp://127.0.0.1:1/*"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2_and_one_line(command: Command, arguments: tuple[str, ...]) -> None:
    ended = command(*arguments)
    assert (ended.code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
