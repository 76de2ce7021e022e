"""Attacks over sockets: a message hidden in another, mail for others, words ahead of TLS, too much of everything."""

from __future__ import annotations

import email
import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import commands
from tests.support.smtp_contents import HEAD
from tests.support.smtp_peers import ANN, Maildir, MailPeer, until
from tests.support.smtp_wire import Wire, opened

pytestmark = pytest.mark.peer

Smtp = Callable[..., MailPeer]

FALSE_ENDS = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r.\n", b"\n.\r", b"\r\r\n.\r\r\n",
    b"\r\n.\r\r\n", b"\r\r\n.\r", b"\n\r.\n\r", b"\n\n.\n\n", b"\r\n\x00.\r\n", b"\r\n.\x00\r\n", b"\r\n .\r\n",
    b"\r\n. \r\n", b"\r\n..\r\n", b"\r\n.\t\r\n", b"\r\n\xe2\x80\xa8.\r\n", b"\x0b.\x0b", b"\x0c.\x0c", b"\x85.\x85",
    b"\xc2\x85.\xc2\x85", b"\xe2\x80\xa8.\xe2\x80\xa8",
]  # fmt: skip
"""What one program or another has taken for the end of a message, and RFC 5321 §4.1.1.4 does not."""
HIDDEN = (
    b"MAIL FROM:<forged@example.test>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nboo\r\n.\r\n"
)

OUTSIDE = [
    "<{}@far.test>", "<{}@FAR.TEST>", "<{}@far.test.>", "<{}@[192.0.2.1]>", "<{}@[IPv6:2001:db8::1]>",
    "<{}@[127.0.0.1]>", "<{}@192.0.2.1>", "<@example.test:{}@far.test>",
    "<@example.test,@b.test:{}@far.test>", "<@far.test:{}@far.test>",
    "{}@far.test", "<{}@far.test", "{}@far.test>", "<<{}@far.test>>", "< {}@far.test>", "<{}@far.test >",
    '<"{}@example.test"@far.test>', "<{}%example.test@far.test>", "<example.test!{}@far.test>",
    "<{}@example.test@far.test>", "<{}@far.test@example.test>", "<{}@far.test,ann@example.test>",
    "<{}@example.test.far.test>", "<{}@farexample.test>", "<{}@xexample.test>", "<{}@example.test\x00.far.test>",
    "<{}@example.test\t@far.test>", "<{}@far.test\t>", "<{}@example.test\\@far.test>", "<{}@.example.test>",
    "<{}@example..test>", "<{}@sub.example.test>", "<{}@example.testx>", "<{}@example.test:25>", "<{}@exаmple.test>",
    "<{}@example%2Etest>", "<{}@(comment)far.test>", "<{}@far.test(example.test)>", "<{}@>", "<@far.test>",
    "<{}@example.test/../far.test>", "<{}@far.test#@example.test>",
]  # fmt: skip
"""Mail for others, however it is written; the letter of one of them is Cyrillic."""
INSIDE = [
    '<"{}@far.test"@example.test>', "<{}%far.test@example.test>", "<far.test!{}@example.test>", "<{}@EXAMPLE.TEST>",
    "<{}+far.test@example.test>", '<"far.test!{}"@example.test>', '<"{}%far.test"@example.test>',
    "<@far.test:{}@example.test>", "<postmaster>", "<POSTMASTER@example.test>",
]  # fmt: skip
"""What looks like it, and is a mailbox of ours (RFC 5321 §2.3.11): kept here, or refused."""


def subjects(server: MailPeer) -> list[str | None]:
    return [email.message_from_bytes(raw)["Subject"] for raw in server.inbox.arrived()]


def ended(server: MailPeer) -> int:
    """End a server in order; what it had to do is done then."""
    return server.process.stop()


# ------------------------------------------------------------------------------------------------ smuggling


def numbered(number: int) -> bytes:
    """A header whose subject tells which one it is."""
    return HEAD.replace(b"a hard one", b"number %d" % number)


def into(server: MailPeer) -> Wire:
    """A connection on which a content is asked for."""
    wire = opened(server.host, server.port)
    wire.hello()
    wire.begin(ANN)
    assert wire.ask("DATA").code == 354
    return wire


