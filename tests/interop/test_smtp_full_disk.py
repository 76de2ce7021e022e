"""A disk that is full: 452, nothing lost, and on it goes once there is room. A read-only one: one line, no server."""

from __future__ import annotations

import os
import re
import smtplib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import run
from tests.support.mail_stores import content_of, names
from tests.support.peers import need
from tests.support.processes import Running
from tests.support.served import PORTSIDE, READY
from tests.support.smtp_peers import until

pytestmark = pytest.mark.peer

Start = Callable[..., Running]

ROOM = 8_000_000
"""Octets that there is room for: one segment of the log, and some hundred messages."""
SIZE = 20_000
LARGE = 900_000
NO_ROOM = r"there is no room left for mail in .* \(what was taken is safe"
"""What the server says of messages that it has taken and cannot place."""
MOUNTED = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
"""For a shell whose mounts are its own: they go when it ends, whatever happens."""


def on_a_disk(process: Start, folder: Path, options: str) -> Running:
    """A server whose folder is a disk of its own, which nobody else sees."""
    if os.geteuid() != 0 or run(need("unshare"), "-m", "true").returncode != 0:
        pytest.skip("mounting is not allowed")
    folder.mkdir()
    command = [PORTSIDE, "serve", "smtp", folder, "--port", "0", "-q"]
    return process(need("unshare"), "-m", "sh", "-c", MOUNTED, "sh", options, folder, *command)


def connected(server: Running) -> smtplib.SMTP:
    port = server.wait_for_line(READY)[1].rstrip("/").rpartition(":")[2]
    return smtplib.SMTP("127.0.0.1", int(port), local_hostname="client.test")


def message(number: int, size: int = SIZE) -> bytes:
    """Lines of a message as it travels, unlike those of any other."""
    lines = (b"%08d %08d %s\r\n" % (number, line, b"x" * 60) for line in range(size // 80))
    return b"Subject: %d\r\n\r\n%s" % (number, b"".join(lines))


def send(client: smtplib.SMTP, content: bytes) -> int:
    """The code that answered it in the end."""
    try:
        client.sendmail("ann@client.test", ["bob@example.test"], content)
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    except smtplib.SMTPRecipientsRefused as error:
        return next(iter(error.recipients.values()))[0]
    return 250


def kept(mail: Path) -> list[bytes]:
    """What lies in the Maildir, as it was sent."""
    return sorted(content_of(file) for file in (mail / "new").iterdir())


def is_placed(mail: Path, count: int) -> bool:
    """Whether so many messages lie in the Maildir: a 250 comes when they are in the log."""
    return len(names(mail / "new")) == count


def is_told(server: Running) -> bool:
    """Whether the server has met the full disk."""
    return re.search(NO_ROOM, server.stderr) is not None


def test_a_full_disk_is_told_loses_nothing_and_is_used_again_once_it_has_room(process: Start, tmp_path: Path) -> None:
    server = on_a_disk(process, tmp_path / "disk", f"size={ROOM}")
    acknowledged: list[bytes] = []
    with connected(server) as client:
        mail = Path(f"/proc/{server.pid}/root{tmp_path / 'disk'}")
        while (code := send(client, message(len(acknowledged)))) == 250:
            acknowledged.append(message(len(acknowledged)))
            until(lambda: is_placed(mail, len(acknowledged)) or is_told(server) or None, "it is placed", server)
        assert code == 452
        assert len(acknowledged) > 50
        assert send(client, message(0, LARGE)) == 452
        for file in sorted((mail / "new").iterdir())[:50]:
            acknowledged.remove(content_of(file))
            file.unlink()
        until(lambda: send(client, message(1_000_000)) == 250 or None, "it takes mail again", server)
        acknowledged.append(message(1_000_000))
        until(lambda: kept(mail) == sorted(acknowledged) or None, "all that was acknowledged is there", server)
        assert list((mail / "tmp").iterdir()) == []
    assert server.stop() == 0
    assert len(re.findall(NO_ROOM, server.stderr)) == 1
    assert "Traceback" not in server.stderr


def test_a_large_message_finds_no_room_and_leaves_nothing(process: Start, tmp_path: Path) -> None:
    server = on_a_disk(process, tmp_path / "disk", f"size={ROOM}")
    with connected(server) as client:
        mail = Path(f"/proc/{server.pid}/root{tmp_path / 'disk'}")
        assert send(client, message(1, ROOM)) == 452
        until(lambda: list((mail / "tmp").iterdir()) == [] or None, "nothing is left of it", server)
        assert send(client, message(2)) == 250
        until(lambda: kept(mail) == [message(2)] or None, "the small one is there", server)
    assert server.stop() == 0


def test_a_disk_without_room_for_the_log_is_told_in_one_line(process: Start, tmp_path: Path) -> None:
    server = on_a_disk(process, tmp_path / "disk", "size=1000000")
    assert server.wait() == 1
    assert re.search(r"there is no room left for mail in .*disk", server.stderr)
    assert len(server.stderr.splitlines()) == 1


def test_a_read_only_disk_is_told_in_one_line(process: Start, tmp_path: Path) -> None:
    server = on_a_disk(process, tmp_path / "disk", "ro")
    assert server.wait() == 1
    assert re.search(r"mail cannot be written to .*disk: read-only file system", server.stderr)
    assert len(server.stderr.splitlines()) == 1
