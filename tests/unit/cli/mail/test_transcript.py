"""What ``-v`` shows of a conversation, and what it never shows."""

from __future__ import annotations

from typing import Any

import pytest

from portside.cli.mail.transcript import Transcript
from portside.interfaces import Address, Door, Role, Send, Step, Tls

DOOR = Door(Address("127.0.0.1", 40000), Address("127.0.0.1", 25))
SECURE = Door(DOOR.local, DOOR.remote, Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384", server_name="mx.test"))


class Shown:
    """A transcript, and what it shows."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._transcript = Transcript()
        self._capfd = capfd

    def step(self, event: str, given: Any, *sent: bytes, connection: int = 1) -> list[str]:
        outputs = [Send(data) for data in sent]
        self._transcript.saw(Step(connection, Role.CLIENT, 0.0, event, given, outputs))
        said = self._capfd.readouterr()
        assert said.out == ""
        return said.err.splitlines()

    def hear(self, data: bytes, *sent: bytes, connection: int = 1) -> list[str]:
        return self.step("received", data, *sent, connection=connection)


@pytest.fixture
def shown(capfd: pytest.CaptureFixture[str]) -> Shown:
    return Shown(capfd)


def test_both_sides_are_shown_line_by_line(shown: Shown) -> None:
    assert shown.step("opened", DOOR) == ["* connected to 127.0.0.1:25"]
    assert shown.hear(b"220-mx\r\n220 ready\r\n", b"EHLO us\r\n") == ["< 220-mx", "< 220 ready", "> EHLO us"]
    assert shown.step("secured", SECURE)[1] == "* TLSv1.3, TLS_AES_256_GCM_SHA384, with mx.test"


def test_a_reply_in_pieces_is_shown_once_it_is_there(shown: Shown) -> None:
    assert shown.hear(b"25") == []
    assert shown.hear(b"0 o") == []
    assert shown.hear(b"k\r\n250 more\r\n") == ["< 250 ok", "< 250 more"]


def test_what_would_move_the_cursor_is_made_visible(shown: Shown) -> None:
    assert shown.hear(b"550 \x1b[2J\x07no\xff\r\n") == ["< 550 \\x1b[2J\\x07no\\xff"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"AUTH PLAIN AGFubgBzZWNyZXQ=", "AUTH PLAIN *****"),
        (b"auth plain AGFubgBzZWNyZXQ=", "AUTH plain *****"),
        (b"AUTH LOGIN", "AUTH LOGIN"),
        (b"AUTH  XOAUTH2  secret", "AUTH XOAUTH2 *****"),
    ],
)
def test_a_login_is_hidden(said: bytes, expected: str, shown: Shown) -> None:
    assert shown.hear(b"250 x\r\n", said + b"\r\n") == ["< 250 x", f"> {expected}"]
    assert shown.hear(b"334 Y2hhbGxlbmdl\r\n", b"c2VjcmV0\r\n") == ["< 334 *****", "> *****"]
    assert shown.hear(b"334 \r\n", b"*\r\n") == ["< 334 ", "> *****"]
    assert shown.hear(b"535 no\r\n", b"QUIT\r\n") == ["< 535 no", "> QUIT"]


def test_a_content_is_only_counted(shown: Shown) -> None:
    assert shown.step("say", None, b"MAIL\r\nRCPT\r\nDATA\r\n") == ["> MAIL", "> RCPT", "> DATA"]
    lines = shown.hear(b"250 ok\r\n250 ok\r\n354 go\r\n", b"Subject: secret\r\n\r\nHi\r\n.\r\nMAIL again\r\n")
    assert lines == ["< 250 ok", "< 250 ok", "< 354 go", "> (26 octets of the message)", "> MAIL again"]


@pytest.mark.parametrize("at", range(1, 26))
def test_a_content_in_pieces_ends_where_it_ends(at: int, shown: Shown) -> None:
    content = b"Subject: secret\r\n\r\nHi\r\n.\r\n"
    shown.hear(b"354 go\r\n")
    assert shown.step("say", None, content[:at]) == []
    assert shown.step("say", None, content[at:] + b"QUIT\r\n") == ["> (26 octets of the message)", "> QUIT"]


def test_a_lone_dot_is_a_content_too(shown: Shown) -> None:
    assert shown.hear(b"354 go\r\n", b".\r\n") == ["< 354 go", "> (3 octets of the message)"]


def test_chunks_are_only_counted(shown: Shown) -> None:
    assert shown.step("say", None, b"BDAT 6\r\nQUIT\r\nBDAT 3 LAST\r\nab", b"cMAIL x\r\n") == [
        "> BDAT 6", "> (6 octets of the message)", "> BDAT 3 LAST", "> (3 octets of the message)", "> MAIL x",
    ]  # fmt: skip


def test_connections_are_told_apart(shown: Shown) -> None:
    shown.hear(b"354 go\r\n", connection=1)
    assert shown.hear(b"250 ok\r\n", b"MAIL\r\n", connection=2) == ["< 250 ok", "> MAIL"]
    assert shown.step("say", None, b"Hi\r\n.\r\n", connection=1) == ["> (7 octets of the message)"]
    assert shown.step("failed", None, connection=1) == []
    assert shown.hear(b"250 new\r\n", b"MAIL\r\n", connection=1) == ["< 250 new", "> MAIL"]


def test_an_endless_line_is_not_kept(shown: Shown) -> None:
    for _ in range(100):
        shown.hear(b"x" * 1000)
    assert len(shown.hear(b"\n")[0]) <= 16 * 1024 + 2
