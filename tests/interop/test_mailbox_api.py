"""The mailbox's JSON API as scripts use it: curl asks, swaks sends, and a relay gets what is sent on."""

from __future__ import annotations

import json
import re
import smtplib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import portside
from portside.errors import RemoteError, TimedOut
from tests.support.peers import need
from tests.support.served import Served

pytestmark = pytest.mark.peer


@dataclass(frozen=True)
class MailServer:
    """``portside serve smtp`` with its page at ``url``."""

    server: Served
    url: str

    def send(self, *options: str, to: str = "ann@example.com") -> None:
        """Send a mail by swaks."""
        command = [need("swaks"), "--to", to, "--from", "shop@example.com", "--server", f"127.0.0.1:{self.server.port}"]
        subprocess.run([*command, *options], check=True, capture_output=True, timeout=60)

    def curl(self, path: str, *options: str) -> Any:
        """The JSON that curl gets; an answer of refusal is an error."""
        command = [need("curl"), "-sSf", "--max-time", "60", *options, f"{self.url}api/{path}"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def status(self, path: str, *options: str) -> str:
        command = [need("curl"), "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "60", *options]
        return subprocess.run([*command, f"{self.url}api/{path}"], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def start(served: Callable[..., Served], tmp_path: Path) -> Callable[..., MailServer]:
    def started(name: str, *options: str) -> MailServer:
        server = served("smtp", tmp_path / name, "--mailbox", "0", *options)
        return MailServer(server, server.process.wait_for_line(r"the mailbox is at (\S+)", output="stderr")[1])

    return started


def test_a_script_waits_reads_marks_and_deletes(start: Callable[..., MailServer]) -> None:
    mail = start("mail")
    waiting = subprocess.Popen(
        [need("curl"), "-sf", "--max-time", "60", f"{mail.url}api/wait?query=to:bob&timeout=50"], stdout=subprocess.PIPE
    )
    mail.send("--h-Subject", "for ann")
    mail.send("--h-Subject", "for bob", "--attach", "@" + str(Path(__file__)), to="bob@example.com")
    found = json.loads(waiting.communicate(timeout=60)[0])["message"]
    assert found["subject"] == "for bob" and found["recipients"] == ["bob@example.com"] and found["attachments"] == 1
    place = f"messages/{found['id']}"
    whole = mail.curl(place)
    part = whole["attachments"][0]
    assert part["name"] == Path(__file__).name
    saved = subprocess.run(
        [need("curl"), "-sSf", f"{mail.url}api/{place}/parts/{part['part']}"], check=True, capture_output=True
    ).stdout
    assert saved == Path(__file__).read_bytes()
    json_said = ("-H", "Content-Type: application/json", "-X", "PATCH", "-d", '{"seen": true}')
    assert mail.curl(place, *json_said) == {"changed": 1}
    assert [each["id"] for each in mail.curl("messages?query=is:read")["messages"]] == [found["id"]]
    assert mail.curl(place, "-X", "DELETE") == {"deleted": 1}
    assert mail.status(place) == "404" and mail.curl("state")["total"] == 1


def test_events_go_on_where_they_broke_off(start: Callable[..., MailServer]) -> None:
    mail = start("mail")
    mail.send()
    mail.curl("messages")  # all that was sent before has been told by then
    curl = [need("curl"), "-sN", "--max-time", "50", f"{mail.url}api/events"]
    with subprocess.Popen([*curl, "-H", "Last-Event-ID: nobody-1"], stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout is not None
        said = [listening.stdout.readline() for _ in range(5)]
        last = re.fullmatch(r"id: (\S+)\n", said[2])
        assert said[3] == "event: anew\n" and last is not None
        listening.terminate()
    mail.send("--h-Subject", "missed")
    missed = mail.curl("wait?query=missed")["message"]["id"]
    with subprocess.Popen([*curl, "-H", f"Last-Event-ID: {last[1]}"], stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout is not None
        said = [listening.stdout.readline() for _ in range(5)]
        assert said[3:] == ["event: arrived\n", f'data: {{"ids": ["{missed}"]}}\n']
        listening.terminate()


def test_what_a_website_could_say_changes_nothing(start: Callable[..., MailServer]) -> None:
    mail = start("mail")
    mail.send()
    mail.curl("wait")
    host = mail.url.removeprefix("http://").removesuffix("/")
    for options, status in (
        (("-X", "DELETE", "-H", "Content-Type: text/plain", "-d", '{"all": true}'), "415"),
        (("-X", "DELETE", "-d", '{"all": true}'), "415"),
        (("-X", "DELETE", "-H", "Content-Type: application/json", "-H", "Origin: http://evil.example", "-d",
          '{"all": true}'), "403"),
        (("-H", "Host: evil.example"), "421"),
        (("-H", f"Host: {host}", "-H", "Sec-Fetch-Site: cross-site"), "403"),
    ):  # fmt: skip
        assert mail.status("messages", *options) == status, options
    assert mail.curl("state")["total"] == 1


def test_a_message_is_sent_on_through_the_relay_and_nowhere_else(start: Callable[..., MailServer]) -> None:
    relay = start("relay")
    mail = start("mail", "--release-to", relay.server.url)
    mail.send("--h-Subject", "approved", "--body", ".leading dot\n..two\n")
    found = mail.curl("wait")["message"]
    assert mail.curl("state")["release"] == relay.server.url
    said = ("-H", "Content-Type: application/json", "-d", '{"to": ["carol@real.example", "dave@real.example"]}')
    assert mail.curl(f"messages/{found['id']}/release", *said) == {
        "released": ["carol@real.example", "dave@real.example"]
    }
    got = portside.Mailbox(relay.url).wait(subject="approved", timeout=50)
    assert got.recipients == ("carol@real.example", "dave@real.example") and got.sender == "shop@example.com"
    assert ".leading dot\n..two\n" in got.text.replace("\r\n", "\n")
    assert [name for name, _ in got.fields].count("Delivered-To") == 2, "only what the relay itself has written"
    without = start("without")
    without.send()
    other = without.curl("wait")["message"]
    assert without.status(f"messages/{other['id']}/release", *said) == "403"


def test_a_relay_that_refuses_is_heard(start: Callable[..., MailServer]) -> None:
    relay = start("relay", "--chaos", "rcpt=550")
    mail = start("mail", "--release-to", relay.server.url)
    mail.send()
    found = mail.curl("wait")["message"]
    said = ("-H", "Content-Type: application/json", "-d", '{"to": ["carol@real.example"]}')
    assert mail.status(f"messages/{found['id']}/release", *said) == "502"


def test_a_test_in_python_waits_in_a_line(start: Callable[..., MailServer]) -> None:
    server = start("mail")
    server.send("--h-Subject", "Welcome", "--body", "Confirm at https://example.com/confirm?token=1")
    mail = portside.Mailbox(server.url).wait(to="ann@example.com", timeout=50)
    assert "Welcome" in mail.subject and mail.links == ["https://example.com/confirm?token=1"]
    mailbox = portside.Mailbox(server.url)
    with pytest.raises(TimedOut, match=r"the latest that did arrive: 'Welcome' to ann@example\.com$"):
        mailbox.wait(to="nobody@example.com", timeout=0.05)
    assert mailbox.delete_all() == 1 and mailbox.search() == []
    with pytest.raises(RemoteError, match=" answered 404: "):
        mailbox.open(mail)


def test_what_was_acknowledged_is_in_the_next_answer(start: Callable[..., MailServer]) -> None:
    server = start("mail")
    mailbox = portside.Mailbox(server.url)
    with smtplib.SMTP("127.0.0.1", server.server.port, timeout=50) as client:
        for number in range(30):
            client.sendmail("a@example.com", ["b@example.com"], f"Subject: n{number}\r\n\r\nx\r\n")
            if number % 2:
                assert [found.subject for found in mailbox.search()] == [f"n{number}"]
            assert mailbox.delete_all() == 1
    assert mailbox.search() == []


def test_mail_outlives_the_server(start: Callable[..., MailServer]) -> None:
    first = start("mail")
    first.send("--h-Subject", "kept")
    first.curl("wait")
    first.server.process.stop()
    second = start("mail")
    assert second.curl("wait?query=kept&timeout=50")["message"]["subject"] == "kept"
