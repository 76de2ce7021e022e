"""tshark as a judge of captures: what it finds in one, and what it finds wrong with it.

It reads the file alone: names are not resolved, the settings of the user's Wireshark are not there (the tests have a
home of their own). ``spoken`` is what all connections over TCP begin with, "http" or
"tls"; within TLS there is HTTP. Datagrams are not looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tests.support.commands import run
from tests.support.peers import need

CHECKED = (
    *("-o", "tcp.check_checksum:TRUE"),
    *("-o", "ip.check_checksum:TRUE"),
    *("-o", "udp.check_checksum:TRUE"),
)
"""Not for what the kernel passes over loopback, which has no checksums: nothing would be put together."""
NOTE, WARNING = 0x400000, 0x600000
"""Severities of what it remarks (epan/proto.h): below a note is mere talk ("connection established")."""
ORDERLY = ("This frame initiates the connection closing", "This frame undergoes the connection closing")
"""Notes about what every connection does."""
WAIT = 120.0
"""Seconds for one reading: a hundred megabytes take some on a busy machine."""

ANY_ORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")
"""For what the kernel captured: packets that two cores sent may have changed places."""
EVERY_PORT = "1-65535"
"""Ports are free ones, and some of them are registered for other protocols: what is spoken is always said."""
ENCODED = re.compile(r"Content-encoded entity body \(\w+\): ([0-9]+) bytes")

HANDSHAKE = "tls.handshake.type"

Row = tuple[str, ...]


class HttpMessage(NamedTuple):
    """One message: ``stream`` is the number of its connection from 0, ``what`` a method and target, or a status.

    ``size`` is that of its body as the coding left it, chunks taken off; ``digest`` that of what was encoded.
    """

    stream: int
    from_server: bool
    what: str
    size: int
    digest: str


class TlsRecord(NamedTuple):
    """One record: ``kind`` is its type on the wire, ``length`` that of its content; ``handshakes`` end in it."""

    stream: int
    from_server: bool
    kind: int
    length: int
    handshakes: tuple[int, ...]


Told = TypeVar("Told", HttpMessage, TlsRecord)


def by_direction(found: Iterable[Told]) -> list[Told]:
    """Each direction of each connection by itself: neither waits for the other one."""
    return sorted(found, key=lambda one: (one.stream, one.from_server))


def rows(file: Path, *fields: str, where: str = "", spoken: str = "http", options: Sequence[str] = ()) -> list[Row]:
    """The values of ``fields`` in each packet that passes the filter ``where``; several values stand with commas."""
    wanted = [word for field in fields for word in ("-e", field)]
    chosen = ["-Y", where] if where else []
    text = _output(file, spoken, "-T", "fields", "-E", "separator=/t", *wanted, *chosen, *options).decode()
    return [tuple(line.split("\t")) for line in text.splitlines()]


JUDGED = ("frame.number", "_ws.col.Info", "_ws.expert.severity", "_ws.expert.message", "tcp.analysis.flags")
CHECKSUMS = ("tcp.checksum.status", "udp.checksum.status", "ip.checksum.status", "ip.version")
RIGHT = {("1", "", "1", "4"), ("", "1", "1", "4"), ("1", "", "", "6"), ("", "1", "", "6")}
"""What is said of checksums where all are right; IPv6 has none of its own."""


def complaints(file: Path, *, spoken: str = "http") -> list[Row]:
    """Packets that it finds something wrong with: malformed, a bad checksum, sent twice, out of order, not seen.

    Each with its number, what it is, and what is wrong; of the remarks, all that are more than talk. Fails where the
    file is damaged, or holds no packet.
    """
    found = rows(file, *JUDGED, *CHECKSUMS, spoken=spoken, options=CHECKED)
    assert found, f"{file} holds no packet"
    return [row for row in found if row[4] or row[len(JUDGED) :] not in RIGHT or not _orderly(row)]


def _orderly(row: Row) -> bool:
    """Whether the only remarks beyond talk are those about an end in order."""
    severe = [int(severity) for severity in row[2].split(",") if severity]
    known = sum(row[3].count(note) for note in ORDERLY)
    return max(severe, default=0) < WARNING and sum(one >= NOTE for one in severe) == known


def http_messages(file: Path, *, spoken: str = "http", options: Sequence[str] = ()) -> list[HttpMessage]:
    """All messages of HTTP/1 in the order in which they were whole."""
    found: list[HttpMessage] = []
    for packet in _dissected(file, "http", "tcp http", spoken, options):
        stream = int(_shown(packet, "tcp.stream"))
        for http in packet.iterfind("proto[@name='http']"):
            found += _message(stream, http)
    return found


def _message(stream: int, http: Element) -> Iterator[HttpMessage]:
    status, method = _shown(http, "http.response.code"), _shown(http, "http.request.method")
    if not status and not method:
        return  # the rest of one whose head was not captured
    body = bytes.fromhex(_field(http, "http.file_data", "value"))
    encoded = [int(match[1]) for field in http.iter("field") if (match := ENCODED.match(field.get("show", "")))]
    size = encoded[0] if encoded else len(body)
    what = status or f"{method} {_shown(http, 'http.request.uri')}"
    yield HttpMessage(stream, bool(status), what, size, sha256(body).hexdigest())


def tls_records(file: Path, server: int, *, options: Sequence[str] = ()) -> list[TlsRecord]:
    """All records of TLS in the order in which they were whole; ``server`` is the port of all servers."""
    found = []
    for packet in _dissected(file, "tls", "tcp tls", "tls", options):
        stream, from_server = int(_shown(packet, "tcp.stream")), _shown(packet, "tcp.srcport") == str(server)
        for record in packet.iterfind("proto[@name='tls']/field[@name='tls.record']"):
            kind = _shown(record, "tls.record.opaque_type") or _shown(record, "tls.record.content_type")
            kinds = tuple(
                int(field.get("show", "")) for field in record.iter("field") if field.get("name") == HANDSHAKE
            )
            found.append(TlsRecord(stream, from_server, int(kind), int(_shown(record, "tls.record.length")), kinds))
    return found


def bodies(file: Path, folder: Path, *, spoken: str = "http") -> dict[str, str]:
    """The SHA-256 of every body that HTTP has carried, by the name under which it is put into ``folder``."""
    _output(file, spoken, "-q", "--export-objects", f"http,{folder}")
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def _dissected(file: Path, where: str, protocols: str, spoken: str, options: Sequence[str]) -> Iterator[Element]:
    """Each packet that passes ``where``, as XML; parsed in one go, since a body is one huge attribute."""
    told = _output(file, spoken, "-T", "pdml", "-Y", where, "-J", protocols, *options)
    return ElementTree.fromstring(told).iter("packet")


def _field(tree: Element, name: str, attribute: str) -> str:
    """What the first field of that name says; nothing where there is none."""
    return next((field.get(attribute, "") for field in tree.iter("field") if field.get("name") == name), "")


def _shown(tree: Element, name: str) -> str:
    return _field(tree, name, "show")


def _output(file: Path, spoken: str, *arguments: str) -> bytes:
    kinds = (f"tcp.port=={EVERY_PORT},{spoken}", f"tls.port=={EVERY_PORT},http", f"udp.port=={EVERY_PORT},data")
    decoded = [word for kind in kinds for word in ("-d", kind)]
    ended = run(need("tshark"), "-n", "-r", file, *ANY_ORDER, *decoded, *arguments, wait=WAIT)
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")
    return ended.stdout
