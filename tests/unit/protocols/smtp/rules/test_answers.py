from __future__ import annotations

from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.answers import answer, reply_sent


def test_a_reply_that_is_said_again_is_the_same_one() -> None:
    assert answer(250, "2.0.0", "Done.") is answer(250, "2.0.0", "Done.")
    assert answer(250, "2.0.0", "Done.").data == b"250 2.0.0 Done.\r\n"


def test_a_reply_goes_to_the_main_stream_in_ascii_unless_more_is_read() -> None:
    reply = Reply(550, ("Nö.",), "5.7.1")
    assert (reply_sent(reply).data, reply_sent(reply).to) == (b"550 5.7.1 N?.\r\n", None)
    assert reply_sent(reply, utf8=True).data == "550 5.7.1 Nö.\r\n".encode()
