"""Which protocol is spoken: by its words, by its port, and in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.interfaces import Role
from portside.protocols.http.explain.http2 import PREFACE
from tests.support.captures import CLIENT, Talk, TlsTalk, told, write

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TUNNEL = b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"


def titles(path: Path, talk: Talk, keys: bytes = b"") -> list[tuple[str, str]]:
    story = told(write(path, talk.blocks, keys=keys))
    return [(one.protocol, one.title) for one in story.messages if one.size]


def test_a_protocol_is_known_by_its_words_at_any_port(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 54321)).exchange(ASK, ANSWER)
    assert titles(tmp_path / "a", talk) == [("HTTP", "GET /"), ("HTTP", "200 OK")]


def test_a_protocol_without_words_of_its_own_is_known_by_its_port(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 12000)).exchange(b"hello\n", b"HELLO\n")
    assert titles(tmp_path / "a", talk) == [("UPPER", "hello"), ("UPPER", "HELLO")]


def test_what_nobody_knows_is_told_by_turns(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 5)).exchange(b"\xfe\xff\x00", b"what?", b"again")
    assert titles(tmp_path / "a", talk) == [("TCP", "fe ff 00"), ("TCP", "what?"), ("TCP", "again")]


def test_a_first_word_may_come_byte_by_byte(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 5))
    for byte in ASK:
        talk.says(Role.CLIENT, bytes([byte]))
    talk.exchange(b"", ANSWER)
    assert titles(tmp_path / "a", talk) == [("HTTP", "GET /"), ("HTTP", "200 OK")]


def test_in_the_middle_each_turn_may_be_the_first_that_is_understood(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 54321)).exchange(b"\xff the end of something", b"\xfe of it", ASK, ANSWER)
    assert titles(tmp_path / "a", talk)[-2:] == [("HTTP", "GET /"), ("HTTP", "200 OK")]


def test_within_a_tunnel_something_else_is_spoken(tmp_path: Path) -> None:
    inner = TlsTalk(tmp_path)
    inner.says(Role.CLIENT, ASK)
    inner.says(Role.SERVER, ANSWER)
    talk = Talk(server=("10.0.0.2", 3128))
    talk.says(Role.CLIENT, TUNNEL)
    talk.says(Role.SERVER, b"HTTP/1.1 200 Fine\r\n\r\n")
    for role, data in inner.flights:
        talk.says(role, data)
    found = titles(tmp_path / "a", talk, inner.keys)
    assert found[:3] == [("HTTP", "CONNECT a:443"), ("HTTP", "200 Fine"), ("TLS", "Client Hello for localhost")]
    assert found[-2:] == [("HTTP", "GET /"), ("HTTP", "200 OK")]


def test_what_comes_with_the_switch_is_not_lost(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 3128)).exchange(TUNNEL, b"HTTP/1.1 200 Fine\r\n\r\n+OK hello\r\n", b"CAPA\r\n")
    assert titles(tmp_path / "a", talk)[2:] == [("TCP", "+OK hello"), ("TCP", "CAPA")]


@pytest.mark.parametrize("depth", [3, 50])
def test_tunnels_in_tunnels_end_somewhere(tmp_path: Path, depth: int) -> None:
    talk = Talk(client=CLIENT).exchange(*([TUNNEL, b"HTTP/1.1 200 Fine\r\n\r\n"] * depth))
    assert len(titles(tmp_path / "a", talk)) <= 2 * depth


def test_a_connection_that_says_nothing_has_no_messages_but_its_own(tmp_path: Path) -> None:
    assert titles(tmp_path / "a", Talk().exchange()) == []


SECRET = b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic SEKRIT\r\nCookie: SEKRIT\r\n\r\n"


def shown_everywhere(path: Path, talk: Talk, keys: bytes = b"") -> str:
    """What a story tells of a conversation: titles, bytes, opened messages and frames."""
    story = told(write(path, talk.blocks, keys=keys))
    numbers = range(1, len(story.messages) + 1)
    told_of = [(story.message(one).title, story.message_bytes(one, 9999), story.open(one)) for one in numbers]
    return repr(told_of) + repr([story.frame(one) for one in range(1, story.packets + 1)])


def test_no_credential_of_what_nobody_knows_is_shown(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 54321)).exchange(
        b"\xff the end of something\r\n" + SECRET, b"\xff what", SECRET[9:]
    )
    shown = shown_everywhere(tmp_path / "a", talk)
    assert "SEKRIT" not in shown and "Authorization: Basic ******" in shown


def test_http2_at_the_port_of_http_is_shown_as_frames(tmp_path: Path) -> None:
    settings, headers = b"\0\0\0\4\0\0\0\0\0", b"\0\0\6\1\4\0\0\0\1SEKRIT"
    talk = Talk(server=("10.0.0.2", 80)).exchange(PREFACE + settings + headers, settings + headers, headers)
    assert titles(tmp_path / "a", talk) == [
        ("TCP", "HTTP/2 connection preface"),
        ("TCP", "SETTINGS, HEADERS"),
        ("TCP", "HEADERS"),
    ]
    assert "SEKRIT" not in shown_everywhere(tmp_path / "a", talk)


def test_http2_within_tls_that_is_opened_too(tmp_path: Path) -> None:
    settings, headers = b"\0\0\0\4\0\0\0\0\0", b"\0\0\6\1\4\0\0\0\1SEKRIT"
    inner = TlsTalk(tmp_path)
    inner.says(Role.CLIENT, PREFACE + settings + headers)
    inner.says(Role.SERVER, settings + headers)
    shown = shown_everywhere(tmp_path / "a", inner.over_tcp(), inner.keys)
    assert "SEKRIT" not in shown and "HTTP/2 connection preface" in shown and "SETTINGS, HEADERS" in shown


def test_http2_behind_an_upgrade_too(tmp_path: Path) -> None:
    settings, headers = b"\0\0\0\4\0\0\0\0\0", b"\0\0\6\1\4\0\0\0\1SEKRIT"
    switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    ask = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
    talk = Talk(server=("10.0.0.2", 80)).exchange(ask, switch + settings + headers, PREFACE + settings + headers)
    shown = shown_everywhere(tmp_path / "a", talk)
    assert "SEKRIT" not in shown and "HTTP/2 connection preface" in shown
