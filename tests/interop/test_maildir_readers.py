"""What we keep is read by those who know Maildirs: mutt, and Python's ``mailbox``; and we see what they do in it."""

from __future__ import annotations

import asyncio
import mailbox
from pathlib import Path

import pytest

from portside.mail.maildir.mailbox import Mailbox
from portside.mail.maildir.store import MaildirStore
from portside.mail.maildir.summary import Change, Happening
from tests.support import terminals
from tests.support.mail_stores import content_of, keep, kept, message, names
from tests.support.peers import need

pytestmark = pytest.mark.peer

PATIENCE = 10.0
CONTENTS = [message(f"text of {number}\r\nFrom the second line\r\n.\r\n", f"subject {number}") for number in range(5)]
KEYS = (
    "<tag-pattern>~A<enter><tag-prefix><pipe-message>cat >> {copy}<enter><untag-pattern>~A<enter>"
    "<first-entry><display-message><exit><next-entry><flag-message><next-entry><delete-message><sync-mailbox><quit>"
)
"""Copies all messages to a file, reads the first, flags the second, deletes the third (of their subjects)."""


def mutt(folder: Path, home: Path, keys: str) -> None:
    """mutt opens the folder, gets these keys, and ends."""
    (home / "Mail").mkdir(parents=True)  # or it asks
    settings = (  # the mailbox's own order would be that of inodes, which a disk gives out again
        "set quit=yes sort=subject wait_key=no pipe_split=yes pipe_decode=no delete=yes noresolve",
        f"push '{keys}'",
    )
    options = [word for setting in settings for word in ("-e", setting)]
    command = (need("mutt"), "-n", "-F", "/dev/null", "-f", folder, *options)
    with terminals.sitting_at(command, environment={"HOME": str(home)}) as running:
        assert running.wait() == 0, running.text


def test_mutt_reads_flags_and_deletes_what_we_keep(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    ids = asyncio.run(kept(folder, CONTENTS))
    files = [(folder / "new" / id).read_bytes() for id in ids]
    mutt(folder, tmp_path / "home", KEYS.format(copy=tmp_path / "copy"))
    copy = (tmp_path / "copy").read_bytes()
    assert all(file in copy for file in files)
    assert copy.count(b"Return-Path: ") == len(files)
    left = {name.partition(":")[0]: name.partition(":2,")[2] for name in names(folder / "cur") + names(folder / "new")}
    assert left == {ids[0]: "S", ids[1]: "F", ids[3]: "", ids[4]: ""}


def test_the_mailbox_sees_what_mutt_has_done(tmp_path: Path) -> None:
    folder = tmp_path / "mail"

    async def run() -> None:
        ids = await kept(folder, CONTENTS)
        box, heard, changed = Mailbox(folder), list[Change](), asyncio.Event()
        box.watch(lambda change: (heard.append(change), changed.set()))

        async def until(what: Happening, count: int) -> list[str]:
            async with asyncio.timeout(PATIENCE):
                while len(found := [id for change in heard if change.what is what for id in change.ids]) < count:
                    changed.clear()
                    await changed.wait()
            return found

        async with box:
            assert await until(Happening.ARRIVED, 5) == sorted(ids)
            await asyncio.to_thread(mutt, folder, tmp_path / "home", KEYS.format(copy=tmp_path / "copy"))
            box.notice()
            assert await until(Happening.CHANGED, 1) == [ids[0]]
            assert await until(Happening.DELETED, 1) == [ids[2]]
            assert {summary.id for summary in await box.summaries("is:unread")} == {ids[1], ids[3], ids[4]}

    asyncio.run(run())


def test_python_s_mailbox_reads_what_we_keep(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    ids = asyncio.run(kept(folder, CONTENTS))
    box = mailbox.Maildir(folder, create=False)
    try:
        assert sorted(box.keys()) == sorted(ids)
        assert [box[id]["Subject"] for id in ids] == [f"subject {number}" for number in range(5)]
        assert [box[id].get_subdir() for id in ids] == ["new"] * 5
    finally:
        box.close()
    assert [content_of(folder / "new" / id) for id in ids] == CONTENTS


def test_each_recipient_s_folder_is_a_maildir_to_python_s_mailbox(tmp_path: Path) -> None:
    async def run() -> str:
        async with MaildirStore(tmp_path, per_recipient=True) as store:
            return await keep(store, CONTENTS[0], "ann@example.test", "bob@example.test")

    id = asyncio.run(run())
    for address in ("ann@example.test", "bob@example.test"):
        box = mailbox.Maildir(tmp_path / address, create=False)
        try:
            assert box.keys() == [id]
            assert box[id]["Return-Path"] == "<ann@example.com>"
        finally:
            box.close()


def test_what_python_s_mailbox_puts_there_is_ours_to_see(tmp_path: Path) -> None:
    folder = tmp_path / "mail"

    async def run() -> None:
        await kept(folder, [])
        async with Mailbox(folder) as box:
            arrived = asyncio.Event()
            box.watch(lambda change: arrived.set())
            theirs = mailbox.Maildir(folder)
            try:
                key = theirs.add(CONTENTS[0])
            finally:
                theirs.close()
            box.notice()
            async with asyncio.timeout(PATIENCE):
                await arrived.wait()
            (summary,) = await box.summaries("subject:0")
            assert (summary.id, summary.recipients) == (key, ("bob@example.com",))

    asyncio.run(run())
