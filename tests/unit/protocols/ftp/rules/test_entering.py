"""The way in: which command follows which reply, and how it fails."""

from __future__ import annotations

import pytest

from portside.errors import LoginFailed, RemoteError, TlsError
from portside.protocols.ftp.messages import Command, Reply
from portside.protocols.ftp.rules.entering import FEATURES, Entering, Stage, parse_features
from portside.protocols.ftp.rules.orders import Login, TlsUse

FEAT = Reply(211, ("Features:", " UTF8", " rest STREAM", " MLST type*;size*;", "End"))
SETTLING = [Command("FEAT"), Command("PWD"), Command("TYPE", "I")]


def play(entering: Entering, *codes: int) -> list[Command]:
    said: list[Command] = []
    for code in codes:
        said = entering.answered(Reply(code, ("text",)))
    return said


def plain(user: str = "me", account: str = "") -> Entering:
    return Entering(Login(user, "pw", account, TlsUse.OFF), "host:21")


def test_without_tls_the_greeting_leads_to_the_user() -> None:
    entering = plain()
    assert play(entering, 220) == [Command("USER", "me")]
    assert play(entering, 331) == [Command("PASS", "pw")]
    assert play(entering, 230) == SETTLING


def test_auth_tls_comes_first_where_it_may() -> None:
    entering = Entering(Login("me", "pw"), "host:21")
    assert play(entering, 220) == [Command("AUTH", "TLS")]
    assert play(entering, 234) == [] and entering.stage is Stage.SECURING
    assert entering.secured() == [Command("USER", "me")]
    assert play(entering, 230) == [Command("PBSZ", "0"), Command("PROT", "P"), *SETTLING]
    assert entering.protected


@pytest.mark.parametrize("code", [500, 502, 504, 530, 534, 431])
def test_a_server_without_tls_is_entered_bare_unless_tls_is_required(code: int) -> None:
    assert play(Entering(Login("me", "pw"), "h"), 220, code) == [Command("USER", "me")]
    with pytest.raises(TlsError, match="has no TLS"):
        play(Entering(Login("me", "pw", tls=TlsUse.REQUIRED), "h"), 220, code)


def test_tls_from_the_first_byte_needs_no_auth() -> None:
    entering = Entering(Login("me", "pw", tls=TlsUse.IMPLICIT), "h")
    assert play(entering, 220) == [Command("USER", "me")]
    assert play(entering, 230)[0] == Command("PBSZ", "0")


def test_an_account_is_told_where_it_is_asked_for() -> None:
    assert play(plain(account="purse"), 220, 331, 332) == [Command("ACCT", "purse")]
    with pytest.raises(LoginFailed, match="account"):
        play(plain(), 220, 332)


@pytest.mark.parametrize("codes", [(220, 530), (220, 331, 530), (220, 331, 421 + 9)])
def test_a_refused_login_is_told(codes: tuple[int, ...]) -> None:
    with pytest.raises(LoginFailed, match="'me'"):
        play(plain(), *codes)


def test_anonymous_is_told_how_to_log_in() -> None:
    with pytest.raises(LoginFailed, match="-u"):
        play(Entering(Login(tls=TlsUse.OFF), "h"), 220, 530)


@pytest.mark.parametrize("codes", [(421,), (530,), (220, 421), (220, 331, 421)])
def test_a_server_that_is_full_is_no_failed_login(codes: tuple[int, ...]) -> None:
    with pytest.raises(RemoteError):
        play(plain(), *codes)


def test_what_the_server_has_and_where_we_are_is_kept() -> None:
    entering = plain()
    play(entering, 220, 331, 230)
    assert entering.answered(FEAT) == [Command("OPTS", "UTF8 ON")]
    assert entering.answered(Reply(257, ('"/home/a ""b""" is here',))) == []
    play(entering, 200)
    assert entering.stage is Stage.SETTLING  # the answer to OPTS is still to come
    play(entering, 501)
    assert entering.stage is Stage.IN
    assert entering.features == {"UTF8": "", "REST": "STREAM", "MLST": "type*;size*;"}
    assert entering.home == '/home/a "b"'


def test_refused_feat_and_pwd_do_no_harm_but_type_does() -> None:
    entering = plain()
    play(entering, 220, 331, 230, 500, 550)
    assert (entering.features, entering.home) == ({}, "")
    with pytest.raises(RemoteError, match="TYPE I"):
        play(entering, 504)


def test_unprotected_data_is_accepted_only_from_who_had_not_insisted() -> None:
    entering = Entering(Login("me", "pw"), "h")
    play(entering, 220, 234)
    entering.secured()
    play(entering, 230, 200, 534)
    assert not entering.protected
    strict = Entering(Login("me", "pw", tls=TlsUse.REQUIRED), "h")
    play(strict, 220, 234)
    strict.secured()
    with pytest.raises(TlsError, match="for data"):
        play(strict, 230, 200, 534)


def test_features_without_end_are_bounded() -> None:
    lines = ("begin", *(f" F{number}" for number in range(FEATURES * 2)), "end")
    assert len(parse_features(Reply(211, lines))) == FEATURES
