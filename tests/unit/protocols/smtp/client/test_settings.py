"""What a client is told: safe by itself, and no secret is shown."""

from __future__ import annotations

from portside.protocols.smtp.client.settings import Settings


def test_by_itself_a_client_verifies_and_waits_as_the_rfc_wants() -> None:
    settings = Settings()
    assert settings.trust.verify and settings.timeout == 0.0 and settings.port == 25 and settings.limits.end == 600


def test_settings_show_no_secret() -> None:
    assert "hidden" not in repr(Settings(login=("ann", "hidden"), token="hidden"))
