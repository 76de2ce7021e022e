"""The theory of reply codes."""

from __future__ import annotations

import pytest

from portside.protocols.ftp.messages import Reply as FtpReply
from portside.protocols.smtp.messages import Reply
from portside.syntax.replies import Graded

EVERY = ("is_preliminary", "is_good", "asks_for_more", "is_passing", "is_final")


@pytest.mark.parametrize("kind", [FtpReply, Reply])
@pytest.mark.parametrize(
    ("code", "says"),
    [
        (100, "is_preliminary"),
        (199, "is_preliminary"),
        (200, "is_good"),
        (250, "is_good"),
        (354, "asks_for_more"),
        (451, "is_passing"),
        (550, "is_final"),
        (599, "is_final"),
    ],
)
def test_the_first_digit_tells_what_becomes_of_it(kind: type[FtpReply | Reply], code: int, says: str) -> None:
    reply = kind(code, ("x",))
    assert isinstance(reply, Graded)
    assert [name for name in EVERY if getattr(reply, name)] == [says]


def test_its_lines_are_told_in_one() -> None:
    assert Reply(250, ("Fine, ", " go on", "")).text == "Fine, go on"
