"""One message from its file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from portside.apps.mailbox import contents as room
from portside.apps.mailbox.contents import frame, part, pieces, read, source, told
from tests.support.mailboxes import WELCOME


@pytest.fixture
def welcome(tmp_path: Path) -> Path:
    path = tmp_path / "welcome"
    path.write_bytes(WELCOME)
    return path


def whole(tmp_path: Path, message: bytes) -> dict[str, Any]:
    path = tmp_path / "message"
    path.write_bytes(message)
    made = read(path, told)
    assert json.loads(json.dumps(made)) == made
    return made


def content(path: Path, number: int) -> bytes:
    found = read(path, part(number))
    assert found is not None

    async def gathered() -> bytes:
        return b"".join([piece async for piece in pieces(found)])

    return asyncio.run(gathered())


def test_everything_is_told(welcome: Path) -> None:
    made = read(welcome, told)
    assert made["subject"] == "Welcome, Jörg" and made["message_id"] == "<1@example.com>"
    assert made["addresses"]["from"] == [{"name": "The Shop", "address": "shop@example.com"}]
    assert made["addresses"]["to"] == [{"name": "Ann", "address": "ann@example.com"}] and made["addresses"]["cc"] == []
    assert made["text"].startswith("Hello. Confirm at https://") and made["html"].startswith("<p>Hello.")
    assert made["attachments"] == [{"part": 4, "name": "bill 1.pdf", "type": "application/pdf", "size": 5}]
    assert [hop["delay"] for hop in made["journey"]] == [None, 5.0]
    assert [each["depth"] for each in made["parts"]] == [0, 1, 2, 2, 1]
    assert made["fields"][0]["name"] == "Return-Path" and made["fields"][0]["meaning"]
    assert not made["cut"] and not made["remote_pictures"] and made["results"] == []


def test_results_of_others_are_told(tmp_path: Path) -> None:
    made = whole(tmp_path, b"Authentication-Results: mx.example;\n spf=pass\nAuthentication-Results: b; none\n\n")
    assert made["results"] == ["mx.example; spf=pass", "b; none"]


@pytest.mark.parametrize(
    "message",
    [b"", b"\n", b"\r\n\r\n", b"no header", b"\xff\xfe: \xff\n\n\xff", b"Subject: =?x?q?=FF?=\n\n",
     b"Content-Type: multipart/mixed; boundary=\n\n--\n", b"Date: never\nFrom: <<>>,;:\nTo: \x00\n\nx"],
)  # fmt: skip
def test_anything_is_told(tmp_path: Path, message: bytes) -> None:
    made = whole(tmp_path, message)
    assert made["parts"][0]["depth"] == 0 and made["cut"] is False


def test_more_than_is_shown_is_said_to_be_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_FIELDS", 3)
    monkeypatch.setattr(room, "MOST_ADDRESSES", 2)
    monkeypatch.setattr(room, "LONGEST_VALUE", 10)
    made = whole(tmp_path, b"To: a@x, b@x, c@x\n" + b"X: " + b"y" * 20 + b"\nA: 1\nB: 2\n\n")
    assert made["cut"] and len(made["fields"]) == 3 and len(made["addresses"]["to"]) == 2
    assert made["fields"][1]["value"] == "y" * 10


def test_parts_are_decoded_by_their_numbers(welcome: Path) -> None:
    assert content(welcome, 4) == b"%PDF-" and content(welcome, 2).startswith(b"Hello.")
    assert read(welcome, part(99)) is None
    found = read(welcome, part(4))
    assert found is not None and (found.type, found.safe_name) == ("application/pdf", "bill 1.pdf")


def test_a_part_outlives_the_name_of_its_file(welcome: Path) -> None:
    found = read(welcome, part(4))
    assert found is not None
    welcome.unlink()
    assert asyncio.run(anext(pieces(found))) == b"%PDF-"  # type: ignore[arg-type]


def test_the_source_is_shown_as_far_as_people_read(welcome: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert source(welcome) == WELCOME
    monkeypatch.setattr(room, "SHOWN_SOURCE", 7)
    assert source(welcome) == WELCOME[:7]


RELATED = (
    b"Content-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n\n"
    b"<img src='cid:a'><img src='cid:b'>\n"
    b"--x\nContent-Type: image/png\nContent-ID: <a>\nContent-Transfer-Encoding: base64\n\niVBORw==\n--x--\n"
)


def test_pictures_of_the_mail_are_in_the_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "message"
    path.write_bytes(RELATED)
    assert b"<img src='data:image/png;base64,iVBORw=='><img src='cid:b'>" in read(path, frame)
    monkeypatch.setattr(room, "LARGEST_PICTURE", 3)
    assert b"<img src='cid:a'>" in read(path, frame)


def test_a_file_that_is_gone_is_missed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere", told)
