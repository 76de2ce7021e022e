"""What our mail client asks of Postfix beyond a message: reports, chunks, addresses in UTF-8; and what hides in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.support import postfix
from tests.support.our_mail_client import ANY, send
from tests.support.postfix import wait_until_logged
from tests.support.smtp_contents import EIGHT_BIT, HEAD
from tests.support.smtp_peers import ANN, BEN, MailPeer

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]
REFUSED = 1


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A message as a file."""
    file = tmp_path / "letter.eml"
    file.write_bytes(HEAD + b"\r\nhello\r\n")
    return file


def test_a_report_of_success(smtp: Smtp, letter: Path) -> None:
    server = smtp(kind=postfix)
    send(server, "--dsn", "success", "--envid", "QQ314159", "--ret", "headers", "--file", letter, sender=BEN)
    reports = [raw for raw in server.wait(2) if b"multipart/report" in raw]
    assert len(reports) == 1
    parts = {part.get_content_type(): part for part in message_from_bytes(reports[0]).walk()}
    status = parts["message/delivery-status"].as_string()
    assert "Original-Envelope-Id: QQ314159" in status
    assert "Action: delivered" in status
    assert re.search(rf"^Original-Recipient: rfc822; *{re.escape(ANN)}$", status, re.MULTILINE)
    assert "text/rfc822-headers" in parts, "the headers were asked for, not the whole"


def test_no_report_of_failure_where_none_is_wanted(smtp: Smtp, letter: Path) -> None:
    server = smtp("virtual_mailbox_maps = inline:{ben@example.test=box/}", kind=postfix)
    refused = send(server, "--dsn", "never", "--file", letter, sender=BEN, code=REFUSED)
    assert b"550" in refused.stdout + refused.stderr
    assert server.inbox.arrived() == []


def test_content_goes_in_chunks_where_they_are_offered(smtp: Smtp, letter: Path) -> None:
    server = smtp(kind=postfix)
    send(server, "--file", letter)
    assert " data=" not in wait_until_logged(server, "bdat=1")
    server.wait_for(letter.read_bytes())


def test_content_goes_by_data_where_they_are_not(smtp: Smtp, letter: Path) -> None:
    server = smtp("smtpd_discard_ehlo_keywords = chunking", kind=postfix)
    send(server, "--file", letter)
    assert "bdat=" not in wait_until_logged(server, " data=1")
    server.wait_for(letter.read_bytes())


def test_addresses_in_utf_8(smtp: Smtp, letter: Path) -> None:
    server = smtp(kind=postfix)
    send(server, "--file", letter, to=("jörg@example.test",))
    server.wait_for(letter.read_bytes())
    assert "jörg@example.test".encode() in server.wait(1)[0]


def test_addresses_in_utf_8_are_refused_where_nobody_takes_them(smtp: Smtp, letter: Path) -> None:
    server = smtp("smtputf8_enable = no", kind=postfix)
    ended = send(server, "--file", letter, to=("jörg@example.test",), code=REFUSED)
    assert b"5.6.7" in ended.stdout + ended.stderr
    assert server.inbox.arrived() == []


def test_eight_bits_come_encoded_where_they_are_not_taken(smtp: Smtp, tmp_path: Path) -> None:
    """RFC 6152 §3: such a message is turned into one of seven bits, or refused; it is never sent as it is."""
    server = smtp("smtpd_discard_ehlo_keywords = 8bitmime, chunking, smtputf8", kind=postfix)
    head = HEAD + b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    text = EIGHT_BIT["UTF-8"].partition(b"\r\n\r\n")[2]
    (tmp_path / "letter.eml").write_bytes(head + b"\r\n" + text)
    ended = send(server, "--file", tmp_path / "letter.eml", code=ANY)
    if ended.returncode == REFUSED:
        assert b"5.6.3" in ended.stdout
        return
    (raw,) = server.wait(1)
    message = message_from_bytes(raw)
    assert message["Content-Transfer-Encoding"].lower() in ("quoted-printable", "base64")
    assert message.get_payload(decode=True).replace(b"\r\n", b"\n") == text.replace(b"\r\n", b"\n")


FALSE_ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r.\n", b"\n.\r", b"\r\n.\r\n"]
HIDDEN = (
    b"MAIL FROM:<forged@example.test>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nboo\r\n.\r\n"
)


@pytest.mark.parametrize("chunking", ["--chunking", "--no-chunking"])
def test_nothing_is_smuggled_out(smtp: Smtp, tmp_path: Path, chunking: str) -> None:
    """Postfix takes bare line ends here, as it did for decades: one message arrives, or we refuse to send it."""
    server = smtp("smtpd_forbid_bare_newline = no", kind=postfix)
    sent = []
    for number, false_end in enumerate(FALSE_ENDS):
        file = tmp_path / f"{number}.eml"
        file.write_bytes(HEAD.replace(b"a hard one", b"number %d" % number) + b"\r\nhello" + false_end + HIDDEN)
        if send(server, "--file", file, chunking, code=ANY).returncode == 0:
            sent.append(f"number {number}")
    (tmp_path / "last.eml").write_bytes(b"Subject: the last\r\n\r\n")
    send(server, "--file", tmp_path / "last.eml")
    found = server.wait(len(sent) + 1)
    assert sorted(str(message_from_bytes(raw)["Subject"]) for raw in found) == [*sent, "the last"]
    assert "from=<forged@" not in postfix.log(server)
