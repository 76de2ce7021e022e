from __future__ import annotations

import pytest

from portside.protocols.smtp.rules.hops import LARGEST_HEADER, Hops

HEADER = (
    b"Received: one\r\n folded Received: no\r\nX-Received: no\r\nRECEIVED: two\r\nSubject: x\r\nreceived: three\r\n"
)


@pytest.mark.parametrize("piece", [1, 2, 7, 9, 10, 11, 1000])
def test_fields_are_counted_in_any_pieces_and_the_body_is_not_looked_at(piece: int) -> None:
    hops = Hops()
    content = HEADER + b"\r\nReceived: not here\r\n"
    for at in range(0, len(content), piece):
        hops.look(content[at : at + piece])
    assert (hops.count, hops.over) == (3, True)


def test_a_message_may_have_no_header_at_all() -> None:
    hops = Hops()
    hops.look(b"\r\nReceived: body\r\n")
    assert (hops.count, hops.over) == (0, True)


def test_an_endless_header_is_not_looked_at_for_ever() -> None:
    hops = Hops()
    for _ in range(LARGEST_HEADER // 1000 + 2):
        hops.look(b"x" * 1000)
    assert hops.over
