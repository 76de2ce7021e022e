"""Names, TLS and logins as plays."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode

import pytest

from portside.accounts.scram import derive_keys
from portside.errors import TlsError
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.logins import WRONG
from portside.protocols.smtp.rules.policy import Policy, Tls
from portside.protocols.smtp.rules.sasl.mechanisms import MECHANISMS
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.rules.standing import State
from portside.protocols.smtp.rules.turns import Admit, Asked, Attempt, Began, Guessed, Hook, Keys, KeysWanted
from tests.support.smtp_plays import NEAR, Play

LOGINS = Policy(tls=Tls.OFFERED, mechanisms=MECHANISMS)
BOUND = Shared(nonce=lambda: "ours", bindings={"tls-server-end-point": b"certificate"})


def coded(text: str | bytes) -> str:
    return b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def inside_tls(limits: ServerLimits | None = None) -> Play:
    play = Play(LOGINS, limits or ServerLimits(), Shared(nonce=lambda: "ours"))
    return play.in_tls().greet()


# -------------------------------------------------------------------------------------------------------- TLS


def test_tls_begins_after_its_reply_and_everything_said_before_is_forgotten() -> None:
    play = Play(LOGINS).greet()
    assert play.type("STARTTLS") == ["220 2.0.0 Begin TLS."]
    assert play.begins_tls
    assert play.secured() == []
    assert play.rules.state is State.CONNECTED
    assert play.code("MAIL FROM:<a@b>") == 503
    assert play.greet().code("STARTTLS") == 503


def test_starttls_is_offered_in_the_clear_and_requiretls_within_tls() -> None:
    play = Play(LOGINS)
    clear = play.type("EHLO c")
    play.type("STARTTLS")
    play.secured()
    secure = play.type("EHLO c")
    assert "250-STARTTLS" in clear
    assert "250-REQUIRETLS" not in clear
    assert "250-STARTTLS" not in secure
    assert "250-REQUIRETLS" in secure


def test_a_login_of_before_does_not_count_within_tls() -> None:
    play = Play(Policy(tls=Tls.OFFERED, mechanisms=("PLAIN",), clear_login=True), door=NEAR).greet()
    play.type("AUTH PLAIN " + coded("\0anna\0secret"))
    assert play.say(Admit("anna")) == ["235 2.7.0 You are in."]
    play.in_tls().greet()
    play.type("MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA")
    assert play.heard_of(Began)[0].user == ""


def test_a_handshake_that_fails_ends_it() -> None:
    play = Play(LOGINS).greet()
    play.type("STARTTLS")
    play.do(play.rules.failed(None, TlsError("no"), play.now))
    assert play.rules.state is State.GONE


# ----------------------------------------------------------------------------------------------------- logins


def test_no_password_is_taken_in_the_clear() -> None:
    play = Play(LOGINS)
    assert not any("AUTH" in line for line in play.type("EHLO c"))
    assert play.type("AUTH PLAIN " + coded("\0anna\0secret")) == [
        "538 5.7.11 Encryption is required: STARTTLS comes before AUTH."
    ]
    assert play.heard == []


@pytest.mark.parametrize(("door", "near"), [(NEAR, True), (None, False)])
def test_logins_without_tls_are_for_the_same_machine_alone(door: object, near: bool) -> None:
    policy = Policy(mechanisms=("PLAIN",), clear_login=True)
    play = Play(policy, door=NEAR) if door else Play(policy)
    assert ("250-AUTH PLAIN" in play.type("EHLO c")) is near
    assert (play.code("AUTH PLAIN " + coded("\0anna\0secret")) == 538) is not near


def test_plain_comes_with_the_command_or_behind_it() -> None:
    for lines in (["AUTH PLAIN " + coded("\0anna\0se cret")], ["AUTH PLAIN", coded("anna\0anna\0se cret")]):
        play = inside_tls()
        said = [line for text in lines for line in play.type(text)]
        assert said == ["334 "] * (len(lines) - 1)
        assert play.heard == [Attempt("anna", "se cret")]
        assert play.say(Admit("anna")) == ["235 2.7.0 You are in."]
        assert play.rules.state is State.GREETED


def test_login_asks_twice_and_takes_the_name_with_the_command() -> None:
    play = inside_tls()
    assert play.type("AUTH LOGIN") == ["334 " + coded("Username:")]
    assert play.type(coded("anna")) == ["334 " + coded("Password:")]
    play.type(coded("secret"))
    assert play.heard == [Attempt("anna", "secret")]
    play = inside_tls()
    assert play.type("AUTH LOGIN " + coded("anna")) == ["334 " + coded("Password:")]


def test_who_is_in_is_told_with_the_message_and_comes_in_once() -> None:
    play = inside_tls()
    play.type("AUTH PLAIN " + coded("\0anna\0secret"))
    play.say(Admit("anna"))
    assert play.code("AUTH PLAIN " + coded("\0anna\0secret")) == 503
    play.type("MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA")
    began = play.heard_of(Began)[0]
    assert (began.user, began.protocol) == ("anna", "ESMTPSA")


def test_a_token_is_judged_and_a_wrong_one_explained_before_it_is_refused() -> None:
    play = inside_tls()
    play.type("AUTH OAUTHBEARER " + coded("n,a=anna@example.com,\1host=mx\1auth=Bearer abc.def\1\1"))
    assert play.heard == [Attempt("anna@example.com", "abc.def", token=True)]
    challenge = play.say(WRONG)
    assert b64decode(challenge[0][4:]) == b'{"status":"invalid_token"}'
    assert play.type("AQ==") == ["535 5.7.8 The user or the password is wrong."]
    play.type("AUTH OAUTHBEARER " + coded("n,,\1auth=Bearer abc.def\1\1"))
    assert play.say(Admit("anna")) == ["235 2.7.0 You are in."]


@pytest.mark.parametrize(("lines", "codes"), [
    (["AUTH"], [501]),
    (["AUTH FOO"], [504]),
    (["AUTH PLAIN !!"], [501]),
    (["AUTH PLAIN ="], [501]),
    (["AUTH PLAIN " + coded("anna")], [501]),
    (["AUTH PLAIN " + coded("bert\0anna\0secret")], [501]),
    (["AUTH PLAIN " + coded("\0anna\0")], [501]),
    (["AUTH PLAIN " + coded(b"\0\xff\0secret")], [501]),
    (["AUTH PLAIN", "*"], [334, 501]),
    (["AUTH PLAIN", "no base64!"], [334, 501]),
    (["AUTH LOGIN", ""], [334, 501]),
    (["AUTH LOGIN", "*"], [334, 501]),
    (["AUTH LOGIN", coded("anna"), "*"], [334, 334, 501]),
    (["AUTH SCRAM-SHA-256", coded("n,,n=anna")], [334, 501]),
    (["AUTH SCRAM-SHA-256-PLUS", ""], [504, 500]),
    (["AUTH OAUTHBEARER", coded("n,,\1\1")], [334, 501]),
])  # fmt: skip
def test_what_is_no_login_is_refused_and_the_connection_goes_on(lines: list[str], codes: list[int]) -> None:
    play = inside_tls()
    assert [play.code(line) for line in lines] == codes
    assert play.code("NOOP") == 250
    assert play.heard == []


def test_after_some_wrong_ones_it_is_enough() -> None:
    play = inside_tls(ServerLimits(logins=8))
    for tries in range(8):
        play.type("AUTH PLAIN " + coded(f"\0anna\0guess{tries}"))
        said = [line[:3] for line in play.say(WRONG)]
        assert said == (["535", "421"] if tries == 7 else ["535"])
    assert play.closed


def test_lines_behind_a_login_wait_for_its_verdict() -> None:
    play = inside_tls()
    assert play.type("AUTH PLAIN " + coded("\0anna\0secret"), "MAIL FROM:<a@b>") == []
    assert [line[:3] for line in play.say(Admit("anna"))] == ["235", "250"]


def test_a_login_has_no_place_within_a_message_or_behind_helo() -> None:
    play = inside_tls()
    play.type("MAIL FROM:<a@b>")
    assert play.code("AUTH PLAIN " + coded("\0anna\0secret")) == 503
    play.greet("HELO")
    assert play.code("AUTH PLAIN " + coded("\0anna\0secret")) == 503


def test_a_verdict_may_end_the_connection() -> None:
    play = inside_tls()
    play.type("AUTH PLAIN " + coded("\0anna\0secret"))
    assert play.say(Reply(421, ("Too many.",), "4.7.0")) == ["421 4.7.0 Too many."]
    assert play.closed


# ------------------------------------------------------------------------------------------------------ SCRAM

SALT = b"0123456789abcdef"
ROUNDS = 4096


def proof(password: str, said: str) -> str:
    """What a client of RFC 5802 §3 answers, made here step by step."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, ROUNDS)
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(key).digest(), said.encode(), "sha256")
    return coded(bytes(one ^ other for one, other in zip(key, signature, strict=True)))


