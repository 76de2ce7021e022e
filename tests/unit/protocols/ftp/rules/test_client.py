"""The client's rules as a play: what comes in on the left, what is to follow on the right."""

from __future__ import annotations

import pytest

from portside.errors import (
    ConnectError,
    ConnectionLost,
    LimitExceeded,
    LocalError,
    LoginFailed,
    PortsideError,
    RemoteError,
    TimedOut,
    TlsError,
)
from portside.interfaces import (
    NOTHING,
    Address,
    Close,
    Dial,
    Door,
    Fault,
    Heard,
    Link,
    Listen,
    Outputs,
    Send,
    StartTls,
    Tls,
    Wake,
)
from portside.protocols.ftp.messages import Command, Data, Reply
from portside.protocols.ftp.rules.client import ClientRules
from portside.protocols.ftp.rules.limits import ABORT_AFTER, MOST_WAITING, SILENCE, ClientLimits
from portside.protocols.ftp.rules.orders import (
    Begun,
    DataDone,
    Ended,
    Entered,
    Leave,
    Login,
    Noted,
    Row,
    TlsUse,
    Transfer,
)
from portside.protocols.ftp.rules.replies import LONGEST_LINE

HERE, THERE = Address("127.0.0.1", 50000), Address("127.0.0.1", 21)
DOOR = Door(HERE, THERE)
SECURE = Door(HERE, THERE, Tls("TLSv1.3", "x"))
ONE, TWO = Link("data1"), Link("data2")
RETR = Transfer(Command("RETR", "a"), inward=True)
STOR = Transfer(Command("STOR", "a"), inward=False)


def lines(outputs: Outputs) -> list[bytes]:
    """What is said on the control connection."""
    said = b"".join(bytes(each.data) for each in outputs if isinstance(each, Send) and each.to is None)
    return said.split(b"\r\n")[:-1]


def heard(outputs: Outputs) -> list[object]:
    """What the side above hears, apart from what is only for who watches."""
    return [each.message for each in outputs if isinstance(each, Heard) and not isinstance(each.message, Noted)]


def rest(outputs: Outputs) -> list[object]:
    return [
        each for each in outputs if not isinstance(each, Heard | Wake) and not (isinstance(each, Send) and not each.to)
    ]


def fault(outputs: Outputs) -> PortsideError:
    (found,) = [each for each in outputs if isinstance(each, Fault)]
    assert outputs[-1] == Close()
    return found.error


class Play:
    """One control connection; each method gives what the rules want done."""

    def __init__(self, *, tls: TlsUse = TlsUse.OFF, active: bool = False, silence: float = SILENCE) -> None:
        self.now = 0.0
        self.rules = ClientRules(Login("me", "pw", tls=tls, active=active), ClientLimits(silence))
        self.begun = self.rules.opened(DOOR, self.now)

    def server(self, *replies: str) -> Outputs:
        return self.rules.received("".join(f"{reply}\r\n" for reply in replies).encode(), None, self.now)

    def say(self, message: object) -> Outputs:
        return self.rules.say(message, self.now)  # type: ignore[arg-type]

    def enter(self) -> Play:
        self.server("220 hello")
        self.server("331 password?")
        self.server("230 welcome")
        (entered,) = heard(self.server("211-", " SIZE", "211 end", '257 "/"', "200 binary"))
        assert isinstance(entered, Entered) and entered.home == "/"
        return self

    def begin(self, order: Transfer = RETR) -> Play:
        """A transfer, up to an open data connection and the server's 150."""
        assert lines(self.say(order)) == [b"EPSV"]
        assert rest(self.server("229 (|||5000|)")) == [Dial(ONE, Address("127.0.0.1", 5000))]
        assert lines(self.rules.linked(ONE, DOOR, self.now)) == [str(order.command).encode()]
        self.server("150 go")
        return self


# ------------------------------------------------------------------------------------------------ entering


def test_a_greeting_is_waited_for_and_answered() -> None:
    play = Play()
    assert play.begun == [Wake("silence", SILENCE)]
    assert lines(play.server("120 soon", "220 hello")) == [b"USER me"]


