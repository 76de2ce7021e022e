"""Postfix's ``smtp-source`` against our mail server: many sessions at once, and every message is there, once, whole."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.smtp_clients import smtp_source
from tests.support.smtp_contents import SEVEN_BIT
from tests.support.smtp_peers import MailPeer, carries

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]

COUNT = 20_000 if os.environ.get("PORTSIDE_PROVE") == "1" else 1000
SESSIONS = 40
LENGTH = 5120


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("reused", [True, False], ids=["reused", "one-each"])
def test_every_message_is_there_once(smtp: Smtp, host: str, reused: bool) -> None:
    server = smtp(host=host)
    smtp_source(server, *(["-d"] if reused else []), "-l", str(LENGTH), count=COUNT, sessions=SESSIONS)
    found = server.wait(COUNT)
    names = Counter(re.search(rb"^Message-Id: (<[^>]+>)", raw, re.MULTILINE | re.IGNORECASE)[1] for raw in found)  # type: ignore[index]
    assert len(names) == COUNT, names.most_common(2)
    assert len({raw.partition(b"\n\n")[2] for raw in found}) == 1, "bodies differ, which were all the same"


def test_a_given_message_comes_as_it_is(smtp: Smtp, tmp_path: Path) -> None:
    content = SEVEN_BIT["dots"]
    (tmp_path / "message").write_bytes(content.replace(b"\r\n", b"\n"))
    server = smtp()
    smtp_source(server, "-F", tmp_path / "message", count=200, sessions=20)
    sent = content + b"\r\n"  # an empty line at the end is its own
    assert all(carries(raw, sent) for raw in server.wait(200))


def test_recipients_in_number(smtp: Smtp) -> None:
    server = smtp()
    smtp_source(server, "-r", "100", count=20, sessions=5)
    assert len(server.wait(20)) == 20


def test_lmtp_from_many_sessions(smtp: Smtp) -> None:
    server = smtp("--lmtp")
    smtp_source(server, "-L", "-d", "-r", "3", count=100, sessions=10)
    assert len(server.wait(100)) == 100
