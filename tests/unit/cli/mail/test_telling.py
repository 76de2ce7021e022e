"""What a person reads of each recipient, what a program does, and the exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.telling import Telling, facts, fate, line
from portside.errors import ConnectError, ConnectionLost, LoginFailed, PortsideError, RemoteError, UsageError
from portside.interfaces import Tls
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.client.outcome import Outcome, Result, Server
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Stage
from tests.unit.cli.mail.test_options import options

ANN = Recipient("ann@example.org")
SERVER = Server("mx.test", 25, "MX", Tls("TLSv1.3", "X"), True, "me")
KEPT = Result(ANN, Stage.CONTENT, Reply(250, ("kept",), "2.0.0"), server=SERVER)
REFUSED = Result(ANN, Stage.RCPT, Reply(550, ("no",), "5.1.1"), server=SERVER)
LATER = Result(ANN, Stage.RCPT, Reply(450, ("busy",)))
UNSURE = Result(ANN, Stage.CONTENT, None, ConnectionLost("it broke"), unsure=True)
DRAFT = Draft("", Envelope("", (ANN,)), b"")


def outcome(*results: Result) -> Outcome:
    return Outcome(results)


@pytest.mark.parametrize(
    ("result", "word", "text"),
    [
        (KEPT, "delivered", "ann@example.org: delivered (250 2.0.0 kept)"),
        (REFUSED, "refused", "ann@example.org: refused (550 5.1.1 no)"),
        (LATER, "later", "ann@example.org: not delivered now, later perhaps (450 busy)"),
        (UNSURE, "unsure", "ann@example.org: perhaps delivered: the answer was cut off (it broke)"),
    ],
)
def test_a_person_reads_a_line(result: Result, word: str, text: str) -> None:
    assert (fate(result), line(result)) == (word, text)


def test_a_program_reads_all_that_is_known() -> None:
    assert facts(KEPT) == {
        "recipient": "ann@example.org", "fate": "delivered", "stage": "content", "code": 250, "enhanced": "2.0.0",
        "text": "kept", "server": "mx.test", "port": 25, "name": "MX", "tls": "TLSv1.3", "user": "me",
    }  # fmt: skip
    assert facts(UNSURE)["code"] is None and facts(UNSURE)["text"] == "it broke" and facts(UNSURE)["tls"] is None


def told(capsys: pytest.CaptureFixture[str], *became: Any, many: bool = False, **said: Any) -> tuple[int, str, str]:
    telling = Telling(options(**said), many=many)
    for each in became:
        telling.tell(DRAFT if len(became) == 1 else Draft("x.eml", DRAFT.envelope, b""), each)
    code = telling.conclude()
    out, err = capsys.readouterr()
    return code, out, err


def test_one_delivery_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, outcome(KEPT)) == (0, "ann@example.org: delivered (250 2.0.0 kept)\n", "")


def test_json_is_one_object_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, outcome(KEPT, LATER), outcome(REFUSED), json=True)
    objects = [json.loads(text) for text in out.splitlines()]
    assert [each["fate"] for each in objects] == ["delivered", "later", "refused"] and code == 1 and err == ""
    assert objects[0]["file"] == "x.eml"


def test_who_wants_to_hear_nothing_hears_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, outcome(KEPT), outcome(KEPT), quiet=True) == (0, "", "")


@pytest.mark.parametrize(
    ("result", "kind"),
    [(REFUSED, RemoteError), (LATER, RemoteError), (UNSURE, ConnectionLost),
     (Result(ANN, Stage.ENTRY, None, ConnectError("nobody")), ConnectError),
     (Result(ANN, Stage.ENTRY, None, LoginFailed("no")), LoginFailed)],
)  # fmt: skip
def test_a_single_message_that_was_not_delivered_is_the_command_s_error(
    result: Result, kind: type[PortsideError], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(kind):
        told(capsys, outcome(KEPT, result))


def test_of_many_messages_the_first_error_is_the_code_and_all_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = Result(ANN, Stage.ENTRY, None, ConnectError("nobody"))
    code, out, err = told(capsys, outcome(KEPT), outcome(REFUSED, LATER), outcome(nobody), many=True)
    assert code == 1 and out.count("\n") == 3 and "delivered (250" not in out
    assert err.startswith("portside: 3 messages in ") and "3 recipients did not get theirs" in err


def test_a_message_that_could_not_be_sent_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    telling = Telling(options(), many=False)
    telling.tell(Spoilt("bad.eml", UsageError("no address")), UsageError("no address"))
    telling.tell(DRAFT, outcome(KEPT))
    assert telling.conclude() == 2
    err = capsys.readouterr().err
    assert "bad.eml: it is not sent" in err and "no address" in err


@pytest.mark.parametrize("as_json", [True, False])
def test_what_was_queued_has_a_name(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "q17", json=as_json)
    assert code == 0 and "q17" in out and "ann@example.org" in out and out.count("\n") == 1


def test_what_a_server_says_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    wild = Result(ANN, Stage.CONTENT, Reply(250, ("\x1b[2Jkept\x07",)))
    _, out, _ = told(capsys, outcome(wild))
    assert "\x1b" not in out and "\x07" not in out and "\\x1b[2Jkept" in out
