"""What is negotiated, in words."""

from __future__ import annotations

import pytest

from portside.cli.terminal.transcript import Transcript
from portside.interfaces import Address, Door, Role, Send, Step, Tls


def step(event: str, given: object, *sent: bytes) -> Step:
    return Step(1, Role.CLIENT, 0.0, event, given, [Send(data) for data in sent])


def test_negotiation_is_told_and_data_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    transcript = Transcript()
    door = Door(Address("127.0.0.1", 1), Address("127.0.0.1", 23), Tls("TLSv1.3", "x"))
    transcript.saw(step("opened", door))
    transcript.saw(step("received", b"\xff\xfb\x01canary\r\n", b"\xff\xfd\x01"))
    transcript.saw(step("say", None, b"canary\r\n"))
    shown = capsys.readouterr().err
    assert "* connected to 127.0.0.1:23, TLSv1.3" in shown
    assert shown.count("ECHO") == 2
    assert "< " in shown
    assert "> " in shown
    assert "canary" not in shown


def test_somebody_else_may_do_the_telling() -> None:
    told: list[str] = []
    Transcript(told.append).saw(step("received", b"\xff\xfb\x01"))
    assert len(told) == 1
    assert "ECHO" in told[0]
