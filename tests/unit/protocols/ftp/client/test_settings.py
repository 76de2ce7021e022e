"""What a client is told does not tell secrets."""

from __future__ import annotations

from portside.protocols.ftp.client.settings import Settings


def test_settings_show_no_password() -> None:
    shown = repr(Settings(login=("me", "hunter2"), account="purse"))
    assert "hunter2" not in shown and "purse" not in shown
