"""HTTP is recognised by its first words, and by nothing else."""

from __future__ import annotations

import pytest

from portside.interfaces import Role
from portside.protocols.http import explain


@pytest.mark.parametrize(
    ("role", "data", "known"),
    [
        (Role.CLIENT, b"GET / HTTP/1.1\r\n", True),
        (Role.CLIENT, b"GET /long", True),
        (Role.CLIENT, b"BREW / HTTP/1.1\r\n", True),
        (Role.CLIENT, b"BREW /", False),
        (None, b"HTTP/1.1 200 OK\r\n", True),
        (Role.SERVER, b"HTTP/1.0 200", True),
        (Role.SERVER, b"GET / HTTP/1.1\r\n", False),
        (Role.CLIENT, b"HTTP/1.1 200 OK\r\n", False),
        (Role.CLIENT, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", False),
        (Role.CLIENT, b"EHLO me\r\n", False),
        (Role.SERVER, b"220 hello\r\n", False),
    ],
)
def test_first_words(role: Role | None, data: bytes, known: bool) -> None:
    assert explain.recognises(role, data) is known


def test_readers_and_masks_are_new_ones_each_time() -> None:
    assert explain.reader() is not explain.reader(datagrams=True) and explain.mask() is not explain.mask()