def scram(password: str, *, plus: bool) -> tuple[Play, list[str]]:
    """A login with this password, up to the verdict."""
    play = Play(LOGINS, shared=BOUND if plus else Shared(nonce=lambda: "ours")).in_tls().greet()
    header = "p=tls-server-end-point,," if plus else "n,,"
    bare = "n=anna,r=theirs"
    name = "SCRAM-SHA-256-PLUS" if plus else "SCRAM-SHA-256"
    assert play.type(f"AUTH {name} " + coded(header + bare)) == []
    assert play.heard == [KeysWanted("anna")]
    first = b64decode(play.say(Keys(derive_keys("secret", SALT, ROUNDS)))[0][4:]).decode()
    assert first == f"r=theirsours,s={coded(SALT)},i={ROUNDS}"
    bound = coded(header.encode() + (b"certificate" if plus else b""))
    final = f"c={bound},r=theirsours"
    return play, play.type(coded(f"{final},p={proof(password, f'{bare},{first},{final}')}"))


@pytest.mark.parametrize("plus", [False, True])
def test_a_proof_lets_in_without_the_password_being_said(plus: bool) -> None:
    play, said = scram("secret", plus=plus)
    assert b64decode(said[0][4:]).startswith(b"v=")
    assert play.type("") == ["235 2.7.0 You are in."]
    assert play.heard[-1] == Guessed("anna", True)


