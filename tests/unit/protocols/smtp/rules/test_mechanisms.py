"""What each mechanism says: the RFCs' own examples, and servers that cheat."""

from __future__ import annotations

from base64 import b64encode

import pytest

from portside.errors import LoginFailed
from portside.protocols.smtp.rules.mechanisms import (
    FEWEST_ROUNDS,
    MOST_ROUNDS,
    Bearer,
    BoundScram,
    OlderBearer,
    Plain,
    Scram,
    UserThenPassword,
    choose,
)
from portside.protocols.smtp.rules.orders import Login

# RFC 7677 §3
USER = Login("user", "pencil", nonce="rOprNGfwEbeRWgbNEkqO")
SERVER_NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
FIRST = f"r={SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".encode()
PROOF = "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
VERDICT = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_plain_is_the_rfc_s_example() -> None:
    plain = Plain(Login("tim", "tanstaaftanstaaf"))
    assert plain.first() == b"\0tim\0tanstaaftanstaaf" and plain.proven
    with pytest.raises(LoginFailed):
        plain.answer(b"")


def test_a_login_in_two_steps_has_two() -> None:
    login = UserThenPassword(Login("ann", "pässword"))
    assert login.first() is None
    assert [login.answer(b"User Name"), login.answer(b"anything")] == [b"ann", "pässword".encode()]
    with pytest.raises(LoginFailed):
        login.answer(b"more")


def test_a_token_is_said_as_the_rfc_does() -> None:
    login = Login("user=a,b@example.com", token="vF9dft4qmT")
    assert Bearer(login).first() == b"n,a=user=3Da=2Cb@example.com,\1auth=Bearer vF9dft4qmT\1\1"
    assert Bearer(login).answer(b'{"status":"invalid_token"}') == b"\1"
    assert OlderBearer(login).first() == b"user=user=a,b@example.com\1auth=Bearer vF9dft4qmT\1\1"
    assert OlderBearer(login).answer(b"{}") == b""


def test_scram_is_the_rfc_s_example() -> None:
    scram = Scram(USER)
    assert scram.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert scram.answer(FIRST) == f"c=biws,r={SERVER_NONCE},{PROOF}".encode()
    assert not scram.proven
    assert scram.answer(VERDICT) == b""
    assert scram.proven
    with pytest.raises(LoginFailed):
        scram.answer(VERDICT)


def bound(secret: bytes = b"end") -> Login:
    return Login("user", "pencil", nonce="rOprNGfwEbeRWgbNEkqO", binding=lambda: secret)


def test_scram_is_bound_to_tls_where_that_is_offered() -> None:
    offered = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN")
    best, second, _ = choose(bound(), offered, secret=True)
    assert isinstance(best, BoundScram) and best.first() == b"p=tls-server-end-point,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert best.answer(FIRST).startswith(b"c=" + b64encode(b"p=tls-server-end-point,,end") + b",r=")
    assert second.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"


@pytest.mark.parametrize(
    ("login", "secret", "header"),
    [(bound(), True, b"y,,"), (bound(), False, b"n,,"), (USER, True, b"n,,")],
)
def test_a_server_that_does_not_offer_it_is_told_that_we_could_have(login: Login, secret: bool, header: bytes) -> None:
    (scram,) = choose(login, ("SCRAM-SHA-256",), secret=secret)
    assert (scram.first() or b"").startswith(header)
    assert scram.answer(FIRST).startswith(b"c=" + b64encode(header) + b",r=")


def test_a_certificate_that_binds_nothing_is_not_bound_to() -> None:
    (scram,) = choose(bound(b""), ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"), secret=True)
    assert scram.name == "SCRAM-SHA-256" and (scram.first() or b"").startswith(b"n,,")


@pytest.mark.parametrize("verdict", [b"v=AAAA", b"e=invalid-proof", b"", b"v=", VERDICT[:-4], b"\xff"])
def test_a_server_that_does_not_know_the_password_is_found_out(verdict: bytes) -> None:
    scram = Scram(USER)
    scram.answer(FIRST)
    with pytest.raises(LoginFailed):
        scram.answer(verdict)
    assert not scram.proven


@pytest.mark.parametrize(
    "challenge",
    [
        FIRST.replace(b"r=rOpr", b"r=xOpr"),
        b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        b"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        FIRST.replace(b"s=W22ZaJ0SNY7soEsUEjb6gQ==", b"s="),
        FIRST.replace(b"s=W22ZaJ0SNY7soEsUEjb6gQ==", b"s=!"),
        b"m=x," + FIRST,
        b"",
        b"\xff\xfe",
        b"," * 1000,
    ],
)
def test_a_challenge_that_answers_nothing_is_no_challenge(challenge: bytes) -> None:
    with pytest.raises(LoginFailed):
        Scram(USER).answer(challenge)


@pytest.mark.parametrize(
    "rounds", ["0", "1", str(FEWEST_ROUNDS - 1), str(MOST_ROUNDS + 1), "9" * 40, "-1", "4_096", "x", "٤٠٩٦"]
)
def test_a_server_that_wants_too_little_or_too_much_work_gets_none(rounds: str) -> None:
    with pytest.raises(LoginFailed, match="rounds"):
        Scram(USER).answer(FIRST.replace(b"i=4096", f"i={rounds}".encode()))


def test_names_that_scram_has_to_write_otherwise() -> None:
    assert Scram(Login("a=b,c", "p", nonce="n")).first() == b"n,,n=a=3Db=2Cc,r=n"


@pytest.mark.parametrize("kind", [Plain, Scram])
def test_what_can_be_in_no_password_is_told(kind: type[Plain | Scram]) -> None:
    with pytest.raises(LoginFailed, match=r"U\+0007"):
        kind(Login("ann", "\x07", nonce="n")).first()


@pytest.mark.parametrize(
    ("login", "offered", "secret", "chosen"),
    [
        (Login("a", "p"), ("PLAIN", "LOGIN", "SCRAM-SHA-256"), True, ["SCRAM-SHA-256", "PLAIN", "LOGIN"]),
        (Login("a", "p"), ("PLAIN", "LOGIN", "SCRAM-SHA-256"), False, ["SCRAM-SHA-256"]),
        (Login("a", "p", clear=True), ("LOGIN",), False, ["LOGIN"]),
        (Login("a", "p"), ("CRAM-MD5", "NTLM"), True, []),
        (Login("a", token="t"), ("PLAIN", "XOAUTH2", "OAUTHBEARER"), True, ["OAUTHBEARER", "XOAUTH2"]),
        (Login("a", token="t"), ("XOAUTH2",), False, []),
    ],
)
def test_the_best_comes_first(login: Login, offered: tuple[str, ...], secret: bool, chosen: list[str]) -> None:
    assert [mechanism.name for mechanism in choose(login, offered, secret=secret)] == chosen


def test_a_secret_is_never_shown() -> None:
    login = Login("ann", "hidden", token="hidden", nonce="hidden")
    assert "hidden" not in repr(login) and b64encode(b"hidden").decode() not in repr(login)
