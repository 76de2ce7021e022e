"""The verbs for one message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portside.apps.mailbox.terms import Terms
from portside.mail.envelope import Envelope, Recipient
from portside.mail.maildir.summary import Summary
from tests.support.mailbox_asks import Asking
from tests.support.mailboxes import WELCOME, FakeMailbox, plain


@pytest.fixture
def box(tmp_path: Path) -> FakeMailbox:
    found = FakeMailbox(tmp_path)
    found.add(WELCOME)
    return found


@pytest.fixture
def ask(box: FakeMailbox) -> Asking:
    return Asking(box)


def test_one_message_is_told_whole(ask: Asking) -> None:
    told = ask.told("api/messages/m1")
    assert told["id"] == "m1" and told["return_path"] == "shop@example.com" and told["size"] == len(WELCOME)
    assert told["subject"] == "Welcome, Jörg" and told["html"] and told["attachments"][0]["name"] == "bill 1.pdf"


def test_it_is_saved_octet_for_octet(ask: Asking) -> None:
    got = ask("api/messages/m1/raw")
    assert got.body == WELCOME and got.text("content-type") == "message/rfc822"
    assert got.text("content-disposition") == "attachment; filename=\"m1.eml\"; filename*=UTF-8''m1.eml"


def test_source_and_text_are_texts(ask: Asking) -> None:
    assert ask("api/messages/m1/source").body == WELCOME
    assert ask("api/messages/m1/text").body.startswith(b"Hello. Confirm at")
    for way in ("source", "text"):
        assert ask(f"api/messages/m1/{way}").text("content-type") == "text/plain; charset=utf-8"


def test_html_is_for_the_frame_alone(ask: Asking) -> None:
    got = ask("api/messages/m1/html")
    assert got.body.startswith(b'<p>Hello. <a target="_blank" rel="noopener noreferrer" href=') and got.text(
        "content-type"
    ).startswith("text/html")
    policy = got.text("content-security-policy")
    assert policy.startswith("sandbox allow-popups") and "img-src data:;" in policy and "script" not in policy
    assert got.text("referrer-policy") == "no-referrer" and got.text("x-dns-prefetch-control") == "off"
    assert "https:" in ask("api/messages/m1/html?remote=1").text("content-security-policy")
    assert ask("api/messages/m1/html?remote=yes").text("content-security-policy") == policy


def test_a_part_is_saved_and_runs_nowhere(ask: Asking, box: FakeMailbox) -> None:
    got = ask("api/messages/m1/parts/4")
    assert got.body == b"%PDF-" and got.text("content-type") == "application/octet-stream"
    assert got.text("content-disposition") == "attachment; filename=\"bill-1.pdf\"; filename*=UTF-8''bill%201.pdf"
    odd = ("text/html", "text/javascript", 'image/x"y', "application/xhtml+xml", "x")
    for kind, shown in (("image/png", "image/png"), *((kind, "application/octet-stream") for kind in odd)):
        id = box.add(f'Content-Type: {kind}\nContent-Disposition: attachment; filename="a\r\nb"\n\nx'.encode())
        got = ask(f"api/messages/{id}/parts/0")
        assert got.text("content-type") == shown and got.text("x-content-type-options") == "nosniff"
        assert got.text("content-disposition").startswith("attachment;")


@pytest.mark.parametrize("part", ["99", "x", "-1", "1_0"])
def test_a_part_that_is_none(ask: Asking, part: str) -> None:
    assert ask(f"api/messages/m1/parts/{part}").status in (400, 404)


def test_a_message_that_is_none(ask: Asking, box: FakeMailbox) -> None:
    for further in ("", "/summary", "/raw", "/source", "/text", "/html", "/parts/0"):
        assert ask(f"api/messages/m9{further}").status == 404
    assert ask("api/messages/m9", "DELETE").status == 404
    assert ask("api/messages/m9", "PATCH", {"seen": True}).status == 404
    (box.folder / "m1").unlink()  # another program was quicker
    for further in ("", "/raw", "/source", "/html", "/parts/0"):
        got = ask(f"api/messages/m1{further}")
        assert (got.status, got.body) == (404, b"the message m1 is gone\n")


def test_a_file_that_is_moved_as_it_is_opened_is_found(
    ask: Asking, box: FakeMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [box.folder / "new", box.folder / "elsewhere", box.folder / "m1"]

    async def path(id: str) -> Path:
        return places.pop(0)

    monkeypatch.setattr(box, "path", path)
    assert ask("api/messages/m1/html").status == 200 and places == []


def test_it_is_marked_and_deleted(ask: Asking, box: FakeMailbox) -> None:
    assert ask.told("api/messages/m1", "PATCH", {"seen": True}) == {"changed": 1} and box.kept["m1"].seen
    assert ask("api/messages/m1", "PATCH", {}).status == 400
    assert ask.told("api/messages/m1", "DELETE") == {"deleted": 1} and not box.kept


# ----------------------------------------------------------------------------------------------- beyond us


def releasing(box: FakeMailbox, sent: list[tuple[Envelope, bytes]]) -> Asking:
    async def release(envelope: Envelope, content: bytes) -> None:
        sent.append((envelope, content))

    return Asking(box, Terms(release=release, release_to="smtp://relay.example"))


def test_a_copy_is_sent_on_to_whom_one_says(box: FakeMailbox) -> None:
    sent: list[tuple[Envelope, bytes]] = []
    ask = releasing(box, sent)
    told = ask.told("api/messages/m1/release", "POST", {"to": ["ann@real.example", "bob@real.example"]})
    assert told == {"released": ["ann@real.example", "bob@real.example"]}
    ((envelope, content),) = sent
    assert envelope == Envelope("shop@example.com", (Recipient("ann@real.example"), Recipient("bob@real.example")))
    assert content.startswith(b"Received:") and content in WELCOME
    ask.told("api/messages/m1/release", "POST", {"to": ["ann@real.example"], "from": "me@real.example"})
    assert sent[1][0].sender == "me@real.example"


@pytest.mark.parametrize(
    "said", [{}, {"to": []}, {"to": "x"}, {"to": ["x@example.com"] * 101}, {"to": ["x"], "from": 1}]
)
def test_nobody_in_particular_gets_nothing(box: FakeMailbox, said: Any) -> None:
    sent: list[tuple[Envelope, bytes]] = []
    assert releasing(box, sent)("api/messages/m1/release", "POST", said).status == 400 and not sent


def test_without_a_relay_nothing_leaves(ask: Asking) -> None:
    got = ask("api/messages/m1/release", "POST", {"to": ["ann@example.com"]})
    assert got.status == 403 and b"--release-to" in got.body


def test_senders_are_looked_up_where_that_was_asked_for(box: FakeMailbox) -> None:
    async def judge(message: bytes, summary: Summary) -> list[dict[str, Any]]:
        return [{"method": "SPF", "result": "pass", "why": f"{summary.id} {len(message)}"}]

    assert Asking(box, Terms(judge=judge)).told("api/messages/m1/verdict") == {
        "results": [{"method": "SPF", "result": "pass", "why": f"m1 {len(WELCOME)}"}]
    }
    assert Asking(box)("api/messages/m1/verdict").status == 403
    box.add(plain(1))