def test_what_depends_on_nothing_is_said_at_once() -> None:
    play = Play()
    play.server("220 hello")
    play.server("331 x")
    assert lines(play.server("230 in")) == [b"FEAT", b"PWD", b"TYPE I"]


def test_tls_begins_when_it_is_agreed_upon() -> None:
    play = Play(tls=TlsUse.REQUIRED)
    assert lines(play.server("220 hello")) == [b"AUTH TLS"]
    assert rest(play.server("234 go")) == [StartTls()]
    assert lines(play.rules.secured(None, SECURE, 0.0)) == [b"USER me"]


def test_words_smuggled_in_before_tls_end_the_conversation() -> None:
    play = Play(tls=TlsUse.REQUIRED)
    play.server("220 hello")
    error = fault(play.server("234 go", "230 you are in already"))
    assert isinstance(error, RemoteError | TlsError) and "before TLS" in str(error)


def test_tls_from_the_first_byte() -> None:
    play = Play(tls=TlsUse.IMPLICIT)
    assert play.begun == [StartTls()]
    play.rules.secured(None, SECURE, 0.0)
    assert lines(play.server("220 hello")) == [b"USER me"]


def test_a_refused_login_ends_it() -> None:
    play = Play()
    play.server("220 hello")
    assert isinstance(fault(play.server("530 no")), LoginFailed)


def test_nothing_is_said_before_we_are_in() -> None:
    with pytest.raises(LocalError):
        Play().say(Command("NOOP"))


# ------------------------------------------------------------------------------------------------ commands


def test_many_commands_leave_at_once_and_their_replies_come_in_order() -> None:
    play = Play().enter()
    assert lines([*play.say(Command("SIZE", "a")), *play.say(Command("SIZE", "b"))]) == [b"SIZE a", b"SIZE b"]
    assert heard(play.server("213 1", "550 no")) == [Reply(213, ("1",)), Reply(550, ("no",))]
    assert play.rules.usable


def test_commands_without_answers_are_bounded() -> None:
    play = Play().enter()
    for _ in range(MOST_WAITING):
        play.say(Command("NOOP"))
    with pytest.raises(LocalError):
        play.say(Command("NOOP"))


def test_a_command_with_a_line_break_is_never_said() -> None:
    play = Play().enter()
    with pytest.raises(LocalError):
        play.say(Command("DELE", "a\r\nDELE b"))


@pytest.mark.parametrize("reply", ["200 surprise", "421 too long idle"])
def test_a_reply_that_nobody_asked_for_ends_it(reply: str) -> None:
    play = Play().enter()
    error = fault(play.server(reply))
    assert isinstance(error, ConnectionLost if reply.startswith("421") else RemoteError)
    assert not play.rules.usable


def test_a_reply_that_is_none_ends_it() -> None:
    play = Play().enter()
    play.say(Command("NOOP"))
    assert isinstance(fault(play.server("HTTP/1.1 400 Bad Request")), RemoteError)


def test_silence_has_an_end() -> None:
    play = Play(silence=10.0).enter()
    play.now = 8.0
    play.say(Command("NOOP"))
    assert play.rules.woke("silence", 10.0) == [Wake("silence", 18.0)]
    assert isinstance(fault(play.rules.woke("silence", 18.0)), TimedOut)


def test_an_idle_connection_may_be_closed_and_a_busy_one_may_not() -> None:
    assert Play().enter().rules.ended(None, 1.0) == [Close()]
    play = Play().enter()
    play.say(Command("NOOP"))
    assert isinstance(fault(play.rules.ended(None, 1.0)), ConnectionLost)


def test_leave_is_taken_politely() -> None:
    play = Play().enter()
    assert play.rules.stop(0.0) == [Send(b"QUIT\r\n"), Close()]


# ----------------------------------------------------------------------------------------------- transfers


def test_a_download_ends_with_both_of_its_ends() -> None:
    play = Play().enter().begin()
    assert heard(play.rules.received(b"abc", ONE, 0.0)) == [Data(b"abc")]
    assert heard(play.server("226 done")) == []
    assert heard(play.rules.ended(ONE, 0.0)) == [Ended(Reply(226, ("done",)), None)]
    assert play.rules.usable


