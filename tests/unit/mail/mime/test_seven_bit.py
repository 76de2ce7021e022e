"""A message of eight bits in seven: nothing of it is lost, and what can't be changed is left alone."""

from __future__ import annotations

import email
import email.policy
from email.message import Message

import pytest

from portside.mail.mime.seven_bit import seven_bit


def contents(message: bytes) -> list[tuple[str, bytes]]:
    """What each leaf says, decoded."""
    parsed = email.message_from_bytes(message, policy=email.policy.compat32)
    return [(part.get_content_type(), _decoded(part)) for part in parsed.walk() if not part.is_multipart()]


def _decoded(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.removesuffix(b"\r\n")


TEXT = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nH\u00e4llo\r\n.\r\n".encode()
BYTES = b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\x00\xff" + b"\xfe" * 200
PLAIN = b"Content-Type: text/plain\r\n\r\nHi.\r\n"


def mixed(*parts: bytes, head: bytes = b"Content-Transfer-Encoding: 8bit\r\n") -> bytes:
    lines = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n" + head + b"\r\n" + lines + b"--b--\r\n"


@pytest.mark.parametrize(
    "message",
    [
        b"MIME-Version: 1.0\r\n" + TEXT,
        mixed(TEXT),
        mixed(TEXT, BYTES, PLAIN),
        mixed(PLAIN, mixed(TEXT, BYTES).partition(b"\r\n")[2]),
        mixed(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: in\r\n" + TEXT),
        mixed(b"\r\nH\xc3\xa4llo, without a header\r\n\r\n"),
        mixed(TEXT + b"\r\n\r\n", TEXT),
        b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + "\u4f60\u597d".encode() * 500 + b"\r\n",
    ],
)
def test_what_is_decoded_is_what_it_was(message: bytes) -> None:
    made = seven_bit(message)
    assert made is not None and made.isascii() and made != message
    assert contents(made) == contents(message)
    assert b"8bit" not in made and b"binary" not in made


@pytest.mark.parametrize(("body", "charset"), [("H\u00e4llo\r\n".encode(), "utf-8"), (b"H\xe4llo\r\n", "unknown-8bit")])
def test_a_message_from_before_mime_says_what_it_is_now(body: bytes, charset: str) -> None:
    made = seven_bit(b"Subject: x\r\n\r\n" + body)
    assert made is not None
    parsed = email.message_from_bytes(made)
    assert parsed["mime-version"] == "1.0" and parsed.get_content_charset() == charset
    assert parsed.get_payload(decode=True) == body


def test_what_has_seven_bits_already_is_not_changed_but_for_what_it_says() -> None:
    message = b"Subject: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHi.\r\n"
    made = seven_bit(message)
    assert made is not None and made.endswith(b"\r\n\r\nHi.\r\n") and b"Content-Transfer-Encoding: 7bit\r\n" in made


@pytest.mark.parametrize(
    "message",
    [
        "Subject: \u00fc\r\n\r\nHi\r\n".encode(),
        mixed("Content-Type: text/plain; name=\u00fc\r\n\r\nHi\r\n".encode()),
        mixed(TEXT).replace(b"multipart/mixed", b"multipart/signed"),
        mixed(TEXT, head=b"\r\n\xc3\xa4 preamble\r\n"),
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\xff\r\n" * 3000,
    ],
)
def test_what_can_not_be_changed_without_harm_is_left_alone(message: bytes) -> None:
    assert seven_bit(message) is None
