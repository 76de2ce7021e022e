"""TLS records in both directions of a conversation, named and, where the keys are known, opened (RFC 8446 §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portside.inspector.tls.keys import KeyLog
from portside.inspector.tls.names import (
    ALERT,
    ALERTS,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    CONTENT_TYPES,
    HANDSHAKE,
    HANDSHAKES,
    HELLO_RETRY,
    SERVER_HELLO,
    VERSIONS,
)
from portside.inspector.tls.opening import HEADER, Opener
from portside.inspector.tls.session import TLS13, TOLD, Session
from portside.inspector.tls.suites import NAMES
from portside.interfaces import Role
from portside.protocols.explaining import NO_FACTS, Fact

LONGEST_RECORD = 16384 + 2048
"""Bytes of a record's content at most (RFC 5246 §6.2.3)."""
LONGEST_TOLD = 64 * 1024
"""Bytes of a hello that are kept to be understood."""
TRIES = 32
"""Record numbers that are tried behind a gap, where it is not known how many records were lost."""
EPOCHS_AHEAD = 2
"""Epochs that are tried where the end of the present one was not captured."""
MOST_NAMES = 12
"""Handshake messages of one record that its title names."""


@dataclass(slots=True, eq=False)
class Record:
    """One record: ``start`` to ``stop`` of what ``role`` has sent.

    ``type`` is the content type on the wire, 0 for bytes that are no record. ``continues``: bytes at the beginning of
    its content that still belong to a handshake message of the record before. ``plain``: decrypted application data,
    for whoever comes first; ``opener`` and ``number`` decrypt them again.
    """

    role: Role
    start: int
    stop: int
    type: int
    title: str
    complete: bool = True
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=lambda: NO_FACTS)
    plain: bytes | None = None
    inner: int = 0
    continues: int = 0
    opener: Opener | None = None
    number: int = 0


class _Handshakes:
    """One direction's handshake messages, which take no notice of where records end (RFC 8446 §5.1)."""

    __slots__ = ("_body", "_head", "_kind", "left")

    def __init__(self) -> None:
        self._head = b""
        self._kind = -1
        self._body: bytearray | None = None
        self.left = 0
        """Bytes of the present message that are to come."""

    def reset(self) -> None:
        """The row is broken: what comes next begins a message."""
        self.__init__()  # type: ignore[misc]

    def read(self, data: bytes) -> tuple[list[int], list[tuple[int, bytes]], int]:
        """The kinds that begin in ``data``, the messages that end there, and how much of it continues an older one."""
        begun: list[int] = []
        ended: list[tuple[int, bytes]] = []
        continues = min(self.left, len(data))
        at = 0
        while at < len(data):
            if not self.left:
                need = 4 - len(self._head)
                self._head += data[at : at + need]
                at += need
                if len(self._head) < 4:
                    break
                self._kind, self.left = self._head[0], int.from_bytes(self._head[1:])
                self._head = b""
                begun.append(self._kind)
                self._body = bytearray() if self._kind in TOLD and self.left <= LONGEST_TOLD else None
            part = data[at : at + self.left]
            at += len(part)
            self.left -= len(part)
            if self._body is not None:
                self._body += part
            if not self.left:
                ended.append((self._kind, bytes(self._body or b"")))
                self._body = None
        return begun, ended, continues


class _Side:
    __slots__ = ("at", "buffer", "damaged", "epoch", "handshakes", "lost", "number", "opener", "protected", "unsure")

    def __init__(self) -> None:
        self.buffer = b""
        self.at = 0
        self.damaged = 0
        self.lost = False
        self.handshakes = _Handshakes()
        self.protected = False
        self.opener: Opener | None = None
        self.number = 0
        self.epoch = -1
        self.unsure = False


def recognises(data: bytes) -> bool:
    """Whether a direction begins with a TLS record (its handshake, or any, in the middle of a conversation)."""
    if len(data) < HEADER:
        return data[:1] == b"\x16" and b"\x16\x03".startswith(data[:2])
    return _plausible(data, 0)