def test_once_proven_the_next_transfer_saves_a_round_trip() -> None:
    play = Play().enter().begin()
    play.server("226 done")
    play.rules.ended(ONE, 0.0)
    assert lines(play.say(RETR)) == [b"EPSV", b"RETR a"]
    assert rest(play.server("229 (|||5001|)")) == [Dial(TWO, Address("127.0.0.1", 5001))]
    assert play.rules.linked(TWO, DOOR, 0.0) == ()
    play.server("150 go", "226 done")
    assert heard(play.rules.ended(TWO, 0.0)) == [Ended(Reply(226, ("done",)), None)]


def test_a_lost_data_connection_after_that_ends_the_conversation() -> None:
    play = Play().enter().begin()
    play.server("226 done")
    play.rules.ended(ONE, 0.0)
    play.say(RETR)
    play.server("229 (|||5001|)")
    assert isinstance(fault(play.rules.failed(TWO, ConnectError("refused"), 0.0)), ConnectError)


def test_the_address_in_an_answer_to_pasv_is_ignored() -> None:
    play = Play().enter()
    play.say(RETR)
    assert lines(play.server("500 what?")) == [b"PASV"]
    assert rest(play.server("227 (192,0,2,1,19,136)")) == [Dial(ONE, Address("127.0.0.1", 5000))]


def test_where_epsv_leads_nowhere_pasv_is_tried() -> None:
    play = Play().enter()
    play.say(RETR)
    play.server("229 (|||5000|)")
    assert lines(play.rules.failed(ONE, ConnectError("refused"), 0.0)) == [b"PASV"]
    assert rest(play.server("227 (127,0,0,1,19,136)")) == [Dial(TWO, Address("127.0.0.1", 5000))]
    assert heard(play.rules.failed(TWO, ConnectError("refused"), 0.0))[0].error.exit_code == 3  # type: ignore[attr-defined]
    assert play.rules.usable


def test_a_server_without_data_connections_is_told() -> None:
    play = Play().enter()
    play.say(RETR)
    play.server("500 what?")
    (ended,) = heard(play.server("500 what?"))
    assert isinstance(ended, Ended) and "no data connection" in str(ended.error)


def test_behind_rest_nothing_is_said_before_its_answer() -> None:
    play = Play().enter()
    play.say(Transfer(Command("STOR", "a"), inward=False, offset=7))
    play.server("229 (|||5000|)")
    assert lines(play.rules.linked(ONE, DOOR, 0.0)) == [b"REST 7"]
    assert lines(play.server("350 restarting")) == [b"STOR a"]


def test_a_refused_rest_never_leads_to_a_whole_upload() -> None:
    play = Play().enter()
    play.say(Transfer(Command("STOR", "a"), inward=False, offset=7))
    play.server("229 (|||5000|)")
    play.rules.linked(ONE, DOOR, 0.0)
    outputs = play.server("502 no REST here")
    assert lines(outputs) == [] and Close(ONE) in outputs
    (ended,) = heard(outputs)
    assert isinstance(ended, Ended) and "cannot begin at byte 7" in str(ended.error)


def test_an_upload_is_said_when_both_are_ready() -> None:
    play = Play().enter()
    play.say(STOR)
    play.server("229 (|||5000|)")
    play.rules.linked(ONE, DOOR, 0.0)
    assert heard(play.server("150 go")) == [Begun(Reply(150, ("go",)))]
    assert play.say(Data(b"abc")) == [Send(b"abc", ONE)]
    play.say(DataDone())
    assert heard(play.server("226 got it")) == [Ended(Reply(226, ("got it",)), None)]


def test_an_upload_that_goes_on_is_not_taken_for_silence() -> None:
    play = Play(silence=10.0).enter().begin(STOR)
    play.say(Data(b"abc"))
    assert play.rules.woke("silence", 500.0) == [Wake("silence", 510.0)]


def test_a_download_that_stands_still_is_given_up() -> None:
    play = Play(silence=10.0).enter().begin()
    play.rules.received(b"abc", ONE, 5.0)
    assert play.rules.woke("silence", 10.0) == [Wake("silence", 15.0)]
    assert isinstance(fault(play.rules.woke("silence", 15.0)), TimedOut)