@pytest.mark.parametrize("way", ["one go", "two writes"])
def test_nothing_is_smuggled_in(smtp: Smtp, way: str) -> None:
    """Whatever is hidden behind a false end is content, or refused with it: it is never a message."""
    server = smtp()
    for number, false_end in enumerate(FALSE_ENDS):
        with into(server) as wire:
            first, then = numbered(number) + b"\r\nhello" + false_end, HIDDEN + b"QUIT\r\n"
            for piece in (first + then,) if way == "one go" else (first, then):
                wire.say(piece)
            assert sum(answer.code == 250 for answer in wire.answers()) <= 1, false_end
    assert ended(server) == 0
    found = subjects(server)
    assert len(set(found)) == len(found)
    assert {str(subject).partition(" ")[0] for subject in found} == {"number"}


def test_bare_line_ends_are_refused(smtp: Smtp) -> None:
    server = smtp()
    bare = [end for end in FALSE_ENDS if re.search(rb"(?<!\r)\n|\r(?!\n)", end)]
    assert len(bare) > 10
    for false_end in bare:
        with into(server) as wire:
            wire.say(HEAD + b"\r\nhello" + false_end + b"and on\r\n.\r\n")
            assert wire.answer().code // 100 == 5, false_end
    assert ended(server) == 0
    assert subjects(server) == []


# ------------------------------------------------------------------------------------------- an open relay


@pytest.fixture
def closed(smtp: Smtp) -> Iterator[tuple[MailPeer, Wire]]:
    """A server for one domain, and a connection that has said hello."""
    server = smtp("--domain", "example.test")
    with opened(server.host, server.port) as wire:
        wire.hello()
        yield server, wire


def test_mail_for_others_is_refused_however_it_is_written(closed: tuple[MailPeer, Wire]) -> None:
    server, wire = closed
    assert len(OUTSIDE) >= 40
    for spelling in OUTSIDE:
        assert wire.ask("MAIL FROM:<x@elsewhere.test>").code == 250
        answer = wire.ask(f"RCPT TO:{spelling.format('victim')}")
        assert answer.code // 100 == 5, (spelling, answer)
        assert wire.ask("DATA").code in (503, 554), spelling
        assert wire.ask("RSET").code == 250
        wire = _fresh(server, wire)
    assert server.inbox.arrived() == []


def test_what_only_looks_like_it_stays_here(closed: tuple[MailPeer, Wire]) -> None:
    server, wire = closed
    kept = 0
    for spelling in INSIDE:
        assert wire.ask("MAIL FROM:<x@elsewhere.test>").code == 250
        if wire.ask(f"RCPT TO:{spelling.format('victim')}").code == 250:
            assert wire.ask("DATA").code == 354
            wire.say(HEAD + b"\r\n.\r\n")
            assert wire.answer().code == 250
            kept += 1
        else:
            assert wire.ask("RSET").code == 250
    assert len(server.wait(kept)) == kept


def _fresh(server: MailPeer, wire: Wire) -> Wire:
    """Another connection: many errors in a row end one."""
    wire.sock.close()
    fresh = opened(server.host, server.port)
    wire.sock, wire._came = fresh.sock, fresh._came
    wire.hello()
    return wire


def test_a_login_does_not_make_it_a_relay(smtp: Smtp) -> None:
    server = smtp("--domain", "example.test", tls=True, login=True)
    assert server.ca
    with opened(server.host, server.port) as wire:
        wire.hello()
        wire.secure(server.ca)
        wire.hello()
        assert wire.ask("AUTH PLAIN AGFubmEAYSBzZWNyZXQ=").code == 235
        assert wire.ask("MAIL FROM:<anna@example.test>").code == 250
        assert wire.ask("RCPT TO:<victim@far.test>").code == 550


# ------------------------------------------------------------------------------------- words ahead of TLS


@pytest.mark.parametrize(
    "early",
    [
        b"MAIL FROM:<forged@example.test>\r\nRCPT TO:<ann@example.test>\r\n",
        b"EHLO forged.test\r\nMAIL FROM:<forged@example.test>\r\n",
        b"NOOP\r\n",
        b"MAIL FROM:<for",
    ],
)
def test_what_came_before_tls_does_not_count(smtp: Smtp, early: bytes) -> None:
    """RFC 3207 §6, CVE-2011-0411: it is never taken for something said over TLS."""
    server = smtp(tls=True)
    assert server.ca
    with opened(server.host, server.port) as wire:
        wire.hello()
        wire.say(b"STARTTLS\r\n" + early)
        answer = wire.answer()
        if answer.code != 220:
            return
        wire.take_up_tls(server.ca)
        assert wire.ask("RCPT TO:<ben@example.test>").code == 503
        assert "STARTTLS" not in wire.hello()
        assert wire.ask("RCPT TO:<ben@example.test>").code == 503
        assert wire.ask("NOOP").code == 250


