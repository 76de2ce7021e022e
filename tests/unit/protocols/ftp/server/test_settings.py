"""What a server does unless it is told otherwise."""

from __future__ import annotations

from pathlib import Path

from portside.protocols.ftp.rules.policy import Tls
from portside.protocols.ftp.server.settings import Anonymous, Settings


def test_a_server_is_safe_by_default() -> None:
    settings = Settings(Path())
    assert {address.host for address in settings.addresses} == {"127.0.0.1"}
    assert settings.anonymous.rights == {"list", "read"}
    assert not settings.hidden
    assert settings.policy.tls is Tls.OFF


def test_anonymous_writes_only_where_that_is_said() -> None:
    assert "write" in Anonymous.WRITE.rights
    assert "chmod" not in Anonymous.WRITE.rights
    assert "write" not in Anonymous.OFF.rights
