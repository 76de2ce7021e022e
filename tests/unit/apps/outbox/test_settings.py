"""What a runner is told once."""

from __future__ import annotations

import logging

import pytest

from portside.apps.outbox.schedule import DAY
from portside.apps.outbox.settings import Settings


def test_by_itself_it_is_a_patient_client_with_few_connections() -> None:
    settings = Settings()
    assert settings.schedule.expire == 5 * DAY
    assert settings.per_destination <= 5 <= settings.connections <= 50
    assert settings.mailbox is None and settings.domains == frozenset()


def test_what_a_person_should_know_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "portside.outbox"):
        Settings().warn("careful")
        Settings().tell("done")
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "careful"),
        ("INFO", "done"),
    ]