def test_data_connections_are_secured_where_that_was_agreed() -> None:
    play = Play(tls=TlsUse.REQUIRED)
    play.server("220 hello")
    play.server("234 go")
    play.rules.secured(None, SECURE, 0.0)
    play.server("230 in")
    play.server("200 pbsz", "200 prot", "211-", "211 end", '257 "/"', "200 type")
    play.say(RETR)
    play.server("229 (|||5000|)")
    assert StartTls(ONE) in play.rules.linked(ONE, DOOR, 0.0)


def test_in_active_mode_the_server_comes_to_us() -> None:
    play = Play(active=True).enter()
    assert play.say(RETR) == [Listen(ONE, Address("127.0.0.1", 0), "127.0.0.1")]
    assert lines(play.rules.listening(ONE, Address("127.0.0.1", 5000), 0.0)) == [b"EPRT |1|127.0.0.1|5000|"]
    assert lines(play.server("500 what?")) == [b"PORT 127,0,0,1,19,136"]
    assert lines(play.server("200 fine")) == [b"RETR a"]
    play.server("150 go")
    assert lines(play.rules.linked(ONE, DOOR, 0.0)) == []
    play.server("226 done")
    assert heard(play.rules.ended(ONE, 0.0)) == [Ended(Reply(226, ("done",)), None)]


def test_who_leaves_closes_and_a_server_that_goes_on_is_told() -> None:
    play = Play().enter().begin()
    assert play.say(Leave()) == [Close(ONE), Wake("silence", ABORT_AFTER)]
    outputs = play.rules.woke("silence", ABORT_AFTER)
    assert [each for each in outputs if isinstance(each, Send)] == [
        Send(b"\xff\xf4\xff"),
        Send(b"\xf2", urgent=True),
        Send(b"ABOR\r\n"),
    ]
    assert heard(play.server("426 aborted", "226 fine"))[0].reply == Reply(426, ("aborted",))  # type: ignore[attr-defined]
    assert play.rules.usable


def test_one_transfer_at_a_time() -> None:
    play = Play().enter().begin()
    with pytest.raises(LocalError):
        play.say(RETR)
    with pytest.raises(LocalError):
        play.say(Command("NOOP"))


def test_a_link_of_an_earlier_transfer_is_no_part_of_this_one() -> None:
    play = Play().enter().begin()
    assert play.rules.received(b"x", TWO, 0.0) == NOTHING
    assert play.rules.linked(TWO, DOOR, 0.0) == [Close(TWO)]


# ------------------------------------------------------------------------------------ what goes wrong in between


def test_a_server_that_closes_in_the_middle_of_a_transfer_says_why() -> None:
    play = Play().enter().begin(STOR)
    error = fault(play.server("421 shutting down"))
    assert isinstance(error, ConnectionLost) and "421 shutting down" in str(error)
    assert play.server("226 done") == NOTHING and not play.rules.usable


def test_a_control_connection_that_ends_during_an_upload_is_lost() -> None:
    assert isinstance(fault(Play().enter().begin(STOR).rules.ended(None, 1.0)), ConnectionLost)


def test_what_a_server_had_sent_before_it_left_is_heard_to_its_end() -> None:
    play = Play().enter().begin()
    assert rest(play.server("421 shutting down", "226 done")) == []
    assert play.rules.ended(None, 1.0) == play.server("226 done") == NOTHING
    assert heard(play.rules.received(b"abc", ONE, 1.0)) == [Data(b"abc")]
    error = fault(play.rules.ended(ONE, 1.0))
    assert isinstance(error, ConnectionLost) and "421 shutting down" in str(error)


def test_a_download_is_good_where_the_server_left_behind_its_last_word() -> None:
    play = Play().enter().begin()
    play.server("226 done")
    assert play.rules.ended(None, 1.0) == NOTHING
    outputs = play.rules.ended(ONE, 1.0)
    assert heard(outputs) == [Ended(Reply(226, ("done",)), None)] and outputs[-1] == Close()
    assert not play.rules.usable


