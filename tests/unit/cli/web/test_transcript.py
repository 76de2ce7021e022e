"""What ``-v`` shows, and what it never shows."""

from __future__ import annotations

import pytest

from portside.cli.web.transcript import Transcript, head_lines, response_lines
from portside.interfaces import Address, Door, Heard, Role, Send, Step
from portside.protocols.http.messages import Data, Headers, Request, Response

HERE, THERE = Address("127.0.0.1", 5), Address("::1", 443)


@pytest.mark.parametrize("name", ["Authorization", "PROXY-authorization", "cookie", "Set-Cookie"])
def test_secrets_are_overwritten(name: str) -> None:
    assert head_lines(f"GET / HTTP/1.1\r\n{name}: secret: very".encode()) == ["GET / HTTP/1.1", f"{name}: *"]
    response = Response(200, Headers([(name.encode(), b"secret")]), reason="OK")
    assert response_lines(response) == ["HTTP/1.1 200 OK", f"{name}: *"]


def step(event: str, given: object, *outputs: object) -> Step:
    return Step(1, Role.CLIENT, 0.0, event, given, outputs)  # type: ignore[arg-type]


def test_heads_are_shown_and_bodies_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Transcript()
    shown.saw(step("opened", Door(HERE, THERE)))
    request = Request("POST", "/", Headers([(b"Host", b"a")]), body=True)
    shown.saw(step("say", request, Send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")))
    shown.saw(step("say", Data(b"body"), Send(b"4\r\nbody\r\n")))
    answer = Response(200, Headers([(b"X", b"a\x9bb")]), reason="Fine")
    shown.saw(step("received", b"...", Heard(Response(100, reason="Continue")), Heard(answer), Heard(Data(b"body"))))
    assert capsys.readouterr().err.splitlines() == [
        "* connected to [::1]:443",
        "> POST / HTTP/1.1",
        "> Host: a",
        "> Transfer-Encoding: chunked",
        "< HTTP/1.1 100 Continue",
        "< HTTP/1.1 200 Fine",
        "< X: a\\x9bb",
    ]
