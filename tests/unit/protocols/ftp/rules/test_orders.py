"""What is written about an order does not tell secrets."""

from __future__ import annotations

from portside.protocols.ftp.rules.orders import Login, TlsUse


def test_a_login_shows_no_password() -> None:
    shown = repr(Login("me", "hunter2", "purse"))
    assert "me" in shown and "hunter2" not in shown and "purse" not in shown


def test_tls_is_used_where_it_is_offered_unless_one_says_otherwise() -> None:
    assert Login().tls is TlsUse.OFFERED
