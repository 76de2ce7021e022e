"""What is said where mail is handed on."""

from __future__ import annotations

from portside.protocols.smtp.messages import Command, Reply, Response


def test_what_is_said_reads_as_it_goes_over_the_wire() -> None:
    assert str(Command("MAIL", "FROM:<a@x.test>")) == "MAIL FROM:<a@x.test>" and str(Command("DATA")) == "DATA"
    assert str(Reply(250, ("Fine,", " go on"), "2.1.5")) == "250 2.1.5 Fine, go on" and str(Reply(220, ("",))) == "220"


def test_a_secret_is_in_no_log() -> None:
    assert "secret" not in repr(Response(b"secret"))
