from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from portside.cli.kinds import ACCOUNT, BASE, FILE, FOLDER, PASSWORD, SECONDS, SIZE, placed


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("4096", 4096), ("64K", 65536), ("64k", 65536), ("1M", 1 << 20), ("2GiB", 2 << 30), ("1TB", 1 << 40)],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert SIZE.convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "-1", "1.5M", "1_0", "0x10", "K", "1 K", "1Q", "٣", "9" * 16, "1e3"])
def test_odd_sizes_are_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no size"):
        SIZE.convert(text, None, None)


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("30", 30.0), ("0.25", 0.25)])
def test_seconds_are_read(text: str, seconds: float) -> None:
    assert SECONDS.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "-1", "nan", "inf", "1e9", "1_0", "30s", "99999999", ".5", "٣"])
def test_odd_seconds_are_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time"):
        SECONDS.convert(text, None, None)


@pytest.mark.parametrize("kind", [FILE, FOLDER])
@pytest.mark.parametrize("text", ["", "a\0b"])
def test_a_path_that_is_none_is_refused(kind: Any, text: str) -> None:
    with pytest.raises(click.BadParameter):
        kind.convert(text, None, None)


def test_a_path_starts_where_it_was_written(tmp_path: Path) -> None:
    with click.Context(click.Command("x")) as ctx:
        assert placed("a/b", ctx) == Path("a/b")
        ctx.meta[BASE] = tmp_path
        assert placed("a/b", ctx) == FILE.convert("a/b", None, ctx) == tmp_path / "a/b"
        assert placed("/a", ctx) == Path("/a")
    assert placed("a", None) == Path("a")


@pytest.mark.parametrize(
    ("text", "account"), [("ann:secret", ("ann", "secret")), ("ann:a:b", ("ann", "a:b")), ("ä:ö", ("ä", "ö"))]
)
def test_accounts_are_read(text: str, account: tuple[str, str]) -> None:
    assert ACCOUNT.convert(text, None, None) == account


def test_a_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "from outside")
    assert ACCOUNT.convert("ann", None, None) == ("ann", "from outside")
    with pytest.raises(click.BadParameter):
        ACCOUNT.convert("ann:", None, None)


@pytest.mark.parametrize("text", ["", ":", "ann", "ann:", ":secret", "ann:a\nb", "a\0:b"])
def test_odd_accounts_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        ACCOUNT.convert(text, None, None)
    assert "secret" not in caught.value.message
