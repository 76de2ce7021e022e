"""The client's settings: safe as they come, and silent about secrets."""

from __future__ import annotations

from portside.protocols.http.client.settings import Settings


def test_they_verify_and_bound_as_they_come() -> None:
    settings = Settings()
    assert settings.tls.verify and not settings.tls.local_ca
    assert settings.timeout > 0 and settings.redirects > 0 and settings.in_memory > 0
    assert settings.proxies.by_scheme == {}


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Settings(login=("me", "secret")))
