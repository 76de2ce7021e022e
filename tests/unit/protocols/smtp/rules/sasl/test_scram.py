from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from portside.accounts.scram import derive_keys
from portside.protocols.smtp.rules.sasl.exchanges import Challenge, Done, Malformed, Proof, WantKeys, Wrong
from portside.protocols.smtp.rules.sasl.scram import Scram

# The example of RFC 7677 §3.
CLIENT_FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
SALT = "W22ZaJ0SNY7soEsUEjb6gQ=="
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
CLIENT_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
KEYS = derive_keys("pencil", b64decode(SALT), 4096)


def scram(bindings: dict[str, bytes] | None = None, *, plus: bool = False) -> Scram:
    return Scram(lambda: SERVER_NONCE, bindings or {}, plus=plus)


def test_the_example_of_the_rfc_is_right_to_the_octet() -> None:
    one = scram()
    assert one.begin(None) == Challenge(b"")
    assert one.respond(CLIENT_FIRST) == WantKeys("user")
    assert one.keys(KEYS) == Challenge(SERVER_FIRST)
    assert one.respond(CLIENT_FINAL) == Proof("user", SERVER_FINAL)
    assert one.respond(b"") == Done("user")


def answered(final: bytes, first: bytes = CLIENT_FIRST) -> object:
    one = scram()
    one.respond(first)
    one.keys(KEYS)
    return one.respond(final)


@pytest.mark.parametrize(
    "final",
    [
        CLIENT_FINAL.replace(b"p=dH", b"p=dI"),
        CLIENT_FINAL.replace(b"c=biws", b"c=eSws"),
        CLIENT_FINAL.replace(b"hNlF$k0", b"hNlF$k1"),
        CLIENT_FINAL[: CLIENT_FINAL.index(b",p=")] + b",p=AAAA",
    ],
)
def test_a_proof_of_something_else_is_wrong(final: bytes) -> None:
    assert answered(final) == Wrong("user")


@pytest.mark.parametrize(
    "final", [b"", b"\xff", b"c=biws", b"c=!,r=x,p=AAAA", CLIENT_FINAL + b"!", b"r=x,c=biws,p=AAAA"]
)
def test_what_is_no_final_message_is_malformed(final: bytes) -> None:
    assert answered(final) == Malformed()


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"\xff",
        b"n=user,r=x",
        b"n,,n=user",
        b"n,,r=x,n=user",
        b"n,,n=,r=x",
        b"n,,n=us=er,r=x",
        b"n,a=other,n=user,r=x",
        b"n,,m=ext,n=user,r=x",
        b"n,,n=user,r=a b",
        b"x,,n=user,r=x",
        b"p=tls-unique,,n=user,r=x",
    ],
)
def test_what_is_no_first_message_is_malformed(first: bytes) -> None:
    assert scram().respond(first) == Malformed()


@pytest.mark.parametrize(
    ("first", "user"),
    [
        (b"n,a=user,n=user,r=x", "user"),
        (b"y,,n=user,r=x", "user"),
        (b"n,,n=a=2Cb=3Dc,r=x", "a,b=c"),
        (b"n,,n=user,r=x,ext=1", "user"),
        ("n,,n=I\u00adX,r=x".encode(), "IX"),
    ],
)
def test_names_are_read_as_they_are_written(first: bytes, user: str) -> None:
    assert scram().respond(first) == WantKeys(user)


@pytest.mark.parametrize(
    ("first", "plus", "good"),
    [
        (b"p=tls-exporter,,n=user,r=x", True, True),
        (b"p=tls-exporter,,n=user,r=x", False, False),
        (b"p=tls-unique,,n=user,r=x", True, False),
        (b"n,,n=user,r=x", True, False),
        (b"n,,n=user,r=x", False, True),
        (b"y,,n=user,r=x", False, False),  # it could bind and saw no offer: somebody took it away
    ],
)
def test_what_is_bound_must_be_what_both_see(first: bytes, plus: bool, good: bool) -> None:
    step = scram({"tls-exporter": b"secret of both"}, plus=plus).respond(first)
    assert isinstance(step, WantKeys if good else Malformed)


def test_a_proof_bound_to_another_connection_is_wrong() -> None:
    one = scram({"tls-exporter": b"this one"}, plus=True)
    one.respond(b"p=tls-exporter,,n=user,r=x")
    one.keys(KEYS)
    bound = b64encode(b"p=tls-exporter,,another one")
    proof = b64encode(bytes(32))
    assert one.respond(b"c=" + bound + b",r=x" + SERVER_NONCE.encode() + b",p=" + proof) == Wrong("user")


def test_behind_the_proof_nothing_more_is_said() -> None:
    one = scram()
    one.respond(CLIENT_FIRST)
    one.keys(KEYS)
    one.respond(CLIENT_FINAL)
    assert one.respond(b"more") == Malformed()
