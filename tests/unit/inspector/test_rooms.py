"""Protocols are recognised by their own folders."""

from __future__ import annotations

from portside.inspector.rooms import confirmed, expected_at, recognised, rooms
from portside.interfaces import Role


def test_every_explain_room_is_asked() -> None:
    assert {"http", "upper"} <= set(rooms())
    assert recognised(Role.CLIENT, b"GET / HTTP/1.1\r\n") == "http"
    assert recognised(Role.CLIENT, b"\xff\xff") == ""


def test_ports_tell_where_words_do_not() -> None:
    assert (expected_at(12000), expected_at(1)) == ("upper", "")
    assert (expected_at(23), expected_at(2323), expected_at(21)) == ("telnet", "telnet", "ftp")


def test_where_two_protocols_begin_alike_the_port_tells() -> None:
    greeting = b"220 x.test ready\r\n"
    assert recognised(Role.SERVER, greeting) == confirmed(21, Role.SERVER, greeting) == "ftp"
    assert confirmed(25, Role.SERVER, greeting) == recognised(Role.SERVER, b"220 x.test ESMTP\r\n") == "smtp"
    assert confirmed(25, Role.CLIENT, b"GET / HTTP/1.1\r\n") == confirmed(1, Role.SERVER, greeting) == ""
