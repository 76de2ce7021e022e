"""curl and msmtp against our mail server: over both families, with TLS and logins, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import smtp_clients
from tests.support.smtp_clients import msmtp_login
from tests.support.smtp_contents import EIGHT_BIT, HEAD, SEVEN_BIT, large
from tests.support.smtp_peers import ANN, BEN, PASSWORD, USER, MailPeer, each_way

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]
Send = Callable[..., object]

CONTENTS = SEVEN_BIT | EIGHT_BIT
NO_MAIL, NO_LOGIN, TOO_LARGE = 55, 67, 63
"""Exit codes of curl."""
EX_NOPERM, EX_DATAERR = 77, 65
"""Exit codes of msmtp where the login is refused, or the recipient."""

each_client = pytest.mark.parametrize("send", [smtp_clients.curl, smtp_clients.msmtp], ids=["curl", "msmtp"])


@each_client
@each_way
def test_a_message_arrives_as_it_was_sent(smtp: Smtp, send: Send, way: dict[str, Any]) -> None:
    server = smtp(**way)
    send(server, content=CONTENTS["dots"], to=(ANN, BEN))
    server.wait_for(CONTENTS["dots"])


@each_client
def test_whatever_is_in_it(smtp: Smtp, send: Send) -> None:
    server = smtp()
    for content in CONTENTS.values():
        send(server, content=content)
    server.wait_for(*CONTENTS.values())


@each_client
@pytest.mark.parametrize("tls", [False, True])
def test_ten_megabytes(smtp: Smtp, send: Send, tls: bool) -> None:
    server, content = smtp(tls=tls), large()
    send(server, content=content)
    server.wait_for(content)


@each_client
def test_an_end_that_is_missing_is_put_there(smtp: Smtp, send: Send) -> None:
    server = smtp()
    send(server, content=HEAD + b"\r\nno end")
    server.wait_for(HEAD + b"\r\nno end\r\n")


@pytest.mark.parametrize("how", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("at_once", [False, True])
def test_curl_logs_in(smtp: Smtp, how: str, at_once: bool) -> None:
    server = smtp(tls=True, at_once=at_once, login=True)
    by = ("--login-options", f"AUTH={how}")
    smtp_clients.curl(server, *by, "-u", f"{USER}:a wrong one", content=HEAD, code=NO_LOGIN)
    smtp_clients.curl(server, *by, "-u", f"{USER}:{PASSWORD}", content=HEAD)
    server.wait_for(HEAD)


def test_curl_hears_that_a_recipient_is_refused(smtp: Smtp) -> None:
    server = smtp("--domain", "example.test")
    smtp_clients.curl(server, content=HEAD, to=("far@elsewhere.test",), code=NO_MAIL)
    smtp_clients.curl(server, "--mail-rcpt-allowfails", content=HEAD, to=("far@elsewhere.test", ANN))
    server.wait_for(HEAD)


@pytest.mark.parametrize("how", ["plain", "login", "scram-sha-256"])
@pytest.mark.parametrize("at_once", [False, True])
def test_msmtp_logs_in(smtp: Smtp, how: str, at_once: bool) -> None:
    server = smtp(tls=True, at_once=at_once, login=True)
    smtp_clients.msmtp(server, *msmtp_login(how), "--passwordeval=echo wrong", content=HEAD, code=EX_NOPERM)
    smtp_clients.msmtp(server, *msmtp_login(how), content=HEAD)
    server.wait_for(HEAD)


def test_msmtp_asks_for_reports(smtp: Smtp) -> None:
    server = smtp()
    smtp_clients.msmtp(server, "--dsn-notify=failure,delay", "--dsn-return=headers", content=HEAD)
    server.wait_for(HEAD)


def test_msmtp_speaks_lmtp(smtp: Smtp) -> None:
    server = smtp("--lmtp")
    smtp_clients.msmtp(server, "--protocol=lmtp", content=HEAD, to=(ANN, BEN))
    server.wait_for(HEAD)


HANDLER = """
from portside.protocols.smtp.server import Handler, Reply

class Tokens(Handler):
    async def token(self, visit, user, token):
        return (user, token) == ("anna", "a.token")

    async def recipient(self, visit, envelope, recipient):
        if not visit.user:
            return Reply(550, ("Who are you?",), "5.7.1")
"""


def test_a_handler_knows_tokens(smtp: Smtp, tmp_path: Path) -> None:
    """OAUTHBEARER (RFC 7628) is the handler's to judge."""
    (tmp_path / "own.py").write_text(HANDLER)
    server = smtp("--handler", "own:Tokens", tls=True, cwd=tmp_path)
    by = ("--auth=oauthbearer", "--user=anna")
    smtp_clients.msmtp(server, *by, "--passwordeval=echo wrong", content=HEAD, code=EX_NOPERM)
    smtp_clients.msmtp(server, content=HEAD, code=EX_DATAERR)
    smtp_clients.msmtp(server, *by, "--passwordeval=echo a.token", content=HEAD)
    server.wait_for(HEAD)