# ------------------------------------------------------------------------------------ headers, addresses


NO_ADDRESSES = [
    b"MAIL FROM:<a@b.test>\nRCPT TO:<x@example.test>", b"MAIL FROM:<a\rb@b.test>", b"MAIL FROM:<a\x00b@b.test>",
    b"MAIL FROM:<a@b.test> SIZE=1 X\nY=2", b'MAIL FROM:<"a\r"@b.test>', b"MAIL FROM:<a@b.test>\x0b",
    b'MAIL FROM:<"a\x1b[2J"@b.test>',
]  # fmt: skip


def test_no_address_holds_a_line_or_a_control(smtp: Smtp) -> None:
    server = smtp()
    for line in NO_ADDRESSES:
        with opened(server.host, server.port) as wire:
            wire.hello()
            assert wire.ask(line).code in (500, 501, 553, 555), line
            assert wire.ask("RCPT TO:<ann@example.test>").code == 503, line


VERBS = (b"NOOP", b"X" * 5000, b"RCPT TO:<a@b.test>", b"EHLO x", b"")
BARE = (b"\n", b"\r", b"\x00\n", b"\n\n", b"\r\r", b"\n\r")


def test_no_command_is_hidden_behind_a_bare_line_end(smtp: Smtp) -> None:
    """One line is one command and has one reply, whatever is in it."""
    server = smtp()
    for verb, end in itertools.product(VERBS, BARE):
        with opened(server.host, server.port) as wire:
            wire.hello()
            assert wire.ask(verb + end + b"MAIL FROM:<forged@example.test>").code == 500, (verb[:20], end)
            assert wire.ask("RCPT TO:<ann@example.test>").code == 503, (verb[:20], end)
            assert wire.ask("NOOP").code == 250, (verb[:20], end)


@pytest.mark.parametrize(
    "helo", [b"a\tb", b"a(b\\)c", b"x\x1b[2J", b"<script>", b"a;b=c\x0bd", b'"', b"[127.0.0.1]\xff", b"a" * 400]
)
def test_a_name_puts_nothing_into_the_trace(smtp: Smtp, helo: bytes) -> None:
    server = smtp()
    with opened(server.host, server.port) as wire:
        if wire.ask(b"EHLO " + helo).code != 250:
            wire.hello()
        wire.send(HEAD + b"\r\nhello\r\n", ANN)
    (raw,) = server.wait(1)
    message = email.message_from_bytes(raw)
    assert message.get_all("Subject") == ["a hard one"]
    assert len(message.get_all("Received") or []) == 1
    head = raw.partition(b"\n\n")[0]
    assert all(octet >= 32 or octet in b"\n\t" for octet in head)
    assert max(map(len, head.splitlines())) < 998


# ------------------------------------------------------------------------------------- too much of it


