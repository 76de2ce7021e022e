"""swaks against our mail server: every way to connect and to log in, and what arrives is what it sent."""

from __future__ import annotations

import email.policy
import random
from collections.abc import Callable
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import run
from tests.support.peers import need
from tests.support.processes import Running
from tests.support.served import PORTSIDE
from tests.support.smtp_clients import swaks
from tests.support.smtp_contents import EIGHT_BIT, HEAD, SEVEN_BIT
from tests.support.smtp_peers import ANN, BEN, FROM, PASSWORD, USER, Maildir, MailPeer, each_way

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]

CONTENTS = SEVEN_BIT | EIGHT_BIT
TO_REFUSED, AUTH_REFUSED = 24, 28
"""Exit codes of swaks."""


def told(server: MailPeer) -> EmailMessage:
    """The one message that has arrived, read by Python."""
    (raw,) = server.wait(1)
    message = BytesParser(policy=email.policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


@each_way
def test_a_message_arrives_as_it_was_sent(smtp: Smtp, way: dict[str, Any]) -> None:
    server = smtp(**way)
    swaks(server, content=CONTENTS["dots"])
    server.wait_for(CONTENTS["dots"])


def test_whatever_is_in_it(smtp: Smtp) -> None:
    server = smtp()
    for content in CONTENTS.values():
        swaks(server, "--pipeline", content=content)
    server.wait_for(*CONTENTS.values())


@each_way
def test_commands_in_one_go(smtp: Smtp, way: dict[str, Any]) -> None:
    server = smtp(**way)
    said = swaks(server, "--pipeline", content=CONTENTS["dots"], to=(ANN, BEN))
    assert "250-PIPELINING" in said
    server.wait_for(CONTENTS["dots"])


@pytest.mark.parametrize("how", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("at_once", [False, True])
def test_a_login_over_tls(smtp: Smtp, how: str, at_once: bool) -> None:
    server = smtp(tls=True, at_once=at_once, login=True)
    login = ("--auth", how, "--auth-user", USER)
    swaks(server, *login, "--auth-password", "a wrong one", content=HEAD, code=AUTH_REFUSED)
    swaks(server, *login, "--auth-password", PASSWORD, content=HEAD + b"\r\nlogged in\r\n")
    server.wait_for(HEAD + b"\r\nlogged in\r\n")
    assert "ESMTPSA" in told(server)["Received"]


def test_no_login_in_the_clear(smtp: Smtp) -> None:
    server = smtp(login=True)
    said = swaks(server, "--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD, code=AUTH_REFUSED)
    assert "250-AUTH" not in said and "250 AUTH" not in said
    assert server.inbox.arrived() == []


def test_attachments_come_as_they_are(smtp: Smtp, tmp_path: Path) -> None:
    picture = random.Random(3).randbytes(100_000)
    (tmp_path / "picture.bin").write_bytes(picture)
    server = smtp()
    swaks(server, "--attach-type", "image/png", "--attach", f"@{tmp_path / 'picture.bin'}", "--body", "See this.")
    (attachment,) = told(server).iter_attachments()
    assert attachment.get_content_type() == "image/png"
    assert attachment.get_content() == picture


def test_each_recipient_is_asked_for(smtp: Smtp) -> None:
    server = smtp("--domain", "example.test")
    said = swaks(server, content=HEAD, to=(ANN, "far@elsewhere.test", BEN))
    assert said.count("<** 550") == 1
    server.wait_for(HEAD)
    swaks(server, content=HEAD, to=("far@elsewhere.test",), code=TO_REFUSED)
    server.wait_for(HEAD)


def test_who_goes_early_leaves_nothing(smtp: Smtp) -> None:
    server = smtp()
    for stage in ("CONNECT", "FIRST-HELO", "MAIL", "RCPT"):
        swaks(server, "--quit-after", stage)
        swaks(server, "--drop-after", stage)
    swaks(server, content=HEAD)
    server.wait_for(HEAD)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_lmtp_answers_for_each_recipient(smtp: Smtp, host: str) -> None:
    server = smtp("--lmtp", host=host)
    said = swaks(server, "--protocol", "LMTP", content=CONTENTS["dots"], to=(ANN, BEN))
    _, _, after = said.partition("\n -> .\n")
    assert after.count("<-  250 ") == 2
    server.wait_for(CONTENTS["dots"])


def test_lmtp_over_a_socket_of_the_file_system(process: Callable[..., Running], tmp_path: Path) -> None:
    socket = tmp_path / "lmtp"
    server = process(PORTSIDE, "serve", "smtp", tmp_path / "mail", "--lmtp", "--host", f"unix:{socket}")
    server.wait_for_line("^ready ")
    ended = run(need("swaks"), "--socket", socket, "--protocol", "LMTP", "--from", FROM, "--to", ANN)
    assert ended.returncode == 0, ended
    assert server.stop() == 0
    assert len(Maildir(tmp_path / "mail").arrived()) == 1
    assert not socket.exists()