def _plausible(data: bytes, at: int) -> bool:
    kind, major, minor, high, low = data[at : at + HEADER]
    return kind in CONTENT_TYPES and major == 3 and minor <= 4 and (high << 8 | low) <= LONGEST_RECORD


class TlsReader:
    """Both directions of one TLS conversation."""

    def __init__(self, keys: KeyLog) -> None:
        self._sides = {role: _Side() for role in Role}
        self.session = Session(keys)

    @property
    def server_name(self) -> str:
        """The name that the client has asked for, or ""."""
        return self.session.server_name

    def read(self, role: Role, data: bytes) -> Sequence[Record]:
        """The records that the next bytes of ``role`` complete."""
        side = self._sides[role]
        if side.lost:
            if not recognises(data):
                side.at += len(data)
                return [Record(role, side.at - len(data), side.at, 0, "bytes that begin no record")]
            side.lost = False
        buffer = side.buffer + data if side.buffer else data
        found: list[Record] = []
        at = 0
        while len(buffer) - at >= HEADER:
            if not _plausible(buffer, at):
                side.lost = True
                start, side.at = side.at, side.at + len(buffer) - at
                found.append(Record(role, start, side.at, 0, "bytes that are no record"))
                side.buffer = b""
                return found
            size = HEADER + int.from_bytes(buffer[at + 3 : at + HEADER])
            if len(buffer) - at < size:
                break
            found.append(self._record(role, side, buffer[at : at + size]))
            side.at += size
            at += size
        side.buffer = buffer[at:]
        return found

    def missed(self, role: Role, count: int) -> Sequence[Record]:
        """``count`` bytes of ``role`` were not captured."""
        side = self._sides[role]
        size = HEADER + int.from_bytes(side.buffer[3:HEADER]) if len(side.buffer) >= HEADER else 0
        if len(side.buffer) + count <= size:  # the record's length is known, so the next one's place is
            side.damaged += count
            return self.read(role, bytes(count))
        found = self._broken_off(role, side, count)
        side.lost = True
        side.unsure = True
        side.handshakes.reset()
        return found

    def ended(self, role: Role) -> Sequence[Record]:
        """``role`` sends nothing more."""
        return self._broken_off(role, self._sides[role], 0)

    def _broken_off(self, role: Role, side: _Side, missing: int) -> Sequence[Record]:
        held, start = side.buffer, side.at
        side.buffer = b""
        side.at += len(held) + missing
        side.damaged = 0
        if not held:
            return ()
        kind = held[0] if held[0] in CONTENT_TYPES else 0
        note = f"{missing:,} bytes were not captured" if missing else "it was cut short"
        return [Record(role, start, start + len(held), kind, CONTENT_TYPES.get(kind, "bytes"), False, (note,))]

    def reopen(self, record: Record, data: bytes) -> bytes | None:
        """The plaintext of a record that was opened before; ``data`` are its bytes."""
        if record.opener is None or len(data) != record.stop - record.start:
            return None
        opened = record.opener.open(data, record.number)
        return None if opened is None else opened[1]

    # -------------------------------------------------------------------------------------- one record

    def _record(self, role: Role, side: _Side, data: bytes) -> Record:
        kind = data[0]
        record = Record(role, side.at, side.at + len(data), kind, CONTENT_TYPES[kind])
        if side.damaged:
            record.notes = (f"{side.damaged:,} bytes were not captured",)
            record.complete = False
            side.damaged = 0
            side.number += side.protected or kind == APPLICATION_DATA
            side.handshakes.reset()
            return record
        thirteen = self.session.version == TLS13
        if kind == CHANGE_CIPHER_SPEC:
            if self.session.version not in (0, TLS13):
                side.protected, side.number, side.opener = True, 0, self.session.changed12(role)
        elif kind == APPLICATION_DATA or (side.protected and not thirteen):
            self._protected(role, side, record, data, thirteen)
        else:
            self._content(role, side, record, kind, data[HEADER:])
        return record

    def _protected(self, role: Role, side: _Side, record: Record, data: bytes, thirteen: bool) -> None:
        opened = self._open13(role, side, data) if thirteen or not side.protected else self._open12(side, data)
        if opened is None:
            if record.type == HANDSHAKE:
                record.title = "Encrypted Handshake Message"
            elif record.type == ALERT:
                record.title = "Encrypted Alert"
            if self.session.keyed:
                record.notes = ("it does not open with the session's keys",)
            return
        record.inner, plain = opened
        record.opener, record.number = side.opener, side.number - 1
        if record.inner == APPLICATION_DATA:
            record.plain = plain
        else:
            self._content(role, side, record, record.inner, plain)

    def _open12(self, side: _Side, data: bytes) -> tuple[int, bytes] | None:
        number, side.number = side.number, side.number + 1
        if side.opener is None:
            return None
        for ahead in range(TRIES if side.unsure else 1):
            opened = side.opener.open(data, number + ahead)
            if opened is not None:
                side.number, side.unsure = number + ahead + 1, False
                return opened
        return None

    def _open13(self, role: Role, side: _Side, data: bytes) -> tuple[int, bytes] | None:
        session = self.session
        if not session.keyed:
            return None
        epoch = session.epochs[role]
        if epoch != side.epoch:
            side.epoch, side.number, side.opener = epoch, 0, session.opener13(role, epoch)
        elif side.opener is None:
            side.opener = session.opener13(role, epoch)
        if side.opener is not None:
            opened = self._open12(side, data)
            if opened is not None:
                return opened
            side.number -= 1
        for later in range(epoch + 1, epoch + 1 + EPOCHS_AHEAD):
            opener = session.opener13(role, later)
            for number in range(TRIES if side.unsure else 1):
                opened = None if opener is None else opener.open(data, number)
                if opened is not None:
                    session.epochs[role] = side.epoch = later
                    side.opener, side.number, side.unsure = opener, number + 1, False
                    return opened
        side.number += side.opener is not None
        return None

    def _content(self, role: Role, side: _Side, record: Record, kind: int, content: bytes) -> None:
        """Name what an open record carries."""
        if kind == HANDSHAKE:
            self._handshake(role, side, record, content)
        elif kind == ALERT and len(content) == 2:
            record.title = f"Alert: {ALERTS.get(content[1], content[1])}"
            record.facts = {"alert": content[1]}
        elif kind == ALERT:
            record.title = "Encrypted Alert"
        elif kind != record.type:
            record.title = CONTENT_TYPES[kind]

    def _handshake(self, role: Role, side: _Side, record: Record, content: bytes) -> None:
        begun, ended, record.continues = side.handshakes.read(content)
        if any(kind not in HANDSHAKES for kind in begun):  # the capture begins behind the change to ciphers
            side.handshakes.reset()
            record.title = "Encrypted Handshake Message"
            return
        names = [HANDSHAKES[kind][0] for kind in begun[:MOST_NAMES]]
        for kind, body in ended:
            self.session.told(role, kind, body)
            if kind == SERVER_HELLO and body[2:34] == HELLO_RETRY:
                names = ["Hello Retry Request" if name == "Server Hello" else name for name in names]
        record.title = ", ".join(names) or "Handshake, continued"
        if begun:
            facts: dict[str, Fact] = {"handshake": ",".join(map(str, begun))}
            session = self.session
            if CLIENT_HELLO in begun and session.server_name:
                facts["server_name"] = session.server_name
                record.title += f" for {session.server_name}"
            if SERVER_HELLO in begun and session.version:
                facts["version"] = VERSIONS.get(session.version, f"0x{session.version:04x}")
                facts["cipher"] = NAMES.get(session.suite, f"0x{session.suite:04x}")
            if session.alpn:
                facts["alpn"] = session.alpn
            record.facts = facts
