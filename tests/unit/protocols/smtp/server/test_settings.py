from __future__ import annotations

from portside.protocols.smtp.server import Settings
from portside.protocols.smtp.server.serving import MailServer
from portside.protocols.smtp.server.sink import SinkStore


def test_by_itself_a_server_is_for_this_machine_and_lets_nobody_in() -> None:
    settings = Settings()
    assert [address.host for address in settings.addresses] == ["127.0.0.1"]
    assert settings.accounts is None
    assert settings.chaos == ()
    assert MailServer(settings, SinkStore()).addresses == []
