"""``-v``: what is said and heard, without passwords and without what moves the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portside.cli.ftp.transcript import Transcript
from portside.interfaces import Address, Door, Heard, Link, Role, Send, Step
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.orders import Noted

DOOR = Door(Address("127.0.0.1", 1), Address("127.0.0.1", 21))


def shown(capfd: pytest.CaptureFixture[str], event: str, given: object, *outputs: Any) -> str:
    Transcript().saw(Step(1, Role.CLIENT, 0.0, event, given, outputs))
    return capfd.readouterr().err


def test_commands_and_replies_are_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert shown(capfd, "say", None, Send(b"EPSV\r\nRETR a\r\n")) == "> EPSV\n> RETR a\n"
    assert shown(capfd, "received", b"", Heard(Noted(Reply(226, ("done",))))) == "< 226 done\n"
    assert shown(capfd, "received", b"", Heard(Reply(211, ("a", "b")))) == "< 211 a\n< 211 b\n"
    assert shown(capfd, "opened", DOOR) == "* connected to 127.0.0.1:21\n"


def test_data_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert shown(capfd, "say", None, Send(b"bytes", Link("data1"))) == ""


@pytest.mark.parametrize("line", [b"PASS hunter2\r\n", b"pass hunter2\r\n", b"ACCT hunter2\r\n"])
def test_passwords_are_hidden(capfd: pytest.CaptureFixture[str], line: bytes) -> None:
    said = shown(capfd, "received", b"", Send(line))
    assert "hunter2" not in said and said.startswith("> ")


def test_a_banner_does_not_move_the_cursor(capfd: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in shown(capfd, "received", b"", Heard(Noted(Reply(220, ("\x1b[2Jhello",)))))


def test_a_whole_command_shows_its_conversation(command: Callable[..., Any], site: Any) -> None:
    (site.root / "a").write_bytes(b"abc")
    ended = command("get", "-v", site.url + "a")
    assert ended.stdout == "abc"
    assert "> USER u\n" in ended.stderr and "> RETR /a\n" in ended.stderr and "< 226 " in ended.stderr
    assert "PASS p" not in ended.stderr
