"""What capture files tell, from packets to messages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from portside.capture.files import pcapng
from portside.capture.files.items import speaking
from portside.errors import UsageError
from portside.inspector.filters import Filter
from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support.captures import Talk, TlsTalk, datagrams, told, write

ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\nCookie: c4n4ry=1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def a_capture(path: Path) -> Path:
    web = Talk().exchange(ASK, ANSWER)
    return write(path, [*web.blocks, *datagrams(b"ping", b"pong")], comment="made by a test")


def test_conversations_and_messages_in_order(tmp_path: Path) -> None:
    story = told(a_capture(tmp_path / "a.pcapng"))
    assert [(one.transport, one.protocols, one.name, one.state) for one in story.conversations] == [
        ("TCP", ("HTTP",), "example.org", "closed"),
        ("UDP", ("UDP",), "", "datagrams"),
    ]
    assert [(one.number, one.protocol, one.role.value, one.title) for one in story.messages] == [
        (1, "TCP", "client", "connection opened"),
        (2, "HTTP", "client", "GET /a"),
        (3, "HTTP", "server", "200 OK"),
        (4, "TCP", "client", "finished sending"),
        (5, "TCP", "server", "finished sending"),
        (6, "UDP", "client", "ping"),
        (7, "UDP", "server", "pong"),
    ]
    assert story.messages[2].answers is story.messages[1]
    assert story.remarks == ["made by a test"]


@pytest.mark.parametrize("budget", [1, 100, 1000])
def test_however_little_is_read_at_once(tmp_path: Path, budget: int) -> None:
    path = a_capture(tmp_path / "a.pcapng")
    assert [one.title for one in told(path, budget=budget).messages] == [one.title for one in told(path).messages]


def test_messages_are_opened_with_their_bytes(tmp_path: Path) -> None:
    story = told(a_capture(tmp_path / "a.pcapng"))
    assert story.message_bytes(3, 1000) == ANSWER and story.message_bytes(3, 4) == b"HTTP"
    content = story.content(3)
    assert content is not None and (content.data, content.type) == (b"hello", "text/plain")
    assert story.content(2) is story.content(1) is None
    with pytest.raises(UsageError, match="no message 99"):
        story.open(99)
    with pytest.raises(UsageError, match="no packet 99"):
        story.packet(99)


def test_no_credential_comes_out(tmp_path: Path) -> None:
    path = a_capture(tmp_path / "a.pcapng")
    story = told(path)
    everything = [story.message_bytes(2, 1000), story.frame(4), story.packet(4).data]
    everything += [layer.data for layer in story.open(2).layers]
    assert all(b"c4n4ry" not in data for data in everything) and b"Cookie: ********" in everything[0]
    assert "c4n4ry" not in repr(story.open(2))
    shown = told(path, show_secrets=True)
    assert b"c4n4ry" in shown.message_bytes(2, 1000) and b"c4n4ry" in shown.frame(4)


def test_filters_find_and_go_on_finding(tmp_path: Path) -> None:
    path = a_capture(tmp_path / "a.pcapng")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    story = Story([path], follow=True)
    wanted = Filter(protocol="HTTP,UDP")
    while story.read(1000):
        pass
    before = list(story.find(wanted))
    with path.open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    while story.read(1000):
        pass
    story.finish()
    assert list(story.find(wanted)) == [2, 3, 6, 7] and before == [2, 3, 6, 7][: len(before)]
    assert list(story.find(Filter())) == [1, 2, 3, 4, 5, 6, 7]
    assert not story.live and story.version > 1


def test_a_plot_counts_what_its_filter_finds(tmp_path: Path) -> None:
    story = told(a_capture(tmp_path / "a.pcapng"))
    assert sum(story.plot().up) == len(ASK) + 4 and sum(story.plot().down) == len(ANSWER) + 4
    assert sum(story.plot(Filter(conversation=2)).up) == 4
    assert sum(story.plot(Filter(protocol="HTTP")).up) == len(ASK)


def test_tls_is_opened_by_keys_in_the_file_or_beside_it(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, ASK)
    talk.says(Role.SERVER, ANSWER)
    blocks = talk.over_tcp().blocks
    closed = told(write(tmp_path / "a.pcapng", blocks))
    assert closed.conversations[0].protocols == ("TLS",)
    for story in (
        told(write(tmp_path / "b.pcapng", blocks, keys=talk.keys)),
        told(write(tmp_path / "c.pcapng", blocks), keys=talk.keys),
    ):
        assert story.conversations[0].protocols == ("TLS", "HTTP")
        titles = [one.title for one in story.messages if one.protocol == "HTTP"]
        assert titles == ["GET /a", "200 OK"]
        number = next(one.number for one in story.messages if one.title == "200 OK")
        assert story.message_bytes(number, 1000) == ANSWER
        assert story.key_log == b""
        assert [layer.name for layer in story.open(number).layers] == [
            "Ethernet frame", "IPv4 packet", "TCP segment", "TLS record", "HTTP response", "Content",
        ]  # fmt: skip
    assert told(tmp_path / "b.pcapng", show_secrets=True).key_log.count(b"\n") >= 4


def test_damage_is_told(tmp_path: Path) -> None:
    path = a_capture(tmp_path / "a.pcapng")
    path.write_bytes(path.read_bytes()[:-7])
    assert "cut short" in told(path).remarks[-1]


def test_whoever_waits_hears_of_changes(tmp_path: Path) -> None:
    async def main() -> None:
        story = Story([a_capture(tmp_path / "a.pcapng")], follow=True)
        waiting = asyncio.ensure_future(story.changed(story.version))
        await asyncio.sleep(0)
        assert not waiting.done()
        story.read(1 << 20)
        async with asyncio.timeout(30):
            await waiting

    asyncio.run(main())


def test_packets_of_conversations_are_all_of_them(tmp_path: Path) -> None:
    story = told(a_capture(tmp_path / "a.pcapng"))
    assert story.packets_of({1}) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert story.packets_of({2}) == [9, 10] and story.packets_of(()) == story.packets_of({0, 3}) == []


def test_keys_that_come_meanwhile_open_what_follows(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, ASK)
    path = write(tmp_path / "a.pcapng", [])
    keys = [talk.keys[:100], talk.keys[100:]]
    story = Story([path], follow=True, more_keys=lambda: keys.pop(0) if keys else b"")
    while keys:
        story.read(1 << 20)
    with path.open("ab") as file:
        file.write(b"".join(talk.over_tcp().blocks))
    while story.read(1000):
        pass
    assert [one.title for one in story.messages if one.protocol == "HTTP"] == ["GET /a"]
    story.close()


def test_keys_that_come_with_their_packets_are_there_in_time(tmp_path: Path) -> None:
    """Whoever writes packets has told their keys before, so keys are asked for after packets were read."""
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, ASK)
    path = write(tmp_path / "a.pcapng", [])
    written: list[bytes] = []

    def more_keys() -> bytes:
        if written or path.stat().st_size < 1000:
            return b""
        written.append(talk.keys)
        return talk.keys

    story = Story([path], follow=True, more_keys=more_keys)
    story.read(1 << 20)
    with path.open("ab") as file:
        file.write(b"".join(talk.over_tcp().blocks))
    while story.read(1 << 20):
        pass
    assert written and [one.title for one in story.messages if one.protocol == "HTTP"] == ["GET /a"]
    story.close()


def test_a_name_that_a_capture_gives_to_what_is_spoken_counts_only_if_it_is_known(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 7777)).exchange(b"hello you\n", b"HELLO YOU\n")
    for said, shown in ((speaking("upper"), "UPPER"), (speaking("<script>"), "TCP"), ("sockets", "TCP")):
        head = [pcapng.section_header(), pcapng.interface(1, description=said)]
        (tmp_path / "a.pcapng").write_bytes(b"".join([*head, *talk.blocks]))
        assert {one.protocol for one in told(tmp_path / "a.pcapng").messages if one.size} == {shown}


def test_what_a_card_has_left_behind_a_payload_is_hidden_with_it(tmp_path: Path) -> None:
    talk = Talk().exchange(b"GET / HTTP/1.1\r\nHost: a\r\nCookie: c4n4ry\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n")
    number = next(index for index, block in enumerate(talk.blocks) if b"GET /" in block)
    frame = talk.blocks[number][28 : 28 + int.from_bytes(talk.blocks[number][20:24], "little")]
    talk.blocks[number] = pcapng.enhanced_packet(0, 1000, frame + b"c4n4ry")
    story = told(write(tmp_path / "a.pcapng", talk.blocks))
    assert story.captured(number + 1).count(b"c4n4ry") == 2
    shown = story.frame(number + 1)
    assert b"c4n4ry" not in shown and shown.startswith(frame[:60]) and len(shown) == len(frame) + 6
