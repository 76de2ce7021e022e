"""A whole conversation as the window tells it: in the clear, and within the TLS that STARTTLS begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.inspector.story import Story
from portside.interfaces import Role
from portside.protocols.smtp import explain
from tests.support.captures import Talk, TlsTalk, told, write

C, S = Role.CLIENT, Role.SERVER
SECRET = b"YzRuNHJ5"
SUBMISSION = [
    (C, b"EHLO a\r\n"), (S, b"250-x.test\r\n250 AUTH PLAIN\r\n"), (C, b"AUTH PLAIN\r\n"), (S, b"334 \r\n"),
    (C, SECRET + b"\r\n"), (S, b"235 2.7.0 in\r\n"), (C, b"MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\n"),
    (S, b"250 a\r\n250 b\r\n354 c\r\n"), (C, b"Subject: hello\r\n\r\n..\r\n.\r\nQUIT\r\n"),
    (S, b"250 kept\r\n221 bye\r\n"),
]  # fmt: skip


def rows(story: Story) -> list[tuple[str, str, str]]:
    return [(one.role.value, one.kind, one.title) for one in story.messages if one.protocol == "SMTP"]


def secrets(story: Story) -> bytes:
    """All that the story shows of what the client said."""
    return b"".join(story.message_bytes(one.number, 1000) for one in story.messages if one.protocol == "SMTP")


@pytest.mark.parametrize("port", [25, 587, 465, 24, 2525, 4711])
def test_a_conversation_is_told_whatever_its_port(tmp_path: Path, port: int) -> None:
    talk = Talk(server=("10.0.0.2", port))
    for role, data in [(S, b"220 x.test ESMTP\r\n"), *SUBMISSION]:
        talk.says(role, data)
    story = told(write(tmp_path / "a.pcapng", talk.blocks))
    (conversation,) = story.conversations
    assert (conversation.protocols, conversation.name) == (("SMTP",), "x.test")
    assert rows(story)[-5:] == [
        ("server", "reply", "354 c"),
        ("client", "content", 'content "hello": 25 bytes'),
        ("client", "command", "QUIT"),
        ("server", "reply", "250 kept"),
        ("server", "reply", "221 bye"),
    ]
    assert SECRET not in secrets(story)
    row = next(one for one in story.messages if one.kind == "content")
    content = story.content(row.number)
    assert content is not None and (content.data, content.type) == (b"Subject: hello\r\n\r\n.\r\n", "message/rfc822")


def test_a_greeting_that_says_little_is_known_by_its_port(tmp_path: Path) -> None:
    talk = Talk(server=("10.0.0.2", 25))
    talk.says(S, b"220 hello\r\n")
    talk.says(C, b"NOOP\r\n")
    assert len(rows(told(write(tmp_path / "a.pcapng", talk.blocks)))) == 2


def test_what_is_said_within_starttls_is_smtp_again(tmp_path: Path) -> None:
    inner = TlsTalk(tmp_path)
    for role, data in SUBMISSION:
        inner.says(role, data)
    talk = Talk(server=("10.0.0.2", 587))
    talk.says(S, b"220 x.test ESMTP\r\n")
    for role, data in [
        (C, b"EHLO a\r\n"),
        (S, b"250-x.test\r\n250 STARTTLS\r\n"),
        (C, b"STARTTLS\r\n"),
        (S, b"220 go\r\n"),
    ]:
        talk.says(role, data)
    for role, data in inner.flights:
        talk.says(role, data)
    story = told(write(tmp_path / "a.pcapng", talk.blocks, keys=inner.keys))
    (conversation,) = story.conversations
    assert conversation.protocols == ("SMTP", "TLS")
    titles = [title for _, _, title in rows(story)]
    assert titles[3:6] == ["STARTTLS", "220 go", "EHLO a"]
    assert 'content "hello": 25 bytes' in titles and "********" in titles
    assert SECRET not in secrets(story)


def test_the_room_has_a_reader_and_a_mask() -> None:
    assert explain.recognises(S, b"220 x ESMTP\r\n")
    assert [said.title for said in explain.reader(datagrams=False).read(C, b"NOOP\r\n")] == ["NOOP"]
    assert explain.mask().hide(C, b"AUTH PLAIN abcd\r\n") == b"AUTH PLAIN ****\r\n"
