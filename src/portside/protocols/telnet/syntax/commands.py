"""Commands as bytes, and data freed from them (RFC 854, RFC 855)."""

from __future__ import annotations

from portside.protocols.telnet.messages import Control, Party, Verb

IAC = b"\xff"
"""Interpret as command: what follows is none of the data. As data it is doubled."""
IAC_CODE, SB_CODE, SE_CODE = 255, 250, 240
_SB, _SE = b"\xff\xfa", b"\xff\xf0"
_CR, _NUL, _LF = 13, 0, 10


def escape(data: bytes) -> bytes:
    """``data`` with IAC doubled; the very object where there is none."""
    return data.replace(IAC, b"\xff\xff") if IAC in data else data


def serialise_control(kind: Control) -> bytes:
    """A control function; SYNCH as its data mark."""
    return bytes((IAC_CODE, kind))


def serialise_option(verb: Verb, option: int) -> bytes:
    """A request for an option, or the answer to one."""
    return bytes((IAC_CODE, verb, option))


def serialise_subnegotiation(option: int, payload: bytes) -> bytes:
    """What stands between SB and SE, with IAC doubled."""
    return _SB + bytes((option,)) + escape(payload) + _SE


def verb_for(party: Party, on: bool) -> Verb:
    """How our side says that an option of ``party`` is to be on or off.

    >>> verb_for(Party.US, True).name, verb_for(Party.THEM, False).name
    ('WILL', 'DONT')
    """
    if party is Party.US:
        return Verb.WILL if on else Verb.WONT
    return Verb.DO if on else Verb.DONT


# ----------------------------------------------------------------------------------- the virtual terminal's CR


def to_wire(data: bytes, *, binary: bool) -> bytes:
    """Data as it is sent: IAC doubled; unless ``binary``, a CR that has no LF behind it is followed by NUL."""
    data = escape(data)
    if binary or data.count(b"\r") == data.count(b"\r\n"):
        return data
    return data.replace(b"\r", b"\r\0").replace(b"\r\0\n", b"\r\n")


def from_wire(data: bytes, *, after_cr: bool) -> tuple[bytes, bool]:
    """Data (IAC single already) freed from the NUL behind a CR; ``after_cr``: what came before ended with one.

    Returns the data, and whether this ends with a CR.
    """
    if after_cr and data[:1] == b"\0":
        data = data[1:]
        return from_wire(data, after_cr=False)
    if b"\r" not in data:
        return data, after_cr and not data
    ends = data[-1] == _CR
    return data.replace(b"\r\0", b"\r"), ends
