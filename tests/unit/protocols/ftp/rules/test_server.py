"""The server's side of FTP as plays: logins, the order of commands, TLS, limits, and what attackers try."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import ConnectionLost, LocalError
from portside.interfaces import Address, Close, Listen, Reading, SendFile, StartTls
from portside.protocols.ftp.messages import Data, Reply
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.orders import DataDone, DataFile
from portside.protocols.ftp.rules.policy import Policy, Tls
from portside.protocols.ftp.rules.standing import State
from portside.protocols.ftp.rules.terms import Terms
from portside.protocols.ftp.rules.turns import Admit, Asked, Attempt, HungUp, LoggedOut, Meanwhile, StatusAsked
from portside.protocols.ftp.syntax.commands import Right
from portside.protocols.ftp.syntax.lines import LONGEST_COMMAND
from tests.support.ftp_plays import DOOR_6, EVERYTHING, RESUMED, SECURE, Play

OFFERED = Policy(tls=Tls.OFFERED)
REQUIRED = Policy(tls=Tls.REQUIRED)


def secure(policy: Policy = REQUIRED) -> Play:
    play = Play(policy)
    play.type("AUTH TLS")
    play.secured()
    return play


# -------------------------------------------------------------------------------------------------- logins


def test_a_greeting_comes_first() -> None:
    assert bytes(Play(Policy(banner="Hello.")).sent) == b"220 Hello.\r\n"


def test_a_login_is_a_name_and_a_password_and_the_side_above_decides() -> None:
    play = Play()
    assert play.type("USER anna") == ["331 And the password?"]
    assert play.type("PASS se cret") == []
    assert play.heard == [Attempt("anna", "se cret")]
    assert play.say(Admit(Reply(230, ("In.",)), EVERYTHING)) == ["230 In."]
    assert play.rules.state is State.INSIDE


def test_a_password_is_in_no_text_of_a_message() -> None:
    assert "secret" not in repr(Attempt("anna", "secret"))


@pytest.mark.parametrize(
    "line", ["RETR x", "STOR x", "LIST", "CWD x", "PASV", "EPSV", "PORT 1,2,3,4,5,6", "TYPE I", "PWD", "ABOR", "STAT"]
)
def test_before_the_login_nothing_is_told_of_files(line: str) -> None:
    play = Play()
    assert play.code(line) == 530
    assert play.heard == []


@pytest.mark.parametrize(("line", "code"), [
    ("FEAT", 211), ("HELP", 214), ("HELP RETR", 214), ("HELP nonsense", 504), ("SYST", 215), ("NOOP", 200),
    ("CLNT x", 200), ("LANG", 200), ("LANG EN", 200), ("LANG tlh", 504), ("HOST example.test", 220),
    ("ACCT x", 202), ("CCC", 530), ("OPTS UTF8 ON", 200),
    ("QUIT", 221), ("PASS x", 503), ("SMNT x", 502), ("FOO", 500), ("USER", 501), ("REIN", 220),
])  # fmt: skip
def test_what_asks_for_no_file_is_answered_at_once(line: str, code: int) -> None:
    assert Play().code(line) == code


def test_after_some_wrong_passwords_it_is_enough() -> None:
    play = Play(limits=ServerLimits(tries=3))
    for _ in range(2):
        play.type("USER u", "PASS wrong")
        assert play.reply(530) == ["530 Good."]
    play.type("USER u", "PASS wrong")
    assert [line[:3] for line in play.reply(530)] == ["530", "421"]
    assert play.closed


def test_who_is_told_421_is_let_go() -> None:
    play = Play()
    play.type("USER u", "PASS wrong")
    play.reply(421)
    assert play.closed


def test_another_user_is_a_new_beginning() -> None:
    play = Play().log_in()
    assert play.type("USER v") == ["331 And the password?"]
    assert isinstance(play.heard[-1], LoggedOut)
    assert play.code("PWD") == 530


def test_rein_forgets_who_was_in_and_what_was_agreed() -> None:
    play = Play().log_in()
    play.type("TYPE I", "REST 5")
    assert play.type("REIN") == ["220 Welcome."]
    play.log_in()
    play.passive()
    play.type("RETR x")
    asked = play.heard[-1]
    assert (asked.offset, asked.terms.text) == (0, True)


def test_host_comes_before_the_login() -> None:
    assert Play().log_in().code("HOST x") == 503


def test_every_right_is_looked_for_in_the_table() -> None:
    play = Play().log_in(frozenset({Right.LIST, Right.READ}))
    changes = ("STOR x", "APPE x", "STOU", "DELE x", "RMD x", "MKD x", "RNFR x", "MFMT 20200101000000 x")
    assert [play.code(line) for line in (*changes, "SITE CHMOD 644 x")] == [550] * 9


def test_who_may_not_list_lists_nothing_by_status_either() -> None:
    play = Play().log_in(EVERYTHING - {Right.LIST})
    assert [play.code(line) for line in ("STAT .", "STAT x", "LIST", "MLST x")] == [550] * 4
    play.type("STAT")
    assert play.heard[-1] == Asked("STAT", "", 0, Terms())
    play.type("CWD x")
    assert isinstance(play.heard[-1], Asked)


# ------------------------------------------------------------------------------------------------- commands


def test_what_is_asked_comes_with_what_was_agreed() -> None:
    play = Play().log_in()
    assert play.code("TYPE I") == 200
    assert play.code("MODE Z") == 200
    assert play.code("OPTS MODE Z LEVEL 1") == 200
    assert play.code("OPTS HASH SHA-512") == 200
    assert play.code("OPTS MLST size;modify;") == 200
    assert play.code("REST 77") == 350
    play.type("STOR a b")
    asked = play.heard[-1]
    assert (asked.verb, asked.value, asked.offset) == ("STOR", "a b", 77)
    terms = asked.terms
    assert (terms.text, terms.packed, terms.level, terms.hash, terms.facts) == (
        False,
        True,
        1,
        "SHA-512",
        ("size", "modify"),
    )


def test_rest_counts_for_one_transfer_and_not_for_text() -> None:
    play = Play().log_in()
    play.type("REST 7")
    assert play.code("RETR x") == 504
    play.type("TYPE I", "REST 7", "RETR x")
    assert play.heard[-1].offset == 7
    play.reply(550)
    play.type("RETR x")
    assert play.heard[-1].offset == 0


def test_commands_wait_for_the_one_before_and_keep_their_order() -> None:
    play = Play().log_in()
    assert play.type("CWD a", "NOOP", "CWD b", "PWD") == []
    assert [message.verb for message in play.heard if isinstance(message, Asked)] == ["CWD"]
    assert play.reply(250) == ["250 Good.", "200 Still here."]
    assert play.heard[-1].value == "b"
    play.reply(250)
    assert play.heard[-1].verb == "PWD"


def test_what_waits_is_bounded() -> None:
    play = Play(limits=ServerLimits(waiting=100)).log_in()
    play.type("CWD a")
    play.type(*["NOOP"] * 30)
    assert play.last(Reading) == Reading(False)
    assert len(play.reply(250)) == 31
    assert play.last(Reading) == Reading(True)


def test_rnto_follows_rnfr_at_once_and_only_a_good_one() -> None:
    play = Play().log_in()
    assert play.code("RNTO b") == 503
    play.type("RNFR a")
    play.reply(550)
    assert play.code("RNTO b") == 503
    play.type("RNFR a")
    play.reply(350)
    assert play.code("NOOP") == 200
    assert play.code("RNTO b") == 503
    play.type("RNFR a")
    play.reply(350)
    play.type("RNTO b")
    assert (play.heard[-1].verb, play.heard[-1].value) == ("RNTO", "b")


def test_a_server_only_answers() -> None:
    play = Play().log_in()
    with pytest.raises(LocalError):
        play.reply()
    with pytest.raises(LocalError):
        play.say("what?")


@pytest.mark.parametrize(
    ("line", "code"),
    [("TYPE E", 504), ("TYPE", 501), ("MODE B", 504), ("STRU R", 504), ("STRU F", 200), ("REST x", 501),
     ("REST -1", 501), ("OPTS HASH rot13", 501), ("OPTS MODE Z LEVEL 0", 501),
     ("OPTS UTF8 OFF", 501), ("PORT 1,2,3", 501), ("STOR", 501),
     ("EPSV 3", 522), ("EPRT |3|x|5000|", 522), ("ABOR", 225), ("CCC", 533)],
)  # fmt: skip
def test_wrong_arguments_have_their_codes(line: str, code: int) -> None:
    assert Play().log_in().code(line) == code


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=8))
def test_any_bytes_in_any_split_are_answered_alike(noise: bytes, cuts: list[int]) -> None:
    script = b"USER u\r\nNOOP\r\n" + noise + b"\r\nSYST\r\n"
    whole, split = Play(), Play()
    whole.raw(script)
    at = 0
    for cut in cuts:
        split.raw(script[at : at + cut])
        at += cut
    split.raw(script[at:])
    assert split.sent == whole.sent


# --------------------------------------------------------------------------------------------------- attacks


def test_endless_lines_are_no_commands_and_after_some_it_is_enough() -> None:
    play = Play(limits=ServerLimits(mistakes=3)).log_in()
    assert play.raw(b"A" * (LONGEST_COMMAND + 100)) == [
        f"500 a line of more than {LONGEST_COMMAND:,} bytes is no command"
    ]
    assert play.raw(b"A" * 100_000) == []
    assert play.raw(b"\r\nNOOP\r\n") == ["200 Still here."]
    lines = play.raw((b"B" * 5000 + b"\r\n") * 3)
    assert [line[:3] for line in lines] == ["500", "500", "421"]
    assert play.closed


def test_what_speaks_another_protocol_is_let_go() -> None:
    play = Play()
    lines = play.type("GET / HTTP/1.1", *[f"X-Field{number}: x" for number in range(40)])
    assert lines[-1].startswith("421 ")
    assert play.closed
    assert play.type("NOOP") == []


def test_a_command_hidden_in_a_name_is_not_carried_out() -> None:
    play = Play().log_in()
    assert [line[:3] for line in play.raw(b"RETR a\rDELE b\r\n")] == ["500"]
    assert [line[:3] for line in play.raw(b"RETR a\0b\r\n")] == ["500"]
    assert not any(isinstance(message, Asked) for message in play.heard)


def test_what_was_said_in_the_clear_behind_auth_is_never_carried_out() -> None:
    play = Play(OFFERED)
    assert play.raw(b"AUTH TLS\r\nUSER u\r\nPASS p\r\nDELE x\r\nNO")[-1].startswith("234 ")
    assert play.count(StartTls) == 1
    assert play.secured() == []
    assert play.heard == []
    assert play.raw(b"OP\r\n") == ["500 OP is not known here; HELP tells what is."]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("PORT 192,0,2,8,200,0", 504),
        ("PORT 192,0,2,7,3,255", 504),
        ("PORT 192,0,2,7,0,25", 504),
        ("PORT 192,0,2,7,0,0", 504),
        ("PORT 127,0,0,1,200,0", 504),
        ("EPRT |1|192.0.2.8|5000|", 504),
        ("EPRT |1|192.0.2.7|80|", 504),
        ("EPRT |2|2001:db8::7|5000|", 504),
        ("PORT 256,0,0,1,1,1", 501),
    ],
)
def test_nobody_is_sent_data_but_who_asks(line: str, code: int) -> None:
    play = Play().log_in()
    assert play.code(line) == code
    play.type("RETR x")
    assert not any(type(output).__name__ == "Dial" for output in play.outputs)


def test_only_who_speaks_here_may_come_to_the_data_connection() -> None:
    play = Play(Policy(passive_ports=range(5000, 5010))).log_in()
    play.type("PASV")
    listen = play.last(Listen)
    assert (listen.address, listen.peer, listen.ports) == (Address("192.0.2.1", 0), "192.0.2.7", range(5000, 5010))


# ------------------------------------------------------------------------------------------------------- TLS


def test_where_tls_is_required_nothing_is_told_before_it() -> None:
    play = Play(REQUIRED)
    assert play.code("USER u") == 530
    assert play.code("PASS p") == 530
    assert play.code("FEAT") == 211
    assert "AUTH TLS" in play.sent.decode()


def test_where_tls_is_required_data_is_protected_too() -> None:
    play = secure().log_in()
    assert play.code("LIST") == 522
    assert play.code("PROT P") == 503
    assert play.code("PBSZ 0") == 200
    assert play.code("PROT C") == 534
    assert play.code("PROT S") == 536
    assert play.code("PROT P") == 200
    play.type("LIST")
    assert play.heard[-1].verb == "LIST"


def test_auth_forgets_a_login_in_the_clear() -> None:
    play = Play(OFFERED).log_in()
    play.type("AUTH TLS")
    play.secured()
    assert play.code("PWD") == 530


@pytest.mark.parametrize(("line", "code"), [("AUTH KERBEROS", 504), ("PBSZ 0", 503), ("PROT P", 503)])
def test_the_order_of_tls_is_kept(line: str, code: int) -> None:
    assert Play(OFFERED).code(line) == code


def test_without_tls_there_is_no_auth() -> None:
    play = Play()
    assert play.code("AUTH TLS") == 502
    assert "AUTH" not in "".join(play.type("FEAT"))


def test_there_is_no_tls_within_tls_and_no_way_back() -> None:
    play = secure()
    assert play.code("AUTH TLS") == 503
    assert play.code("REIN") == 502
    assert play.log_in().code("CCC") == 533


def test_implicit_tls_greets_behind_the_handshake_and_protects_data_from_the_start() -> None:
    play = Play(Policy(tls=Tls.IMPLICIT))
    assert bytes(play.sent) == b""
    assert play.secured() == ["220 Welcome."]
    play.log_in().passive()
    play.linked()
    assert play.transfer() == ["150 Now."]
    assert play.last(StartTls).link == play.link


def test_a_protected_data_connection_is_secured_behind_150() -> None:
    play = secure().log_in()
    play.type("PBSZ 0", "PROT P")
    play.passive()
    assert play.linked() == []
    assert play.count(StartTls) == 1
    assert play.transfer() == ["150 Now."]
    assert play.last(StartTls).link == play.link
    play.secured(link=play.link)
    assert type(play.heard[-1]).__name__ == "DataReady"


def test_a_data_connection_of_another_session_is_refused_where_that_is_asked_for() -> None:
    policy = Policy(tls=Tls.REQUIRED, same_session=True)
    for tls, code in ((SECURE, 522), (RESUMED, None)):
        play = secure(policy).log_in()
        play.type("PBSZ 0", "PROT P")
        play.passive()
        play.linked()
        play.transfer()
        play.secured(tls, play.link)
        assert play.cut() is (code is not None)
        if code is not None:
            assert play.error == code


# ----------------------------------------------------------------------------------------- data connections


def test_pasv_and_epsv_tell_where_to_come_to() -> None:
    play = Play().log_in()
    assert play.passive("PASV", 50001) == ["227 Entering Passive Mode (192,0,2,1,195,81)"]
    assert play.passive("EPSV", 50002) == ["229 Entering Extended Passive Mode (|||50002|)"]
    assert play.passive("EPSV 1", 50003) == ["229 Entering Extended Passive Mode (|||50003|)"]
    assert play.code("EPSV 2") == 522


def test_ipv6_has_epsv_only() -> None:
    play = Play(door=DOOR_6).log_in()
    assert play.code("PASV") == 425
    assert play.code("EPSV 1") == 522
    assert play.passive("EPSV 2") == ["229 Entering Extended Passive Mode (|||50000|)"]


def test_epsv_all_is_a_promise() -> None:
    play = Play().log_in()
    assert play.code("EPSV ALL") == 200
    assert [play.code(line) for line in ("PASV", "PORT 192,0,2,7,200,0", "EPRT |1|192.0.2.7|5000|")] == [503] * 3
    assert play.passive()[0].startswith("229 ")


def test_behind_nat_strangers_are_told_the_outer_address() -> None:
    play = Play(Policy(passive_address="198.51.100.9"))
    play.log_in()
    assert "(192,0,2,1," in play.passive("PASV")[0]  # they are neighbours
    far = Play(Policy(passive_address="198.51.100.9"), door=type(play.door)(play.door.local, Address("203.0.113.5", 4)))
    far.log_in()
    assert "(198,51,100,9,195,80)" in far.passive("PASV")[0]


def test_where_nothing_is_free_to_listen_on_the_client_is_told() -> None:
    play = Play().log_in()
    play.type("PASV", "NOOP")
    assert [line[:3] for line in play.data_breaks()] == ["425", "200"]


def test_a_server_may_open_no_connection() -> None:
    assert Play(Policy(active=False)).log_in().code("PORT 192,0,2,7,200,0") == 502


def test_a_transfer_without_a_data_connection_is_told_so() -> None:
    play = Play().log_in()
    play.transfer()
    assert play.error == 425


def test_a_transfer_outward_is_over_when_all_has_left() -> None:
    play = Play().log_in().opened()
    assert play.sent.endswith(b"150 Now.\r\n")
    play.say(Data(b"abc"))
    file = io.BytesIO(b"defg")
    play.say(DataFile(file, 0, 4))
    play.say(DataDone())
    assert bytes(play.data) == b"abc"
    assert play.last(SendFile).to == play.link
    assert not any(type(one).__name__ == "DataEnded" for one in play.heard)
    play.data_left()
    assert play.error == 0
    assert play.reply() == ["226 Good."]


def test_a_transfer_inward_is_over_at_their_end() -> None:
    play = Play().log_in().opened("STOR x", inward=True)
    play.data_comes(b"abc")
    play.data_ends()
    assert play.heard[-2:-1] == [Data(b"abc")]
    assert play.error == 0
    assert play.last(Close).link == play.link


def test_what_comes_where_we_speak_is_passed_over() -> None:
    play = Play().log_in().opened()
    heard = len(play.heard)
    play.data_comes(b"noise")
    play.data_ends()
    assert len(play.heard) == heard


def test_a_data_connection_that_nobody_opens_is_425() -> None:
    play = Play().log_in()
    play.passive()
    play.transfer()
    play.wait(play.limits.meeting)
    assert play.error == 425
    assert play.cut()


def test_data_that_comes_too_slowly_is_426() -> None:
    play = Play().log_in().opened("STOR x", inward=True)
    play.data_comes(b"a" * play.limits.least)
    play.wait(play.limits.stall)
    assert not play.cut()
    play.data_comes(b"a" * (play.limits.least - 1))
    play.wait(play.limits.stall)
    assert play.error == 426
    assert play.cut()


def test_a_data_connection_that_breaks_is_426_and_one_that_fails_is_425() -> None:
    play = Play().log_in().opened()
    play.data_breaks()
    assert play.error == 426
    play = Play().log_in()
    assert play.code("PORT 192,0,2,7,200,0") == 200
    play.transfer()
    play.data_breaks()
    assert play.error == 425


def test_abor_stops_a_transfer_at_once_and_both_are_answered() -> None:
    play = Play().log_in().opened("STOR x", inward=True)
    play.raw(b"\xff\xf4\xff\xf2ABOR\r\n")
    assert play.error == 426
    assert play.cut()
    assert [line[:3] for line in play.reply(426)] == ["426", "226"]


def test_abor_overtakes_what_waits_but_its_answer_does_not() -> None:
    play = Play().log_in().opened()
    play.type("NOOP", "ABOR", "SYST")
    assert play.cut()
    assert [line[:3] for line in play.reply(426)] == ["426", "200", "226", "215"]


def test_stat_tells_how_far_a_transfer_is() -> None:
    play = Play().log_in().opened()
    play.type("STAT")
    assert isinstance(play.heard[-1], StatusAsked)
    assert play.say(Meanwhile(Reply(213, ("7 bytes.",)))) == ["213 7 bytes."]
    assert not play.cut()


def test_another_passive_connection_takes_the_place_of_the_one_before() -> None:
    play = Play().log_in()
    play.passive()
    first = play.link
    play.passive()
    assert Close(first, cut=True) in play.outputs
    assert play.do(play.rules.linked(first, play.door, play.now)) == []
    assert play.do(play.rules.received(b"late", first, play.now)) == []


# -------------------------------------------------------------------------------------------------- endings


def test_a_transfer_is_cut_off_where_the_control_connection_ends() -> None:
    play = Play().log_in().opened("STOR x", inward=True)
    play.data_comes(b"half")
    play.do(play.rules.ended(None, play.now))
    assert play.error == 426
    play.reply(426)
    assert play.closed


def test_the_side_above_hears_of_an_end_while_it_stores() -> None:
    play = Play().log_in().opened("STOR x", inward=True)
    play.data_ends()
    play.do(play.rules.ended(None, play.now))
    assert isinstance(play.heard[-1], HungUp)
    play.reply()
    assert play.closed


def test_silence_is_answered_with_421() -> None:
    play = Play().log_in()
    play.type("NOOP")
    assert play.wait(play.limits.idle)[0].startswith("421 ")
    assert play.closed


def test_who_is_refused_has_said_something() -> None:
    play = Play().log_in()
    play.wait(play.limits.idle - 1)
    assert play.code("RNTO x") == 503
    assert play.wait(play.limits.idle - 1) == []
    assert play.wait(1.0)[0].startswith("421 ")


def test_who_transfers_is_not_silent() -> None:
    play = Play().log_in().opened()
    assert play.wait(play.limits.idle) == []
    assert not play.closed


def test_who_never_logs_in_is_let_go() -> None:
    play = Play()
    play.type("NOOP")
    assert play.wait(play.limits.login)[0].startswith("421 ")
    play = Play().log_in()
    assert play.wait(play.limits.login) == []


def test_a_stop_waits_for_what_runs() -> None:
    play = Play().log_in()
    play.type("CWD x")
    assert play.do(play.rules.stop(play.now)) == []
    assert [line[:3] for line in play.reply(250)] == ["250", "421"]
    idle = Play().log_in()
    assert idle.do(idle.rules.stop(idle.now))[0].startswith("421 ")
    assert idle.closed


def test_what_the_side_above_says_too_late_is_nothing() -> None:
    play = Play()
    play.type("USER u", "PASS p")
    play.do(play.rules.failed(None, ConnectionLost("gone"), play.now))
    assert play.reply(530) == []
    file = io.BytesIO(b"x")
    play.say(DataFile(file, 0, 1))
    assert file.closed
    assert play.rules.state is State.GONE


def test_everything_is_every_right() -> None:
    assert set(EVERYTHING) == set(Right)
