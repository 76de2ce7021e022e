"""What ``-v`` shows of the control connection, and what it never shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.ftp.transcript import Transcript
from portside.interfaces import Address, Door, Heard, Link, Output, Role, Send, Step, Tls
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.orders import Noted
from tests.support.ftp_apart import ours

DOOR = Door(Address("127.0.0.1", 40000), Address("127.0.0.1", 21), Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384"))


def shown(capfd: pytest.CaptureFixture[str], *outputs: Output, event: str = "say", given: Any = None) -> str:
    Transcript().saw(Step(1, Role.CLIENT, 0.0, event, given, outputs))
    said = capfd.readouterr()
    assert said.out == ""
    return said.err


def test_what_we_say_and_hear_is_shown_line_by_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert shown(capfd, Send(b"USER u\r\nFEAT\r\n")) == "> USER u\n> FEAT\n"
    assert shown(capfd, Heard(Reply(211, ("two", "lines")))) == "< 211 two\n< 211 lines\n"


def test_a_reply_on_the_way_is_shown_too(capfd: pytest.CaptureFixture[str]) -> None:
    assert shown(capfd, Heard(Noted(Reply(220, ("hello",))))) == "< 220 hello\n"


def test_a_reply_without_text_still_shows_its_code(capfd: pytest.CaptureFixture[str]) -> None:
    assert shown(capfd, Heard(Reply(200, ()))).strip() == "< 200"


@pytest.mark.parametrize("line", [b"PASS secret\r\n", b"pass secret\r\n", b"ACCT secret\r\n"])
def test_secrets_are_not_shown(capfd: pytest.CaptureFixture[str], line: bytes) -> None:
    err = shown(capfd, Send(line))
    assert "secret" not in err and err.startswith(f"> {line[:4].decode()} ")


def test_what_goes_on_a_link_or_is_urgent_is_no_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert shown(capfd, Send(b"file", to=Link("1")), Send(b"\xff\xf4\xff", urgent=True)) == ""


def test_escapes_of_either_side_are_made_visible(capfd: pytest.CaptureFixture[str]) -> None:
    err = shown(capfd, Send(b"RETR \x1b[2J\r\n"), Heard(Reply(220, ("\x1b]0;owned\x07",))))
    assert "\x1b" not in err and "\x07" not in err and "owned" in err


def test_a_whole_conversation_is_shown_beside_what_was_asked_for(command: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    with ours(tmp_path) as url:
        ended = command("get", "-v", url + "a")
    assert ended.stdout == "abc"
    assert "> USER u\n" in ended.stderr and "> RETR /a\n" in ended.stderr and "< 226 " in ended.stderr
    assert "PASS p" not in ended.stderr


def test_the_door_is_told_when_it_opens_and_when_tls_is_up(capfd: pytest.CaptureFixture[str]) -> None:
    assert shown(capfd, event="opened", given=DOOR).startswith("* ")
    assert "TLSv1.3" in shown(capfd, event="secured", given=DOOR)
