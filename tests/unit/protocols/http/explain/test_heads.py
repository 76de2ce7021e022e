"""Heads, read passively: what they say of what follows, and what can begin one."""

from __future__ import annotations

import pytest

from portside.interfaces import Role
from portside.protocols.http.explain.heads import Head, has_start, may_begin


@pytest.mark.parametrize(
    ("fields", "length", "chunked", "note"),
    [
        (b"Content-Length: 5, 5", 5, False, ""),
        (b"Content-Length: 5\r\nContent-Length: 6", 5, False, "differ"),
        (b"Content-Length: -1", None, False, "no number"),
        (b"Content-Length: 5\r\nTransfer-Encoding: gzip, chunked", 5, True, "the latter counts"),
        (b"Transfer-Encoding: gzip", None, False, "not chunked"),
    ],
)
def test_contradictions_are_noted(fields: bytes, length: int | None, chunked: bool, note: str) -> None:
    head = Head(b"GET / HTTP/1.1\r\n" + fields + b"\r\n\r\n")
    assert (head.length, head.chunked) == (length, chunked) and note in head.note and bool(note) is bool(head.note)


@pytest.mark.parametrize(
    ("role", "line"), [(Role.CLIENT, b"GET /a?b=c HTTP/1.1\r\n"), (Role.SERVER, b"HTTP/1.1 200 All is well\r\n")]
)
def test_every_beginning_of_a_start_line_may_become_one(role: Role, line: bytes) -> None:
    assert has_start(role, line) and not has_start(role, line[:-1])
    assert all(may_begin(role, line[:size]) for size in range(1, len(line) - 1))
    assert not may_begin(role, b"\x16\x03" + line)
