"""A mailbox in a test's own hands: it has the face of ``mail.maildir.Mailbox``, and neither index nor delay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from portside.mail.fields import parse_header
from portside.mail.maildir.mailbox import PAGE, Mailbox, NoSuchMessage
from portside.mail.maildir.summary import Change, Happening, Summary
from portside.mail.mime import reading
from portside.mail.mime.parsing import parse

WELCOME = (
    b"Return-Path: <shop@example.com>\nDelivered-To: ann@example.com\n"
    b"Received: from app.example.com (app [192.0.2.7]) by mx.example.com with ESMTPS id 1 for <ann@example.com>;\n"
    b"\tFri, 27 Nov 2026 09:30:05 +0000\n"
    b"Received: from laptop by app.example.com with ESMTP; Fri, 27 Nov 2026 09:30:00 +0000\n"
    b"From: The Shop <shop@example.com>\nTo: Ann <ann@example.com>\nSubject: Welcome, =?utf-8?q?J=C3=B6rg?=\n"
    b"Date: Fri, 27 Nov 2026 09:29:59 +0000\nMessage-ID: <1@example.com>\nMIME-Version: 1.0\n"
    b"Content-Type: multipart/mixed; boundary=x\n\n"
    b"--x\nContent-Type: multipart/alternative; boundary=y\n\n"
    b"--y\nContent-Type: text/plain\n\nHello. Confirm at https://example.com/confirm?a=1&b=2.\n"
    b'--y\nContent-Type: text/html\n\n<p>Hello. <a href="https://example.com/confirm?a=1&amp;b=2">Confirm</a></p>\n--y--\n'
    b'--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="bill 1.pdf"\n'
    b"Content-Transfer-Encoding: base64\n\nJVBERi0=\n--x--\n"
)
"""A mail with everything that most mails have."""
_TERM = re.compile(r'(?:(from|to|subject|is|has):)?(?:"([^"]*)"|(\S+))')


def plain(number: int, to: str = "ann@example.com", subject: str = "") -> bytes:
    """A short mail."""
    head = f"From: shop@example.com\nTo: {to}\nSubject: {subject or f'number {number}'}\n\n"
    return f"{head}This is message {number}.\n".encode()


class FakeMailbox(Mailbox):
    """Keeps messages as files in ``folder`` and their summaries in memory; ids are ``m1``, ``m2`` ..."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kept: dict[str, Summary] = {}
        self.asked: list[str] = []
        self._callbacks: list[Callable[[Change], object]] = []
        self._number = 0

    def add(self, message: bytes, recipients: tuple[str, ...] = ("ann@example.com",), time: float = 0.0) -> str:
        """A message arrives; its id."""
        self._number += 1
        id = f"m{self._number}"
        (self.folder / id).write_bytes(message)
        self.kept[id] = self._summary(id, message, recipients, time or 1_795_770_000.0 + self._number)
        self.tell(Happening.ARRIVED, id)
        return id

    def _summary(self, id: str, message: bytes, recipients: tuple[str, ...], time: float) -> Summary:
        root, header = parse(message), parse_header(message)
        return Summary(
            id=id,
            time=time,
            sender=header.text("from"),
            recipients=recipients,
            subject=header.text("subject"),
            size=len(message),
            seen=False,
            attachments=len(reading.attachments(root)),
            snippet=" ".join(reading.text(root).split())[:120],
            return_path="shop@example.com",
            local_port=2525,
            host="127.0.0.1",
            port=40000 + self._number,
        )

    def tell(self, what: Happening, *ids: str) -> None:
        """It happened."""
        for callback in tuple(self._callbacks):
            callback(Change(what, ids))

    @property
    def watched(self) -> bool:
        """Whether anybody is told."""
        return bool(self._callbacks)

    async def summaries(self, query: str = "", *, before: str | None = None, limit: int = PAGE) -> list[Summary]:
        self.asked.append(query)
        latest_first = sorted(self.kept.values(), key=lambda one: one.time, reverse=True)
        found = [one for one in latest_first if _matches(one, query)]
        if before is not None:
            found = found[1 + next(index for index, one in enumerate(found) if one.id == before) :]
        return found[:limit]

    async def count(self, query: str = "") -> int:
        return sum(_matches(one, query) for one in self.kept.values())

    async def summary(self, id: str) -> Summary:
        if id not in self.kept:
            raise NoSuchMessage(f"there is no message {id}")
        return self.kept[id]

    async def path(self, id: str) -> Path:
        await self.summary(id)
        return self.folder / id

    async def raw(self, id: str) -> bytes:
        return (await self.path(id)).read_bytes()

    async def mark_seen(self, ids: Iterable[str], seen: bool = True) -> int:
        changed = [id for id in ids if id in self.kept and self.kept[id].seen is not seen]
        for id in changed:
            self.kept[id] = replace(self.kept[id], seen=seen)
        if changed:
            self.tell(Happening.CHANGED, *changed)
        return len(changed)

    async def delete(self, ids: Iterable[str]) -> int:
        gone = [id for id in ids if self.kept.pop(id, None)]
        if gone:
            self.tell(Happening.DELETED, *gone)
        return len(gone)

    async def delete_all(self, query: str = "") -> int:
        return await self.delete([one.id for one in self.kept.values() if _matches(one, query)])

    def watch(self, callback: Callable[[Change], object]) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)


def _matches(one: Summary, query: str) -> bool:
    return all(_holds(one, name, (phrase or word).casefold()) for name, phrase, word in _TERM.findall(query))


def _holds(one: Summary, name: str, wanted: str) -> bool:
    if name == "is":
        return one.seen is (wanted == "read")
    if name == "has":
        return one.attachments > 0
    where = {"from": one.sender, "to": " ".join(one.recipients), "subject": one.subject}
    return wanted in where.get(name, f"{one.sender} {one.recipients} {one.subject} {one.snippet}").casefold()
