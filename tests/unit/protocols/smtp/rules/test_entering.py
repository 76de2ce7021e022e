"""The way in: greeting, EHLO and HELO, STARTTLS, login; and every way in which a server may keep us out."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from portside.errors import LocalError, LoginFailed, PortsideError, RemoteError, TlsError
from portside.interfaces import Address, Door
from portside.protocols.smtp.rules.entering import MOST_CHALLENGES
from portside.protocols.smtp.rules.orders import Entered, Entry, Login, LoginRefused, Refused, TlsUse
from tests.support.smtp_client_plays import DOOR, TLS_DOOR, Play

LOGIN = Login("ann", "secret", nonce="n0nce", clear=True)


def play(**entry: Any) -> Play:
    return Play(Entry(**{"server": "mx.test", "tls": TlsUse.OFF, **entry}))


def error(play: Play) -> PortsideError:
    assert play.fault is not None and play.closed and not play.rules.usable
    return play.fault


# ------------------------------------------------------------------------------------------ who is there


def test_we_wait_for_the_greeting_and_say_ehlo() -> None:
    client = play(helo="us.example")
    assert not client.sent
    assert client.answer("220-mx.test is here", "220 ESMTP") == b"EHLO us.example\r\n"
    client.answer("250-mx.test Hello", "250-PIPELINING", "250 SIZE 100")
    (entered,) = client.heard
    assert isinstance(entered, Entered)
    assert entered.name == "mx.test" and entered.greeting.lines == ("mx.test is here", "ESMTP")
    assert entered.extensions.size == 100 and client.rules.usable


@pytest.mark.parametrize(
    ("host", "name"),
    [("192.0.2.7", b"[192.0.2.7]"), ("2001:db8::7", b"[IPv6:2001:db8::7]"), ("fe80::7%eth0", b"[IPv6:fe80::7]"),
     ("", b"localhost")],
)  # fmt: skip
def test_who_has_no_name_says_where_it_comes_from(host: str, name: bytes) -> None:
    client = Play(Entry("mx.test", tls=TlsUse.OFF), door=Door(Address(host, 4), DOOR.remote))
    assert client.answer("220 mx.test") == b"EHLO " + name + b"\r\n"


@pytest.mark.parametrize("code", [500, 502, 504, 550])
def test_an_old_server_is_greeted_in_the_old_way(code: int) -> None:
    client = play(helo="us.example")
    client.answer("220 mx.test")
    assert client.answer(f"{code} what?") == b"HELO us.example\r\n"
    client.answer("250 mx.test at your service")
    assert client.rules.usable and client.heard[0].name == "mx.test" and not client.heard[0].extensions.keywords


@pytest.mark.parametrize(
    "lines",
    [("554 no service here",), ("421 too busy",), ("220 mx.test", "554 go away"), ("220 mx.test", "421 too busy"),
     ("220 mx.test", "502 what?", "504 nor that")],
)  # fmt: skip
def test_a_server_that_does_not_want_us_is_told(lines: tuple[str, ...]) -> None:
    client = play()
    for line in lines:
        client.answer(line)
    refused = error(client)
    assert isinstance(refused, Refused) and refused.status == int(lines[-1][:3]) and str(refused.reply) in str(refused)


@pytest.mark.parametrize("lines", [("354 go on",), ("250 ok",), ("220 mx.test", "220 mx.test")])
def test_a_server_that_makes_no_sense_has_refused_nothing(lines: tuple[str, ...]) -> None:
    client = play()
    for line in lines:
        client.answer(line)
    assert isinstance(error(client), RemoteError) and not isinstance(client.fault, Refused)


def test_lmtp_has_a_greeting_of_its_own_and_no_old_one() -> None:
    client = play(lmtp=True, helo="us.example")
    assert client.answer("220 mx.test LMTP") == b"LHLO us.example\r\n"
    client.answer("500 what?")
    assert isinstance(error(client), Refused)


@pytest.mark.parametrize("name", ["a b", "a\r\nQUIT", "ü.example", "a\0"])
def test_a_name_of_ours_that_nobody_could_read_is_refused(name: str) -> None:
    with pytest.raises(LocalError, match="introduce"):
        play(helo=name)


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n", b"\r\n", b"22\r\n", b"220-a\r\n250 b\r\n"])
def test_who_speaks_another_protocol_is_left(garbage: bytes) -> None:
    client = play()
    client.raw(garbage)
    assert isinstance(error(client), RemoteError)


# ------------------------------------------------------------------------------------------------- TLS


def test_what_was_told_before_tls_is_forgotten_with_it() -> None:
    client = play(tls=TlsUse.REQUIRED, helo="us.example")
    client.answer("220 mx.test")
    assert client.answer("250-mx.test", "250-STARTTLS", "250-AUTH PLAIN", "250 SIZE 5") == b"STARTTLS\r\n"
    assert client.answer("220 begin") == b"" and client.begins_tls
    assert client.secured() == b"EHLO us.example\r\n"
    client.answer("250-mx.test", "250 PIPELINING")
    assert client.rules.usable and set(client.heard[0].extensions.keywords) == {"PIPELINING"}
    assert client.heard[0].door is TLS_DOOR


@pytest.mark.parametrize("behind", [b"250 EHLO\r\n", b"2", b"250-x\r\n"])
def test_replies_that_were_put_before_tls_end_it(behind: bytes) -> None:
    client = play(tls=TlsUse.OFFERED)
    client.answer("220 mx.test")
    client.answer("250-mx.test", "250 STARTTLS")
    client.raw(b"220 begin\r\n" + behind)
    assert isinstance(error(client), TlsError) and not client.begins_tls


@pytest.mark.parametrize("answer", ["250 mx.test", "250-mx.test\r\n250 STARTTLS"])
def test_required_tls_that_is_not_there_keeps_us_out(answer: str) -> None:
    client = play(tls=TlsUse.REQUIRED)
    client.answer("220 mx.test")
    if client.answer(answer):
        client.answer("454 not now")
    assert isinstance(error(client), TlsError)


@pytest.mark.parametrize("refusal", [None, "454 not now", "502 what?"])
def test_tls_that_is_only_taken_as_offered_may_be_missing(refusal: str | None) -> None:
    client = play(tls=TlsUse.OFFERED)
    client.answer("220 mx.test")
    client.answer(*(["250 mx.test"] if refusal is None else ["250-mx.test", "250 STARTTLS"]))
    if refusal is not None:
        client.answer(refusal)
    assert client.rules.usable and client.heard[0].door.tls is None


def test_who_wants_no_tls_does_not_ask_for_it() -> None:
    assert b"STARTTLS" not in play(tls=TlsUse.OFF).enter("STARTTLS").sent


def test_tls_from_the_first_byte_comes_before_the_greeting() -> None:
    client = play(tls=TlsUse.IMPLICIT)
    assert client.begins_tls
    assert client.secured() == b""
    client.enter("STARTTLS")
    assert b"STARTTLS" not in client.sent


# ----------------------------------------------------------------------------------------------- login


def test_a_password_is_said_in_one() -> None:
    client = play(login=LOGIN)
    client.answer("220 mx.test")
    said = client.answer("250-mx.test", "250 AUTH LOGIN PLAIN")
    assert said == b"AUTH PLAIN " + b64encode(b"\0ann\0secret") + b"\r\n"
    client.answer("235 in")
    assert client.heard[0].user == "ann"


def test_a_login_in_two_steps() -> None:
    client = play(login=LOGIN)
    client.answer("220 mx.test")
    assert client.answer("250-mx.test", "250 AUTH=LOGIN") == b"AUTH LOGIN\r\n"
    assert client.answer("334 VXNlcm5hbWU6") == b64encode(b"ann") + b"\r\n"
    assert client.answer("334 UGFzc3dvcmQ6") == b64encode(b"secret") + b"\r\n"
    client.answer("235 in")
    assert client.rules.usable


def test_a_long_first_response_waits_for_its_challenge() -> None:
    client = play(login=Login("ann", token="t" * 600, clear=True))
    client.answer("220 mx.test")
    assert client.answer("250-mx.test", "250 AUTH OAUTHBEARER") == b"AUTH OAUTHBEARER\r\n"
    assert client.answer("334 ").startswith(b64encode(b"n,a=ann,\1auth=Bearer ttt"))
    client.answer("235 in")
    assert client.rules.usable


@pytest.mark.parametrize("code", [504, 534])
def test_a_mechanism_that_the_server_does_not_do_makes_room_for_the_next(code: int) -> None:
    client = play(login=LOGIN)
    client.answer("220 mx.test")
    assert client.answer("250-mx.test", "250 AUTH SCRAM-SHA-256 PLAIN LOGIN").startswith(b"AUTH SCRAM-SHA-256 ")
    assert client.answer(f"{code} not that one").startswith(b"AUTH PLAIN ")
    assert client.answer(f"{code} nor that") == b"AUTH LOGIN\r\n"
    client.answer(f"{code} nor that")
    assert isinstance(error(client), LoginRefused)


@pytest.mark.parametrize("code", [454, 530, 535, 538, 250, 500])
def test_a_login_that_is_refused_is_not_tried_in_another_way(code: int) -> None:
    client = play(login=LOGIN)
    client.answer("220 mx.test")
    client.answer("250-mx.test", "250 AUTH PLAIN LOGIN")
    client.answer(f"{code} 5.7.8 no")
    refused = error(client)
    assert isinstance(refused, LoginRefused) and refused.reply.code == code and "secret" not in str(refused)


@pytest.mark.parametrize(
    ("login", "offered", "words"),
    [
        (LOGIN, "250 mx.test", "offers no login"),
        (LOGIN, "250-mx.test\r\n250 AUTH GSSAPI X", "we do not have"),
        (Login("ann", "secret"), "250-mx.test\r\n250 AUTH PLAIN LOGIN", "in the clear"),
        (Login("ann", token="t"), "250-mx.test\r\n250 AUTH OAUTHBEARER", "in the clear"),
    ],
)
def test_no_password_is_said_where_it_should_not_be(login: Login, offered: str, words: str) -> None:
    client = play(login=login)
    client.answer("220 mx.test")
    if "GSSAPI" in offered:
        client.rules._entering._door = TLS_DOOR  # type: ignore[union-attr]
    assert client.answer(offered) == b""
    assert isinstance(error(client), LoginFailed) and words in str(client.fault)


def test_a_secret_that_proves_itself_may_be_said_without_tls() -> None:
    client = play(login=Login("ann", "secret", nonce="n0nce"))
    client.answer("220 mx.test")
    said = client.answer("250-mx.test", "250 AUTH PLAIN SCRAM-SHA-256")
    assert said == b"AUTH SCRAM-SHA-256 " + b64encode(b"n,,n=ann,r=n0nce") + b"\r\n"


def test_a_success_without_the_server_s_proof_is_none() -> None:
    client = play(login=LOGIN)
    client.answer("220 mx.test")
    client.answer("250-mx.test", "250 AUTH SCRAM-SHA-256")
    client.answer("235 come in")
    assert isinstance(error(client), LoginFailed) and "prove" in str(client.fault)


@pytest.mark.parametrize("challenge", ["334 !!!", "334 " + b64encode(b"r=x,s=AAAA,i=4096").decode(), "334 ü"])
def test_a_challenge_that_makes_no_sense_ends_the_login(challenge: str) -> None:
    client = play(login=LOGIN)
    client.answer("220 mx.test")
    client.answer("250-mx.test", "250 AUTH SCRAM-SHA-256")
    client.answer(challenge)
    assert isinstance(error(client), LoginFailed)


def test_a_server_that_asks_on_and_on_is_left() -> None:
    client = play(login=Login("ann", token="t", clear=True))
    client.answer("220 mx.test")
    client.answer("250-mx.test", "250 AUTH OAUTHBEARER")
    for _ in range(MOST_CHALLENGES):
        assert client.answer("334 e30=")
    client.answer("334 e30=")
    assert isinstance(error(client), LoginFailed) and "on and on" in str(client.fault)
