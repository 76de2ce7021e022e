"""``portside send`` as a person types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_tcp_port
from tests.support.smtp_apart import apart
from tests.support.smtp_scripted import Scripted

Command = Callable[..., Any]
SAID = ("--from", "ann@example.org", "--to", "ben@example.org", "--subject", "Hello", "--body", "Hi.")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)


def test_a_message_is_sent_and_the_server_s_word_is_told(command: Command) -> None:
    with apart() as server:
        ended = command("send", *SAID, server.url)
    assert (ended.code, ended.stdout, ended.stderr) == (0, "ben@example.org: delivered (250 2.0.0 kept)\n", "")
    assert b"Subject: Hello\r\n" in server.contents[0] and server.contents[0].endswith(b"\r\n\r\nHi.\r\n")


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, 1, "550 5.1.1 no such user"),
        ({".": "451 4.3.0 later"}, 1, "451 4.3.0 later"),
        ({"greeting": "554 go away"}, 1, "554 go away"),
        ({".": ""}, 3, "closed the connection"),
    ],
)
def test_what_went_wrong_is_one_line_and_a_code(
    answers: dict[str, Any], code: int, words: str, command: Command
) -> None:
    with apart(Scripted(answers)) as server:
        ended = command("send", *SAID, server.url)
    assert ended.code == code and words in ended.stdout and words in ended.stderr and ended.stderr.count("\n") == 1


def test_where_nobody_listens_the_code_says_so(command: Command) -> None:
    ended = command("send", *SAID, f"smtp://127.0.0.1:{free_tcp_port()}")
    assert ended.code == 3 and "refused" in ended.stderr


def test_a_login_that_fails_has_a_code_of_its_own(command: Command) -> None:
    offer = "250-scripted.test\r\n250 AUTH PLAIN"
    with apart(Scripted({"EHLO": offer, "AUTH": "535 5.7.8 no"})) as server:
        ended = command("send", *SAID, "--user", "ann:secret", server.url)
        assert ended.code == 4 and "535 5.7.8 no" in ended.stderr and "secret" not in ended.stderr
        ended = command("send", *SAID, "--starttls", "require", server.url)
        assert ended.code == 4 and "no TLS" in ended.stderr


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(command: Command) -> None:
    with apart(Scripted({"greeting": None})) as server:
        ended = command("send", *SAID, "--timeout", "1", server.url)
    assert ended.code == 5 and "said nothing" in ended.stderr


def test_json_is_for_programs(command: Command) -> None:
    with apart(Scripted({"RCPT": ["250 ok", "550 no"]})) as server:
        ended = command("send", *SAID, "--cc", "cid@example.org", "--json", server.url)
    assert ended.code == 1
    assert [json.loads(line)["fate"] for line in ended.stdout.splitlines()] == ["delivered", "refused"]


def test_the_conversation_is_shown_without_the_password(command: Command) -> None:
    offer = "250-scripted.test\r\n250-PIPELINING\r\n250 AUTH PLAIN"
    with apart(Scripted({"EHLO": offer})) as server:
        ended = command("send", *SAID, "-v", "--user", "ann:secret", server.url)
    assert ended.code == 0 and "> AUTH PLAIN *****\n" in ended.stderr
    assert "> MAIL FROM:<ann@example.org>\n" in ended.stderr and "< 354 go on\n" in ended.stderr
    assert "> QUIT" in ended.stderr and "Subject" not in ended.stderr


def test_thousands_go_over_few_connections(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.eml").write_bytes(b"From: a@x.org\nTo: b@x.org\n\n%d\n" % number)
    (folder / "bad.eml").write_bytes(b"From: a@x.org\n\nfor nobody\n")
    with apart() as server:
        ended = command("send", "--file", str(folder), "--connections", "2", server.url)
    assert ended.code == 2 and ended.stdout.count(": delivered") == 300
    assert "bad.eml: it is not sent" in ended.stderr and "301 messages in" in ended.stderr
    assert len(server.contents) == 300 and server.visits <= 2


def test_lmtp_is_spoken_where_that_is_asked_for(command: Command) -> None:
    with apart(Scripted(lmtp=True)) as server:
        ended = command("send", *SAID, "--lmtp", server.url.replace("lmtp:", "smtp:"))
    assert ended.code == 0 and server.verbs()[0] == "LHLO"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--to"),
        (("http://x", *SAID), "no URL of smtp"),
        (("--user", "ann:x", *SAID), "URL"),
        ((*SAID, "--dkim-selector", "s", "smtp://127.0.0.1:1"), "--dkim-key"),
        (("--file", "/nowhere/x.eml", "smtp://127.0.0.1:1"), "no such file"),
        (("--to", "nobody", "--body", "x", "smtp://127.0.0.1:1"), "nobody"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(arguments: tuple[str, ...], says: str, command: Command) -> None:
    ended = command("send", *arguments, *(() if "--body" in arguments or "--file" in arguments else ("--body", "x")))
    assert ended.code in (1, 2) and ended.stdout == "" and says in ended.stderr and ended.stderr.count("\n") == 1


def test_the_help_begins_with_examples(command: Command) -> None:
    assert command("send", "--help").stdout.startswith("Examples:\n  portside send")


def test_what_is_queued_is_sent_later(command: Command, tmp_path: Path) -> None:
    ended = command("send", *SAID, "--queue", "--outbox", str(tmp_path / "outbox"), "smtp://127.0.0.1:1")
    assert ended.code == 0 and "ben@example.org: queued as " in ended.stdout