@pytest.mark.parametrize("plus", [False, True])
def test_a_wrong_proof_is_refused_and_told(plus: bool) -> None:
    play, said = scram("guess", plus=plus)
    assert said == ["535 5.7.8 The user or the password is wrong."]
    assert play.heard[-1] == Guessed("anna", False)


def test_plus_is_offered_where_there_is_something_to_bind_to() -> None:
    play = Play(LOGINS, shared=BOUND).in_tls()
    assert "250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 OAUTHBEARER PLAIN LOGIN" in play.type("EHLO c")
    assert "250-AUTH SCRAM-SHA-256 OAUTHBEARER PLAIN LOGIN" in inside_tls().type("EHLO c")


# ------------------------------------------------------------------------------------------------------ hooks


def test_who_has_come_is_asked_about_and_who_speaks_meanwhile_is_sent_away() -> None:
    policy = Policy(hooks=frozenset({Hook.CONNECT}))
    play = Play(policy)
    assert play.heard == [Asked(Hook.CONNECT)]
    assert play.sent == b""
    assert play.go_on() == ["220 localhost ESMTP"]
    early = Play(policy)
    assert early.type("EHLO c") == ["554 5.5.1 You speak before our greeting."]
    assert early.closed
    refused = Play(policy)
    assert refused.say(Reply(554, ("No.",), "5.7.1")) == ["554 5.7.1 No."]
    assert refused.closed


def test_a_name_is_asked_about() -> None:
    play = Play(Policy(hooks=frozenset({Hook.HELO})))
    assert play.type("EHLO bad.example") == []
    assert play.heard == [Asked(Hook.HELO, "bad.example")]
    assert play.say(Reply(550, ("Not you.",), "5.7.1")) == ["550 5.7.1 Not you."]
    assert play.code("MAIL FROM:<a@b>") == 503
    play.type("EHLO good.example")
    assert play.go_on()[-1] == "250 HELP"
    assert play.code("MAIL FROM:<a@b>") == 250
