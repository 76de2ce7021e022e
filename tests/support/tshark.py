"""tshark as a judge of captures: what it finds in one, and what it finds wrong with it.

It reads the file alone: names are not resolved, the settings of the user's Wireshark are not there (the tests have a
home of their own), and every checksum is verified. ``spoken`` is what all connections over TCP begin with, "http" or
"tls"; within TLS there is HTTP. Datagrams are not looked into.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.commands import run
from tests.support.peers import need

CHECKED = (
    *("-o", "tcp.check_checksum:TRUE"),
    *("-o", "ip.check_checksum:TRUE"),
    *("-o", "udp.check_checksum:TRUE"),
)
NOTE, WARNING = 0x400000, 0x600000
"""Severities of what it remarks (epan/proto.h): below a note is mere talk ("connection established")."""
ORDERLY = ("This frame initiates the connection closing", "This frame undergoes the connection closing")
"""Notes about what every connection does."""
WAIT = 120.0
"""Seconds for one reading: a hundred megabytes take some on a busy machine."""

EVERY_PORT = "1-65535"
"""Ports are free ones, and some of them are registered for other protocols: what is spoken is always said."""
ENCODED = re.compile(r"Content-encoded entity body \(\w+\): ([0-9]+) bytes")

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
    found = rows(file, *JUDGED, *CHECKSUMS, spoken=spoken)
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
    for layers in layers_of(file, "http", "tcp http", spoken, options):
        tcp = layers["tcp"]
        for http in _several(layers.get("http")):
            found += _message(int(tcp["tcp.stream"]), http)
    return found


def _message(stream: int, http: dict[str, Any]) -> Iterator[HttpMessage]:
    known = dict(_flat(http))
    if "http.response.code" in known:
        what = known["http.response.code"]
    elif "http.request.method" in known:
        what = f"{known['http.request.method']} {known['http.request.uri']}"
    else:
        return
    body = bytes.fromhex(known.get("http.file_data_raw", [""])[0])
    encoded = [int(match[1]) for match in map(ENCODED.match, known) if match]
    size = encoded[0] if encoded else len(body)
    yield HttpMessage(stream, "http.response.code" in known, what, size, sha256(body).hexdigest())


def tls_records(file: Path) -> list[tuple[int, bool, str]]:
    """Each record of TLS: its connection's number, whether the server sent it, its type as on the wire."""
    found = []
    for layers in layers_of(file, "tls", "tcp tls", "tls"):
        tcp = layers["tcp"]
        for tls in _several(layers.get("tls")):
            for record in _several(tls.get("tls.record")):
                kind = record.get("tls.record.opaque_type", record.get("tls.record.content_type"))
                found.append((int(tcp["tcp.stream"]), tcp["tcp.srcport"], str(kind)))
    return found  # type: ignore[return-value]


def bodies(file: Path, folder: Path, *, spoken: str = "http") -> dict[str, str]:
    """The SHA-256 of every body that HTTP has carried, by the name under which it is put into ``folder``."""
    _output(file, spoken, "-q", "--export-objects", f"http,{folder}")
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def layers_of(
    file: Path, where: str, protocols: str, spoken: str, options: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """The layers of each packet that passes ``where``; of equal names within one there is a list."""
    told = _output(file, spoken, "-T", "json", "-x", "--no-duplicate-keys", "-Y", where, "-J", protocols, *options)
    for packet in json.loads(told):
        yield packet["_source"]["layers"]


def _flat(tree: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        yield name, value
        if isinstance(value, dict):
            yield from _flat(value)


def _several(found: Any) -> list[dict[str, Any]]:
    if isinstance(found, list):
        return [one for one in found if isinstance(one, dict)]
    return [found] if isinstance(found, dict) else []


def _output(file: Path, spoken: str, *arguments: str) -> bytes:
    kinds = (f"tcp.port=={EVERY_PORT},{spoken}", f"tls.port=={EVERY_PORT},http", f"udp.port=={EVERY_PORT},data")
    decoded = [word for kind in kinds for word in ("-d", kind)]
    ended = run(need("tshark"), "-n", "-r", file, *CHECKED, *decoded, *arguments, wait=WAIT)
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")
    return ended.stdout
