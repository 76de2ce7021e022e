from __future__ import annotations

import logging

import pytest

from portside.mail.envelope import Envelope, Origin, Recipient
from portside.protocols.smtp.server.log import MOST_TOLD, Kept, note

ORIGIN = Origin("mx", 0.0, "192.0.2.7", 40000, "client", "ESMTPSA", "anna", "TLSv1.3 TLS_AES_128_GCM_SHA256", 25)


def kept(count: int = 1, origin: Origin = ORIGIN) -> Kept:
    recipients = tuple(Recipient(f"u{number}@example.net") for number in range(count))
    return Kept("id1", Envelope("a@example.com", recipients), origin, 42)


@pytest.mark.parametrize(("message", "line"), [
    (kept(), "192.0.2.7 id1 <a@example.com> to <u0@example.net> 42 tls=TLSv1.3 user=anna"),
    (kept(3), "192.0.2.7 id1 <a@example.com> to <u0@example.net> and 2 more 42 tls=TLSv1.3 user=anna"),
    (kept(1, Origin("mx", 0.0)), "unix id1 <a@example.com> to <u0@example.net> 42"),
])  # fmt: skip
def test_a_line_says_what_one_wants_to_know(message: Kept, line: str) -> None:
    assert str(message) == line


def test_the_fields_say_it_by_names_and_bounded() -> None:
    facts = kept(100).facts
    assert facts["recipients"] == 100
    assert len(facts["to"]) == MOST_TOLD  # type: ignore[arg-type]
    assert (facts["id"], facts["user"], facts["size"], facts["protocol"]) == ("id1", "anna", 42, "ESMTPSA")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The messages that our log tells of; others may write in the same moment."""
    return [record.facts["id"] for record in caplog.records if record.name == "portside.smtp"]  # type: ignore[attr-defined]


def test_nothing_is_written_where_nobody_wants_to_read(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "portside.smtp"):
        note(kept())
    assert told(caplog) == []
    with caplog.at_level(logging.INFO, "portside.smtp"):
        note(kept())
    assert told(caplog) == ["id1"]