def test_data_of_a_server_that_has_left_is_not_waited_for_without_end() -> None:
    play = Play(silence=10.0).enter().begin()
    assert play.rules.ended(None, 1.0) == NOTHING
    assert isinstance(fault(play.rules.woke("silence", 11.0)), TimedOut)


@pytest.mark.parametrize("said", ["425 no data connection", "426 cut", "451 disk", "550 no such file"])
def test_a_transfer_that_is_refused_is_over_and_the_conversation_goes_on(said: str) -> None:
    play = Play().enter().begin()
    outputs = play.server(said)
    (ended,) = heard(outputs)
    assert isinstance(ended, Ended) and isinstance(ended.error, RemoteError) and ended.error.status == int(said[:3])
    assert Close(ONE) in outputs and play.rules.usable


def test_a_data_connection_that_breaks_is_an_error_though_all_is_said_to_be_well() -> None:
    play = Play().enter().begin()
    assert heard(play.rules.failed(ONE, ConnectionLost("cut"), 0.0)) == []
    (ended,) = heard(play.server("226 all is well"))
    assert isinstance(ended, Ended) and isinstance(ended.error, ConnectionLost)


def test_a_good_word_without_any_data_connection_is_waited_on_until_silence_has_its_end() -> None:
    play = Play(active=True, silence=10.0).enter()
    play.say(RETR)
    play.rules.listening(ONE, Address("127.0.0.1", 5000), 0.0)
    assert lines(play.server("200 fine")) == [b"RETR a"]
    assert heard(play.server("150 go", "226 done")) == []
    assert isinstance(fault(play.rules.woke("silence", 10.0)), TimedOut)


def test_a_said_transfer_whose_place_is_refused_ends_with_its_own_answer() -> None:
    play = Play().enter().begin()
    play.server("226 done")
    play.rules.ended(ONE, 0.0)
    assert lines(play.say(RETR)) == [b"EPSV", b"RETR a"]
    assert heard(play.server("425 not now")) == []
    (ended,) = heard(play.server("425 where to?"))
    assert isinstance(ended, Ended) and isinstance(ended.error, RemoteError)
    assert play.rules.usable


@pytest.mark.parametrize("said", ["229 somewhere", "229 (|||0|)", "227 (1,2,3)", "250 fine"])
def test_an_answer_that_names_no_place_ends_the_conversation(said: str) -> None:
    play = Play().enter()
    play.say(RETR)
    assert isinstance(fault(play.server(said)), RemoteError)


def test_data_without_tls_is_refused_where_tls_is_required() -> None:
    play = Play(tls=TlsUse.REQUIRED)
    play.server("220 hello")
    play.server("234 go")
    play.rules.secured(None, SECURE, 0.0)
    play.server("230 in")
    assert isinstance(fault(play.server("200 pbsz", "536 no")), TlsError)


def test_an_endless_reply_ends_the_conversation_and_nothing_is_heard_behind_it() -> None:
    play = Play().enter()
    play.say(Command("NOOP"))
    assert isinstance(fault(play.rules.received(b"2" * (LONGEST_LINE + 1), None, 0.0)), LimitExceeded)
    assert play.server("", "200 fine") == NOTHING


def test_what_a_server_says_with_its_last_breath_is_not_taken_for_more() -> None:
    play = Play().enter()
    play.say(Command("NOOP"))
    outputs = play.server("200 fine", "421 bye", "200 what?")
    assert heard(outputs) == [Reply(200, ("fine",))]
    assert isinstance(fault(outputs), ConnectionLost)


def test_a_row_of_commands_leaves_in_one_go_or_not_at_all() -> None:
    play = Play().enter()
    row = Row((Command("SIZE", "a"), Command("MDTM", "a")))
    assert play.say(row)[0] == Send(b"SIZE a\r\nMDTM a\r\n")
    assert heard(play.server("213 1", "550 no")) == [Reply(213, ("1",)), Reply(550, ("no",))]
    with pytest.raises(LocalError):
        play.say(Row((Command("NOOP"), Command("DELE", "a\nb"))))
    with pytest.raises(LocalError):
        play.say(Row((Command("NOOP"),) * (MOST_WAITING + 1)))
    assert play.rules.usable
