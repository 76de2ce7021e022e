"""Our mail client with the servers that others wrote, and with ours: over both families, with and without TLS."""

from __future__ import annotations

import mailbox
import random
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support import aiosmtpd_peer, exim, maildev, postfix, smtp_served, smtp_sink
from tests.support.aiosmtpd_peer import Files
from tests.support.our_mail_client import ANY, as_folder, send, told
from tests.support.smtp_contents import EIGHT_BIT, HEAD, SEVEN_BIT, large
from tests.support.smtp_peers import ANN, BEN, PASSWORD, USER, MailPeer

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]

KINDS = {
    "postfix": postfix, "exim": exim, "aiosmtpd": aiosmtpd_peer, "smtp-sink": smtp_sink, "maildev": maildev,
    "ours": smtp_served,
}  # fmt: skip
WITH_TLS = ("postfix", "exim", "aiosmtpd", "ours")
CONTENTS = [*SEVEN_BIT.values(), *EIGHT_BIT.values()]
REFUSED, NO_TLS_OR_LOGIN = 1, 4

each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
with_tls = pytest.mark.parametrize("kind", [KINDS[name] for name in WITH_TLS], ids=[*WITH_TLS])
with_login = pytest.mark.parametrize("kind", [exim, aiosmtpd_peer, smtp_served], ids=["exim", "aiosmtpd", "ours"])


@each_kind
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_messages_arrive_as_they_are(smtp: Smtp, tmp_path: Path, kind: ModuleType, host: str) -> None:
    server = smtp(kind=kind, host=host)
    send(server, "--file", as_folder(tmp_path / "mails", CONTENTS))
    server.wait_for(*CONTENTS)


@each_kind
@pytest.mark.parametrize("chunking", ["--chunking", "--no-chunking"])
def test_ten_megabytes(smtp: Smtp, tmp_path: Path, kind: ModuleType, chunking: str) -> None:
    server, content = smtp(kind=kind), large()
    (tmp_path / "large.eml").write_bytes(content)
    send(server, "--file", tmp_path / "large.eml", chunking)
    server.wait_for(content)


@with_tls
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_messages_arrive_over_starttls(smtp: Smtp, tmp_path: Path, kind: ModuleType, host: str) -> None:
    server = smtp(kind=kind, host=host, tls=True)
    send(server, "--file", as_folder(tmp_path / "mails", CONTENTS))
    server.wait_for(*CONTENTS)


@pytest.mark.parametrize("kind", [aiosmtpd_peer, smtp_served], ids=["aiosmtpd", "ours"])
def test_messages_arrive_over_tls(smtp: Smtp, tmp_path: Path, kind: ModuleType) -> None:
    server = smtp(kind=kind, tls=True, at_once=True)
    send(server, "--file", as_folder(tmp_path / "mails", CONTENTS))
    server.wait_for(*CONTENTS)


@pytest.mark.parametrize("kind", [postfix, exim], ids=["postfix", "exim"])
def test_messages_arrive_at_a_port_for_tls(smtp: Smtp, tmp_path: Path, kind: ModuleType) -> None:
    server = smtp(kind=kind, tls=True)
    mails = as_folder(tmp_path / "mails", CONTENTS)
    send(None, "--cacert", str(server.ca), "--file", mails, server.tls_url)
    server.wait_for(*CONTENTS)


@with_tls
def test_a_certificate_of_strangers_is_refused(smtp: Smtp, kind: ModuleType) -> None:
    server = smtp(kind=kind, tls=True)
    send(None, "--starttls", "require", "--body", "x", server.url, code=NO_TLS_OR_LOGIN)
    assert server.inbox.arrived() == []


@with_login
def test_a_login(smtp: Smtp, tmp_path: Path, kind: ModuleType) -> None:
    server = smtp(kind=kind, tls=True, login=True)
    (tmp_path / "one.eml").write_bytes(HEAD + b"\r\nhello\r\n")
    send(server, "--file", tmp_path / "one.eml", "-u", f"{USER}:a wrong one", code=NO_TLS_OR_LOGIN)
    send(server, "--file", tmp_path / "one.eml", "-u", f"{USER}:{PASSWORD}")
    server.wait_for(HEAD + b"\r\nhello\r\n")


def test_no_password_goes_where_there_is_no_tls(smtp: Smtp) -> None:
    server = smtp(kind=aiosmtpd_peer, login=True)
    send(server, "--starttls", "require", "-u", f"{USER}:{PASSWORD}", "--body", "x", code=NO_TLS_OR_LOGIN)
    assert server.inbox.arrived() == []


@each_kind
def test_a_composed_message_is_read_by_python(smtp: Smtp, tmp_path: Path, kind: ModuleType) -> None:
    picture = random.Random(4).randbytes(50_000)
    (tmp_path / "Bild für dich.bin").write_bytes(picture)
    (tmp_path / "letter.html").write_text("<p>Grüße, <b>Ann</b></p>")
    server = smtp(kind=kind)
    parts = ("--html", tmp_path / "letter.html", "--attach", tmp_path / "Bild für dich.bin")
    send(server, "--subject", "Grüße aus Kiel", "--body", "Grüße\n.\n", *parts)
    (raw,) = server.wait(1)
    message = message_from_bytes(raw)
    found = {part.get_content_type(): part for part in message.walk()}
    assert found["text/plain"].get_payload(decode=True).splitlines() == ["Grüße".encode(), b"."]
    assert b"<b>Ann</b>" in found["text/html"].get_payload(decode=True)
    (attachment,) = [part for part in message.walk() if part.get_filename()]
    assert attachment.get_payload(decode=True) == picture