def memory(server: MailPeer) -> int:
    """Octets of memory that a server has had at most."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    match = re.search(r"VmHWM:\s+([0-9]+) kB", status)
    assert match is not None
    return int(match[1]) * 1024


GIGABYTE = 1024**3
MOST_MEMORY = 150 * 1024 * 1024
"""Octets that a server may need, whatever comes: it is some 50 MB when nothing does."""


def test_a_message_that_says_that_it_is_too_large_is_refused_at_once(smtp: Smtp) -> None:
    server = smtp()
    with opened(server.host, server.port) as wire:
        wire.hello()
        answer = wire.ask(f"MAIL FROM:<a@b.test> SIZE={GIGABYTE}")
        assert answer.code == 552, answer


@pytest.mark.parametrize("how", ["data", "chunks", "one chunk"])
def test_a_message_that_turns_out_too_large_is_counted(smtp: Smtp, how: str) -> None:
    """1 GB against the limit: refused, cut off or passed over, and nothing stays."""
    server = smtp("--max-size", "50M")
    block = (b"0123456789" * 7 + b"\r\n") * 10_000
    with opened(server.host, server.port) as wire:
        wire.hello()
        wire.begin(ANN)
        code = _push(wire, how, block, GIGABYTE // len(block))
    assert code == 552
    assert memory(server) < MOST_MEMORY
    assert isinstance(server.inbox, Maildir)
    inbox = server.inbox
    until(lambda: not (inbox.arrived() or inbox.unfinished()) or None, "nothing left of it")


def _push(wire: Wire, how: str, block: bytes, count: int) -> int:
    """Say all of it, unless the server ends it before; the code of its refusal."""
    try:
        if how == "data":
            assert wire.ask("DATA").code == 354
            for _ in range(count):
                wire.say(block)
            wire.say(b".\r\n")
        elif how == "one chunk":
            wire.say(b"BDAT %d LAST\r\n" % (len(block) * count))
            for _ in range(count):
                wire.say(block)
        else:
            answers = (wire.chunk(block, last=n == count - 1) for n in range(count))
            return next(answer.code for answer in answers if answer.code != 250)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it had heard enough; what it said is there to be read
    return wire.answer().code


def bomb(depth: int) -> bytes:
    """A message with so many parts within each other."""
    head = b"From: a@b.test\r\nSubject: a hard one\r\n"
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return head + b"MIME-Version: 1.0\r\n" + opening + b"\r\nthe core\r\n"


def flat(count: int) -> bytes:
    """A message with so many parts beside each other."""
    head = (
        b"From: a@b.test\r\nSubject: a hard one\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    )
    part = b"\r\n--b\r\nContent-Type: text/plain; name=x.txt\r\nContent-Disposition: attachment\r\n\r\nx"
    return head + b"\r\n" + part * count + b"\r\n--b--\r\n"


BOMBS = {
    "10,000 within each other": bomb(10_000),
    "100,000 beside each other": flat(100_000),
    "100,000 fields": HEAD + b"X: y\r\n" * 100_000 + b"\r\nx\r\n",
    "a field of 1 MB": HEAD + b"X: " + b" y\r\n" * 250_000 + b"\r\nx\r\n",
    "a million addresses": HEAD + b"Cc: " + b"a@b.test,\r\n " * 1_000_000 + b"c@d.test\r\n\r\nx\r\n",
    "a word encoded 100,000 times": HEAD + b"Subject: " + b"=?utf-8?q?=3D?=\r\n " * 100_000 + b"\r\n\r\nx\r\n",
    "a parameter in 10,000 pieces": HEAD
    + b"Content-Type: text/plain"
    + b"".join(b";\r\n name*%d=x" % n for n in range(10_000))
    + b"\r\n\r\nx\r\n",
    "open brackets": HEAD + b"To: " + (b"(" * 900 + b"\r\n ") * 500 + b"\r\n\r\nx\r\n",
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_a_bomb_harms_nobody(smtp: Smtp, content: bytes) -> None:
    """It is kept or refused; the next message arrives, and memory is bounded."""
    server = smtp()
    with opened(server.host, server.port) as wire:
        wire.hello()
        taken = wire.send(content, ANN).code == 250
        assert wire.send(HEAD + b"\r\nand on\r\n", ANN).code == 250
    server.wait(1 + taken)
    assert memory(server) < MOST_MEMORY + 4 * len(content)
    assert ended(server) == 0


def test_bombs_on_the_page_harm_nobody(smtp: Smtp) -> None:
    """Each is listed, and opened in all its forms; the page goes on answering, and memory is bounded."""
    server = smtp("--mailbox", "0")
    page = server.process.wait_for_line(r"the mailbox is at (\S+)$", output="stderr")[1]
    with opened(server.host, server.port) as wire:
        wire.hello()
        taken = sum(wire.send(content, ANN).code == 250 for content in BOMBS.values())

    def listed() -> list[str] | None:
        found = json.loads(commands.curl(f"{page}api/messages").stdout)["messages"]
        return [each["id"] for each in found] if len(found) == taken else None

    for name in until(listed, f"{taken} messages on the page", server.process):
        for form in ("", "/raw", "/source", "/text"):
            commands.curl("-o", "/dev/null", "--fail", "--max-time", "30", f"{page}api/messages/{name}{form}")
    assert memory(server) < MOST_MEMORY + 4 * sum(map(len, BOMBS.values()))
    assert ended(server) == 0
