"""Protocols are recognised by their own folders."""

from __future__ import annotations

from portside.inspector.rooms import expected_at, recognised, rooms
from portside.interfaces import Role


def test_every_explain_room_is_asked() -> None:
    assert {"http", "upper"} <= set(rooms())
    assert recognised(Role.CLIENT, b"GET / HTTP/1.1\r\n") == "http"
    assert recognised(Role.CLIENT, b"\xff\xff") == ""


def test_ports_tell_where_words_do_not() -> None:
    assert (expected_at(12000), expected_at(1)) == ("upper", "")
    assert (expected_at(23), expected_at(2323), expected_at(21)) == ("telnet", "telnet", "ftp")