def test_each_recipient_has_a_result(smtp: Smtp, tmp_path: Path) -> None:
    server = smtp(kind=aiosmtpd_peer)
    (tmp_path / "one.eml").write_bytes(HEAD + b"\r\n")
    to = (ANN, "nobody@example.test", "busy@example.test", BEN)
    ended = send(server, "--json", "--file", tmp_path / "one.eml", to=to, code=REFUSED)
    assert [(each["recipient"], each["code"]) for each in told(ended)] == [
        (ANN, 250),
        ("nobody@example.test", 550),
        ("busy@example.test", 450),
        (BEN, 250),
    ]
    server.wait_for(HEAD + b"\r\n")
    assert isinstance(server.inbox, Files)
    assert server.inbox.envelopes()[0]["recipients"] == [ANN, BEN]


@pytest.mark.parametrize("kind", [smtp_sink, aiosmtpd_peer, smtp_served], ids=["smtp-sink", "aiosmtpd", "ours"])
def test_many_messages_over_few_connections(smtp: Smtp, tmp_path: Path, kind: ModuleType) -> None:
    contents = [HEAD + b"X-Number: %d\r\n\r\n.\r\n%s\r\n" % (n, b"x" * (n % 900)) for n in range(500)]
    box = mailbox.mbox(tmp_path / "all.mbox")
    for content in contents:
        box.add(content.replace(b"\r\n", b"\n"))
    box.close()
    server = smtp(kind=kind)
    send(server, "--quiet", "--connections", "3", "--file", tmp_path / "all.mbox")
    server.wait_for(*contents)


@pytest.mark.parametrize("kind", [aiosmtpd_peer, smtp_served], ids=["aiosmtpd", "ours"])
def test_lmtp(smtp: Smtp, tmp_path: Path, kind: ModuleType) -> None:
    options: dict[str, Any] = {"lmtp": True} if kind is aiosmtpd_peer else {}
    server = smtp(*([] if options else ["--lmtp"]), kind=kind, **options)
    (tmp_path / "one.eml").write_bytes(SEVEN_BIT["dots"])
    send(server, "--lmtp", "--file", tmp_path / "one.eml")
    server.wait_for(SEVEN_BIT["dots"])


@pytest.mark.parametrize(
    "options, code",
    [
        (("-f", "RCPT"), 1),
        (("-r", "RCPT"), 1),
        (("-f", "DATA"), 1),
        (("-r", "."), 1),
        (("-f", "."), 1),
        (("-f", "MAIL"), 1),
        (("-r", "CONNECT"), 1),
        (("-f", "CONNECT"), 1),
        (("-q", "MAIL"), 3),
        (("-q", "."), 3),
        (("-f", "EHLO"), 0),
        (("-e",), 0),
        (("-p",), 0),
    ],
    ids=str,
)
def test_a_server_that_fails_is_told(smtp: Smtp, options: tuple[str, ...], code: int) -> None:
    """5yz and 4yz at each step, the connection cut, no ESMTP, no pipelining."""
    server = smtp(*options, kind=smtp_sink)
    ended = send(server, "--subject", "x", "--body", "y", code=code)
    assert ended.stderr.count(b"\n") + ended.stdout.count(b"\n") <= 2, ended
    if code == 0:
        assert len(server.inbox.arrived()) == 1
    elif "." not in options:  # it keeps what it refuses at its end
        server.wait_for()


INJECTED = [
    ("--subject", "x\r\nX-Evil: 1"),
    ("--subject", "x\n\nX-Evil: 1"),
    ("--subject", "x\rX-Evil: 1"),
    ("--header", "X-Good: 1\r\nX-Evil: 1"),
    ("--header", "X-Good\nX-Evil: 1"),
    ("--cc", "ben@example.test\r\nX-Evil: 1"),
    ("--cc", "Ben\r\nX-Evil: 1 <ben@example.test>"),
    ("--to", "ben@example.test>\r\nRCPT TO:<evil@example.test"),
    ("--bcc", "evil@example.test\nDATA"),
    ("--envid", "x\r\nRCPT TO:<evil@example.test>"),
    ("--helo", "x\r\nRCPT TO:<evil@example.test>"),
]


def test_no_option_puts_in_a_line_of_its_own(smtp: Smtp) -> None:
    """Neither into the header nor among the commands: it is refused as wrong usage, or it is harmless."""
    server = smtp(kind=aiosmtpd_peer)
    sent = 0
    for option in INJECTED:
        ended = send(server, "--body", "y", *option, code=ANY)
        assert ended.returncode in (0, 1, 2), (option, ended.stderr)
        assert b"Traceback" not in ended.stderr
        sent += ended.returncode == 0
    found = server.wait(sent) if sent else []
    assert len(server.inbox.arrived()) == len(found) == sent
    for raw in found:
        message = message_from_bytes(raw)
        assert "X-Evil" not in message
        assert message.get_payload().strip() == "y"
    assert isinstance(server.inbox, Files)
    for envelope in server.inbox.envelopes():
        assert set(envelope["recipients"]) <= {ANN, BEN}
