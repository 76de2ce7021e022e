"""The parts of a form that hold credentials are hidden, at any split; its other parts are not."""

from __future__ import annotations

import pytest

from portside.protocols.http.explain.multipart import MultipartMask

HEAD = b'POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary="x-y"\r\n\r\n'
PART = b'--x-y\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
FORM = PART % (b"user", b"me") + PART % (b"password", b"c4n4ry\r\n-c4n4ry") + PART % (b"file", b"a\nb") + b"--x-y--\r\n"
SHOWN = FORM.replace(b"c4n4ry\r\n-c4n4ry", b"******\r\n-******")


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("head", [HEAD, HEAD.replace(b"; boundary", b"; border")])
def test_contents_are_hidden_by_the_names_of_their_parts(step: int, head: bytes) -> None:
    mask = MultipartMask(head)
    assert b"".join(mask.take(FORM[at : at + step]) for at in range(0, len(FORM), step)) == SHOWN


def test_behind_a_gap_all_is_hidden_up_to_the_next_part() -> None:
    mask = MultipartMask(HEAD)
    mask.take(FORM[:100])
    mask.missed()
    assert mask.take(b"--x-y c4n4ry\r\nmore\r\n" + PART % (b"user", b"me")) == b"*" * 12 + b"\r\n****\r\n" + PART % (
        b"user",
        b"me",
    )


def test_an_endless_line_costs_no_endless_memory() -> None:
    mask = MultipartMask(HEAD)
    for _ in range(100):
        mask.take(b"x" * 1024)
    assert len(mask._begun) < 8 * 1024
