"""What is said where mail is handed on."""

from __future__ import annotations

import pytest

from portside.protocols.smtp.messages import Command, Reply, Response


@pytest.mark.parametrize(
    ("code", "good", "more", "passing", "final"),
    [
        (250, True, False, False, False),
        (354, False, True, False, False),
        (451, False, False, True, False),
        (550, False, False, False, True),
    ],
)
def test_the_first_digit_tells_what_becomes_of_it(
    code: int, good: bool, more: bool, passing: bool, final: bool
) -> None:
    reply = Reply(code, ("x",))
    assert (reply.is_good, reply.asks_for_more, reply.is_passing, reply.is_final) == (good, more, passing, final)


def test_what_is_said_reads_as_it_goes_over_the_wire() -> None:
    assert str(Command("MAIL", "FROM:<a@x.test>")) == "MAIL FROM:<a@x.test>" and str(Command("DATA")) == "DATA"
    assert str(Reply(250, ("Fine,", " go on"), "2.1.5")) == "250 2.1.5 Fine, go on" and str(Reply(220, ("",))) == "220"


def test_a_secret_is_in_no_log() -> None:
    assert "secret" not in repr(Response(b"secret"))
