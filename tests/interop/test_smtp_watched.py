"""Programs of others send mail, and what passes is told as one conversation: with no password, whoever records it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support import aiosmtpd_peer, smtp_served, tcpdump, tshark
from tests.support.captures import told
from tests.support.commands import run
from tests.support.served import PORTSIDE
from tests.support.smtp_clients import msmtp, msmtp_login, swaks
from tests.support.smtp_contents import BINARY, HEAD, SEVEN_BIT
from tests.support.smtp_peers import ANN, PASSWORD, USER, MailPeer
from tests.support.smtp_wire import opened

pytestmark = pytest.mark.peer

HOST = "127.0.0.78"
"""An address of loopback for us alone: whatever else passes there is not captured."""
SECRETS = [
    PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()),
]  # fmt: skip
CLIENT, SERVER = Role.CLIENT, Role.SERVER


def titles(story: Story, role: Role) -> list[str]:
    return [row.title for row in story.messages if row.protocol == "SMTP" and row.role is role]


def recorded(home: Path, visit: Callable[[MailPeer], object]) -> Story:
    """What our own server has recorded of a visit."""
    with smtp_served.serving(home, "--record", home / "r.pcapng", "--auth-without-tls", login=True) as server:
        visit(server)
        assert server.process.stop() == 0
    return told(home / "r.pcapng")


def test_a_visit_of_swaks_captured_by_tcpdump(tmp_path: Path) -> None:
    with aiosmtpd_peer.serving(tmp_path, host=HOST) as server, tcpdump.capturing(tmp_path / "a.pcap", f"host {HOST}"):
        swaks(server, content=SEVEN_BIT["dots"])
    story = told(tmp_path / "a.pcap")
    said = titles(story, CLIENT)
    assert said[1:4] == ["MAIL FROM:<sender@elsewhere.test>", f"RCPT TO:<{ANN}>", "DATA"]
    (content,) = [row for row in story.messages if row.kind == "content"]
    assert '"a hard one"' in content.title
    whole = story.content(content.number)
    assert whole is not None
    assert whole.data == SEVEN_BIT["dots"]


@pytest.mark.parametrize("how", ["plain", "login", "scram-sha-256"])
def test_no_login_leaves_a_password_in_a_record(tmp_path: Path, how: str) -> None:
    story = recorded(tmp_path, lambda server: msmtp(server, *msmtp_login(how), content=HEAD))
    assert any(title.startswith(f"AUTH {how.upper()}") for title in titles(story, CLIENT))
    assert any(title.startswith("235 ") for title in titles(story, SERVER))
    record = (tmp_path / "r.pcapng").read_bytes()
    assert [secret for secret in SECRETS if secret in record] == []
    assert b"334 dj*" in record or how != "scram-sha-256", "with the server's proof passwords can be tried"


def test_chunks_are_told_as_one_content(tmp_path: Path) -> None:
    def visit(server: MailPeer) -> None:
        with opened(server.host, server.port) as wire:
            wire.hello()
            wire.begin(ANN, more=" BODY=BINARYMIME")
            wire.chunk(BINARY["every octet"][:300])
            wire.chunk(BINARY["every octet"][300:], last=True)
            wire.ask("QUIT")

    story = recorded(tmp_path, visit)
    assert [title for title in titles(story, CLIENT) if title.startswith("BDAT")] != []
    assert titles(story, SERVER)[-1].startswith("221 ")


def test_what_we_record_is_read_by_tshark(tmp_path: Path) -> None:
    recorded(tmp_path, lambda server: swaks(server, content=SEVEN_BIT["dots"]))
    file = tmp_path / "r.pcapng"
    assert tshark.complaints(file, spoken="smtp") == []
    commands = tshark.rows(file, "smtp.req.command", where="smtp.req.command", spoken="smtp")
    assert [command for (command,) in commands] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


def test_our_clients_record_holds_no_password(tmp_path: Path) -> None:
    record = tmp_path / "c.pcapng"
    with aiosmtpd_peer.serving(tmp_path, login=True) as server:
        login = ("-u", f"{USER}:{PASSWORD}", "--starttls", "off")
        words = ("--from", "a@b.test", "--to", ANN, "--body", "x", "--record", record)
        done = run(PORTSIDE, "send", *login, *words, server.url)
    assert done.returncode == 0, done
    assert [secret for secret in SECRETS if secret in record.read_bytes()] == []
    assert "AUTH " in " ".join(titles(told(record), CLIENT))
