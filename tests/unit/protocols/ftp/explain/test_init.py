"""A whole conversation as the window tells it: the control connection, and the data connections that it speaks of."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from portside.inspector.story import Story
from portside.interfaces import Role
from portside.protocols.ftp import explain
from tests.support.captures import Talk, TlsTalk, told, write

C, S = Role.CLIENT, Role.SERVER
SECRET = b"c4n4ry"
Line = tuple[Role, bytes]
LOGIN: list[Line] = [
    (S, b"220 ready\r\n"), (C, b"USER anna\r\n"), (S, b"331 Password?\r\n"), (C, b"PASS " + SECRET + b"\r\n"),
    (S, b"230 in\r\n"),
]  # fmt: skip


class Capture:
    """Connections between two hosts, whose packets are kept in the order in which they are said."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self._ports = count(40_001)

    def connection(self, port: int, *, dials: Role = C) -> Talk:
        """``dials``: whose host begins it, of the two that the control connection has."""
        hosts = {C: "10.0.0.1", S: "10.0.0.2"}
        listens = S if dials is C else C
        return Talk((hosts[dials], next(self._ports)), (hosts[listens], port), self.blocks)


def says(talk: Talk, *lines: Line) -> None:
    for role, data in lines:
        talk.says(role, data)


def rows(story: Story) -> list[tuple[str, str, str, str]]:
    return [(one.role.value, one.protocol, one.kind, one.title) for one in story.messages if one.protocol != "TCP"]


def test_a_passive_transfer_is_one_conversation(tmp_path: Path) -> None:
    capture = Capture()
    control = capture.connection(2121)
    says(control, *LOGIN, (C, b"EPSV\r\n"), (S, b"229 ok (|||5000|)\r\n"), (C, b"RETR a.txt\r\n"), (S, b"150 ok\r\n"))
    data = capture.connection(5000)
    says(data, (S, b"hello "), (S, b"world"))
    data.ends(S)
    data.ends(C)
    says(control, (S, b"226 done\r\n"))
    control.exchange(b"QUIT\r\n", b"221 bye\r\n")
    story = told(write(tmp_path / "a.pcapng", capture.blocks))
    (conversation,) = story.conversations
    assert conversation.protocols == ("FTP",)
    assert rows(story)[-6:] == [
        ("client", "FTP", "command", "RETR a.txt"),
        ("server", "FTP", "preliminary reply", "150 ok"),
        ("server", "FTP", "data", "data of RETR a.txt: 11 bytes"),
        ("server", "FTP", "reply", "226 done"),
        ("client", "FTP", "command", "QUIT"),
        ("server", "FTP", "reply", "221 bye"),
    ]
    row = next(one for one in story.messages if one.kind == "data")
    assert row.complete
    content = story.content(row.number)
    assert content is not None
    assert (content.data, content.type) == (b"hello world", "text/plain; charset=utf-8")
    secret = next(one for one in story.messages if one.title.startswith("PASS"))
    assert SECRET not in story.message_bytes(secret.number, 100)


@pytest.mark.parametrize("order", [b"PORT 10,0,0,1,19,137\r\n", b"EPRT |1|10.0.0.1|5001|\r\n"])
def test_an_active_transfer_is_one_conversation_in_which_the_roles_stay(tmp_path: Path, order: bytes) -> None:
    capture = Capture()
    control = capture.connection(2121)
    says(control, *LOGIN, (C, order), (S, b"200 ok\r\n"), (C, b"MLSD\r\n"), (S, b"150 ok\r\n"))
    data = capture.connection(5001, dials=S)
    says(data, (C, b"type=file;size=3; a\r\n"))  # in this connection, who dials is the client
    data.ends(C)
    data.ends(S)
    says(control, (S, b"226 done\r\n"))
    story = told(write(tmp_path / "a.pcapng", capture.blocks))
    assert len(story.conversations) == 1
    row = next(one for one in story.messages if one.kind == "listing")
    assert (row.role, row.title) == (S, "data of MLSD: 21 bytes")
    content = story.content(row.number)
    assert content is not None
    assert (content.data, content.type) == (b"type=file;size=3; a\r\n", "text/plain; charset=utf-8")


def test_both_connections_are_read_within_tls(tmp_path: Path) -> None:
    capture = Capture()
    control, (inner, data_inner) = capture.connection(2121), [TlsTalk(tmp_path) for _ in range(2)]
    says(control, (S, b"220 ready\r\n"), (C, b"AUTH TLS\r\n"), (S, b"234 go\r\n"))
    for role, line in (*LOGIN[1:], (C, b"PROT P\r\n"), (S, b"200 ok\r\n"), (C, b"EPSV\r\n"), (S, b"229 (|||5000|)\r\n"),
                       (C, b"STOR b.bin\r\n"), (S, b"150 ok\r\n")):  # fmt: skip
        inner.says(role, line)
    says(control, *inner.flights)
    data_inner.says(C, b"x" * 2000)
    says(capture.connection(5000), *data_inner.flights)
    path = write(tmp_path / "a.pcapng", capture.blocks, keys=inner.keys)
    story = told(path)
    (conversation,) = story.conversations
    assert conversation.protocols == ("FTP", "TLS")
    assert [one[3] for one in rows(story) if one[1] == "FTP"][-3:] == [
        "STOR b.bin", "150 ok", "data of STOR b.bin: 2,000 bytes",
    ]  # fmt: skip
    row = next(one for one in story.messages if one.kind == "data" and one.protocol == "FTP")
    assert (row.role, row.inside) == (C, ("TCP", "TLS"))


def test_a_data_connection_that_nobody_spoke_of_stands_by_itself(tmp_path: Path) -> None:
    capture = Capture()
    control, data = capture.connection(2121), capture.connection(5000)
    says(control, *LOGIN)
    data.exchange(b"", b"hello")
    assert len(told(write(tmp_path / "a.pcapng", capture.blocks)).conversations) == 2


def test_the_room_has_a_reader_and_a_mask() -> None:
    assert explain.reader(datagrams=True).switch is None
    assert explain.mask().harmless(C) == 0
