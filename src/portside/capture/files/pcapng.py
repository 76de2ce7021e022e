"""The blocks of a pcapng file as they are written (draft-ietf-opsawg-pcapng).

Every function returns one whole block: little-endian, padded to 32 bits, its length at both ends. Times are
nanoseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

import platform
from struct import Struct

SECTION_HEADER = 0x0A0D0D0A
INTERFACE = 1
SIMPLE_PACKET = 3
OLD_PACKET = 2
NAMES = 4
STATISTICS = 5
ENHANCED_PACKET = 6
SECRETS = 10
BYTE_ORDER = 0x1A2B3C4D
TLS_KEYS = 0x544C534B
"""What a Decryption Secrets Block holds: lines as in NSS's key log, "TLSK"."""

OPT_END, OPT_COMMENT = 0, 1
SHB_HARDWARE, SHB_OS, SHB_PROGRAM = 2, 3, 4
IF_NAME, IF_DESCRIPTION, IF_TSRESOL, IF_TSOFFSET = 2, 3, 9, 14
ISB_RECEIVED, ISB_DROPPED = 4, 5
NANOSECONDS = 9
"""The time unit of everything written here, as a power of ten."""
SNAP_LENGTH = 262_144
"""The longest packet that is written, as in other programs."""
LONGEST_OPTION = 65_000
"""Bytes of an option's value at most; its length has 16 bits."""

_head = Struct("<III")
_packet = Struct("<IIIIIII")
_word = Struct("<I")
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")


def _block(kind: int, body: bytes) -> bytes:
    total = _word.pack(len(body) + 12)
    return b"".join((_word.pack(kind), total, body, total))


def _option(code: int, value: bytes) -> bytes:
    value = value[:LONGEST_OPTION]
    return code.to_bytes(2, "little") + len(value).to_bytes(2, "little") + value + _PADDING[len(value) % 4]


def _options(*options: tuple[int, str | bytes]) -> bytes:
    """Those options that have a value, and the mark of their end."""
    written = [
        _option(code, value.encode("utf-8", "replace") if isinstance(value, str) else value)
        for code, value in options
        if value
    ]
    return b"".join([*written, _option(OPT_END, b"")]) if written else b""


def section_header(*, program: str = "", system: str = "", hardware: str = "", comment: str = "") -> bytes:
    """The beginning of a section: what wrote it, and where."""
    options = _options((OPT_COMMENT, comment), (SHB_HARDWARE, hardware), (SHB_OS, system), (SHB_PROGRAM, program))
    fixed = BYTE_ORDER.to_bytes(4, "little") + (1).to_bytes(2, "little") + (0).to_bytes(2, "little") + b"\xff" * 8
    return _block(SECTION_HEADER, fixed + options)


def section_of_ours(program: str) -> bytes:
    """The beginning of a section that ``program`` writes on this machine."""
    system = f"{platform.system()} {platform.release()}"
    return section_header(program=program, system=system, hardware=platform.machine())


def interface(link: int, *, name: str = "", description: str = "", comment: str = "") -> bytes:
    """One interface of link type ``link``; packets name it by its place among those of the section."""
    fixed = link.to_bytes(2, "little") + b"\0\0" + SNAP_LENGTH.to_bytes(4, "little")
    resolution = bytes([NANOSECONDS])
    return _block(
        INTERFACE,
        fixed
        + _options((OPT_COMMENT, comment), (IF_NAME, name), (IF_DESCRIPTION, description), (IF_TSRESOL, resolution)),
    )


def enhanced_packet(which: int, time: int, data: bytes, *, length: int | None = None, comment: str = "") -> bytes:
    """One packet of interface ``which``, of ``length`` bytes on the wire (None: all of them are here)."""
    size = len(data)
    wire = size if length is None else length
    if comment:
        options = _options((OPT_COMMENT, comment))
        fixed = _packet.pack(ENHANCED_PACKET, 0, which, time >> 32, time & 0xFFFFFFFF, size, wire)[8:]
        return _block(ENHANCED_PACKET, b"".join((fixed, data, _PADDING[size & 3], options)))
    total = 32 + (size + 3 & ~3)
    return b"".join(
        (
            _packet.pack(ENHANCED_PACKET, total, which, time >> 32, time & 0xFFFFFFFF, size, wire),
            data,
            _PADDING[size & 3],
            _word.pack(total),
        )
    )


def secrets(lines: bytes) -> bytes:
    """TLS keys, as lines of a key log; they have to come before the packets that they decrypt."""
    return _block(SECRETS, _head.pack(TLS_KEYS, len(lines), 0)[:8] + lines + _PADDING[len(lines) % 4])


def statistics(which: int, time: int, *, received: int, dropped: int) -> bytes:
    """How many packets interface ``which`` has seen and lost until ``time``."""
    fixed = _head.pack(which, time >> 32, time & 0xFFFFFFFF)
    counts = ((ISB_RECEIVED, received), (ISB_DROPPED, dropped))
    return _block(STATISTICS, fixed + _options(*((code, count.to_bytes(8, "little")) for code, count in counts)))
