"""What ``kill -9`` cannot show, since it leaves the page cache alone: the disk has a message before its 250 leaves.

strace tells the calls of the system in the order in which they began and ended, in all threads.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.peers import need
from tests.support.processes import Running
from tests.support.served import PORTSIDE, READY
from tests.support.smtp_peers import until

pytestmark = pytest.mark.peer

Start = Callable[..., Running]

CALLS = "trace=fsync,fdatasync,pwrite64,sendto,sendmsg,write,mkdir,mkdirat,openat,rename,renameat,renameat2"
LETTERS = 4096
"""Of what is written that strace shows: the name of a message stands at the beginning of a batch."""
NAME = r"[0-9]+\.M[0-9]+P[0-9]+Q[0-9]+\.[\w.-]*\w"
SMALL = b"Subject: small\r\n\r\nHello\r\n"
LARGE = b"Subject: large\r\n\r\n" + b"x" * 70 * 10_000 + b"\r\n"


@dataclass(frozen=True)
class Call:
    """One call: what it was, its arguments, and the lines of the log in which it began and ended."""

    name: str
    arguments: str
    began: int
    ended: int


def calls(log: str) -> Iterator[Call]:
    """All that succeeded, in the order in which they ended."""
    unfinished: dict[str, tuple[str, str, int]] = {}
    for number, line in enumerate(log.splitlines()):
        pid, _, said = line.partition(" ")
        said = said.strip()
        if begun := re.fullmatch(r"(\w+)\((.*) <unfinished \.\.\.>", said):
            unfinished[pid] = (begun[1], begun[2], number)
        elif resumed := re.fullmatch(r"<\.\.\. (\w+) resumed>(.*)\) += ([0-9]+)(?:<.*>)?", said):
            name, arguments, began = unfinished.pop(pid)
            yield Call(name, arguments + resumed[2], began, number)
        elif whole := re.fullmatch(r"(\w+)\((.*)\) += ([0-9]+)(?:<.*>)?", said):
            yield Call(whole[1], whole[2], number, number)


@pytest.fixture
def traced(process: Start, tmp_path: Path) -> tuple[Running, int, Path]:
    """A server under strace, which is no parent of it; its port, and where its calls are told."""
    log = tmp_path / "calls"
    strace = (need("strace"), "-D", "-f", "-y", "-s", str(LETTERS), "-e", CALLS, "-o", log)
    server = process(*strace, PORTSIDE, "serve", "smtp", tmp_path / "below" / "mail", "--port", "0", "-q")
    ready = server.wait_for_line(READY)
    return server, int(ready[1].rstrip("/").rpartition(":")[2]), log


def send(port: int, *contents: bytes) -> list[str]:
    """Hand messages over, one after the other; the names that 250 told."""
    names = []
    with socket.create_connection(("127.0.0.1", port)) as conversation, conversation.makefile("rwb") as stream:

        def say(words: bytes, code: bytes) -> bytes:
            stream.write(words)
            stream.flush()
            reply = stream.readline()
            assert reply.startswith(code), reply
            return reply

        say(b"", b"220")
        say(b"HELO client.test\r\n", b"250")
        for content in contents:
            for words, code in ((b"MAIL FROM:<a@x>", b"250"), (b"RCPT TO:<b@y>", b"250"), (b"DATA", b"354")):
                say(words + b"\r\n", code)
            found = re.search(NAME, say(content + b".\r\n", b"250").decode())
            assert found is not None
            names.append(found[0])
    return names


def told_at_the_end(server: Running, log: Path) -> list[Call]:
    """Stop the server; all that it did."""
    assert server.stop() == 0
    ended = re.compile(rf"^{server.pid} +\+\+\+ exited", re.MULTILINE)
    until(lambda: ended.search(log.read_text("utf-8", "replace")), "strace tells of the end")
    return list(calls(log.read_text("utf-8", "replace")))


def only(found: list[Call]) -> Call:
    assert len(found) == 1, found
    return found[0]


def reply(told: list[Call], name: str) -> Call:
    """The call by which its 250 left."""
    sent = [call for call in told if call.name in ("sendto", "sendmsg", "write") and '"250 ' in call.arguments]
    return only([call for call in sent if name in call.arguments])


def logged(told: list[Call], name: str) -> tuple[Call, Call]:
    """The calls by which it was written to the log, and by which that was brought to the disk."""
    written = only([call for call in told if call.name == "pwrite64" and name in call.arguments])
    file = written.arguments.partition(",")[0]
    assert file.endswith(".log>")
    synced = [
        call for call in told if (call.name, call.arguments) == ("fdatasync", file) and call.began > written.ended
    ]
    return written, synced[0]


def are_in_order(*calls: Call) -> bool:
    """Whether each had ended before the next began."""
    return all(first.ended < second.began for first, second in pairwise(calls))


def settled(told: list[Call], ending: str) -> list[Call]:
    """The calls that brought a file or a folder to the disk."""
    return [call for call in told if call.name == "fsync" and call.arguments.endswith(f"{ending}>")]


def test_each_250_leaves_when_its_message_is_on_the_disk(traced: tuple[Running, int, Path]) -> None:
    server, port, log = traced
    names = send(port, *[SMALL] * 20)
    told = told_at_the_end(server, log)
    for name in names:
        written, synced = logged(told, name)
        assert are_in_order(written, synced, reply(told, name))


def test_a_large_message_and_its_name_are_on_the_disk_before_the_log_speaks_of_it(
    traced: tuple[Running, int, Path],
) -> None:
    server, port, log = traced
    (name,) = send(port, LARGE)
    told = told_at_the_end(server, log)
    file = only(settled(told, f"/tmp/portside.{name}"))
    folder = settled(told, "/mail/tmp")
    written, synced = logged(told, name)
    assert are_in_order(file, folder[0], written, synced, reply(told, name))


def test_the_log_and_all_folders_above_it_are_on_the_disk_before_the_first_250(
    traced: tuple[Running, int, Path],
) -> None:
    server, port, log = traced
    (name,) = send(port, SMALL)
    told = told_at_the_end(server, log)
    answered = reply(told, name)
    opened = [call for call in told if call.name == "openat" and "O_CREAT" in call.arguments]
    made = next(call for call in opened if '.log"' in call.arguments)
    assert any(are_in_order(made, call, answered) for call in settled(told, "/.portside/log"))
    for folder in ("/mail/.portside", "/below/mail", "/below", f"/{log.parent.name}"):
        assert are_in_order(settled(told, folder)[0], answered), folder
