"""Python's ``smtplib`` and aiosmtplib against our mail server: over both families, with TLS and logins."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import aiosmtplib
import pytest

from tests.support.conversations import until
from tests.support.smtp_contents import EIGHT_BIT, HEAD, SEVEN_BIT, large
from tests.support.smtp_peers import ANN, BEN, FROM, PASSWORD, USER, MailPeer, each_way

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]

WAIT = 30.0
"""Seconds for one step of a client."""
CONTENTS = SEVEN_BIT | EIGHT_BIT
Refused = dict[str, tuple[int, Any]]


def smtplib_sends(
    server: MailPeer,
    contents: Sequence[bytes],
    to: Sequence[str] = (ANN,),
    login: str = "",
    options: Sequence[str] = (),
) -> list[Refused]:
    """Each of ``contents`` over one connection; whom the server refused. ``login`` is a password."""
    at_once = server.port == server.tls_port
    context = ssl.create_default_context(cafile=str(server.ca)) if server.ca else None
    made = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=WAIT, context=context)
        if at_once
        else smtplib.SMTP(server.host, server.port, timeout=WAIT)
    )
    with made as client:
        if context and not at_once:
            client.starttls(context=context)
        if login:
            client.login(USER, login)
        return [client.sendmail(FROM, to, content, options) for content in contents]


@contextlib.asynccontextmanager
async def visiting(client: aiosmtplib.SMTP) -> AsyncIterator[None]:
    """A client connected, and gone with its socket: over TLS that stays until the server has said its goodbye, too."""
    async with contextlib.AsyncExitStack() as last, client:
        socket = client.get_transport_info("socket")
        last.push_async_callback(until, lambda: socket.fileno() == -1)
        yield


def aiosmtplib_sends(
    server: MailPeer,
    contents: Sequence[bytes],
    to: Sequence[str] = (ANN,),
    login: str = "",
    options: Sequence[str] = (),
) -> list[Refused]:
    """As ``smtplib_sends``."""

    async def send() -> list[Refused]:
        context = ssl.create_default_context(cafile=str(server.ca)) if server.ca else None
        at_once = server.port == server.tls_port
        client = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, timeout=WAIT, tls_context=context, use_tls=at_once,
            start_tls=context is not None and not at_once,
        )  # fmt: skip
        async with visiting(client):
            if login:
                await client.login(USER, login)
            answers = [
                await client.sendmail(FROM, list(to), content, mail_options=list(options)) for content in contents
            ]
        return [refused for refused, _ in answers]  # type: ignore[misc]

    return asyncio.run(send())


Send = Callable[..., list[Refused]]
each_client = pytest.mark.parametrize("send", [smtplib_sends, aiosmtplib_sends], ids=["smtplib", "aiosmtplib"])


@each_client
@each_way
def test_messages_arrive_as_they_were_sent(smtp: Smtp, send: Send, way: dict[str, Any]) -> None:
    server, contents = smtp(**way), list(CONTENTS.values())
    assert send(server, contents, to=(ANN, BEN), options=("BODY=8BITMIME",)) == [{}] * len(contents)
    server.wait_for(*contents)


@each_client
@pytest.mark.parametrize("tls", [False, True])
def test_ten_megabytes(smtp: Smtp, send: Send, tls: bool) -> None:
    server, content = smtp(tls=tls), large()
    send(server, [content])
    server.wait_for(content)


@each_client
@pytest.mark.parametrize("at_once", [False, True])
def test_a_login(smtp: Smtp, send: Send, at_once: bool) -> None:
    server = smtp(tls=True, at_once=at_once, login=True)
    send(server, [HEAD], login=PASSWORD)
    with pytest.raises((smtplib.SMTPAuthenticationError, aiosmtplib.SMTPAuthenticationError)):
        send(server, [HEAD], login="a wrong one")
    server.wait_for(HEAD)


@each_client
def test_some_recipients_are_refused(smtp: Smtp, send: Send) -> None:
    server = smtp("--domain", "example.test")
    (refused,) = send(server, [HEAD], to=(ANN, "far@elsewhere.test"))
    assert {address: answer[0] for address, answer in refused.items()} == {"far@elsewhere.test": 550}
    server.wait_for(HEAD)


def test_addresses_in_utf_8(smtp: Smtp) -> None:
    server = smtp()
    smtplib_sends(server, [HEAD], to=("jörg@grüße.test",), options=("SMTPUTF8", "BODY=8BITMIME"))
    server.wait_for(HEAD)
    assert "jörg@grüße.test".encode() in server.wait(1)[0]


def test_who_does_not_say_smtputf8_has_ascii_addresses(smtp: Smtp) -> None:
    server = smtp()
    with smtplib.SMTP(server.host, server.port, timeout=WAIT) as client:
        client.ehlo()
        client.mail(FROM)
        client.command_encoding = "utf-8"
        assert client.rcpt("jörg@grüße.test")[0] in (501, 553)
        assert client.rcpt(ANN)[0] == 250
