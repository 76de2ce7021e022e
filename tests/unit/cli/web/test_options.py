"""The options of the web's clients."""

from __future__ import annotations

import pytest

from portside.cli.web.options import account
from portside.errors import UsageError


@pytest.mark.parametrize(
    ("said", "environment", "result"),
    [
        ("me:pw", {}, ("me", "pw")),
        ("me:p:w", {}, ("me", "p:w")),
        ("me:", {}, ("me", "")),
        (":pw", {}, ("", "pw")),
        ("me", {"PORTSIDE_PASSWORD": "env"}, ("me", "env")),
        ("me:pw", {"PORTSIDE_PASSWORD": "env"}, ("me", "pw")),
    ],
)
def test_an_account_is_read(said: str, environment: dict[str, str], result: tuple[str, str]) -> None:
    assert account(said, environment) == result


def test_without_a_terminal_nobody_is_asked_for_a_password() -> None:
    with pytest.raises(UsageError, match="PORTSIDE_PASSWORD"):
        account("me", {})


def test_an_account_holds_no_controls() -> None:
    with pytest.raises(UsageError):
        account("me:p\nw", {})
