"""MAIL and RCPT with their parameters, to and from the envelope (RFC 5321 §4.1.1.2, §4.1.1.3, §4.1.1.11).

The parameters: SIZE (RFC 1870), BODY (RFC 6152, RFC 3030), SMTPUTF8 (RFC 6531), RET, ENVID, NOTIFY and ORCPT (RFC
3461, RFC 6533), AUTH (RFC 4954 §5) and REQUIRETLS (RFC 8689). One that is not known, or not offered, is refused by
555; one that is said twice, or has no such value, by 501. ``MAIL FROM: <a@b>`` with a space is tolerated.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from portside.errors import LocalError
from portside.mail.envelope import Body, Envelope, Notify, Recipient, Return
from portside.protocols.smtp.messages import Command
from portside.protocols.smtp.syntax.addresses import (
    check_utf8,
    parse_forward_path,
    parse_mailbox,
    parse_reverse_path,
    serialise_path,
)
from portside.protocols.smtp.syntax.codes import BAD_ARGUMENT, BAD_PARAMETER, Refusal

MAIL_PARAMETERS = frozenset({"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH", "REQUIRETLS"})
RCPT_PARAMETERS = frozenset({"NOTIFY", "ORCPT"})
LONGEST_ENVID = 100
"""Characters of an envelope's id as it is said (RFC 3461 §4.4)."""
LONGEST_ORCPT = 500
"""Characters of an original recipient as it is said (RFC 3461 §4.2)."""
MOST_PARAMETERS = 16
"""Parameters of one command: more than there are."""

_FROM = re.compile(r"FROM:[ \t]*", re.IGNORECASE)
_TO = re.compile(r"TO:[ \t]*", re.IGNORECASE)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\x80-\U0010ffff]+))?")
_SIZE = re.compile(r"[0-9]{1,20}")
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_HEX = re.compile(r"\+([0-9A-F]{2})")
_UTF8_TEXT = re.compile(r"(?:[!-*,-<>-\[\]-~\x80-\U0010ffff]|\\x\{[0-9A-Fa-f]{1,6}\})*")
_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
_PRINTABLE = re.compile(r"[ -~]*")


Reader = Callable[[str], Any]
"""Reads the value of a parameter, "" where it has none. Raises ``Refusal`` (501)."""


# ------------------------------------------------------------------------------------------ MAIL and RCPT


def parse_mail(argument: str, known: Container[str] = MAIL_PARAMETERS) -> Envelope:
    """The envelope that ``MAIL argument`` begins; ``known`` are the parameters that were offered.

    Raises ``Refusal`` (501, 553, 555).
    """
    begin = _FROM.match(argument)
    if begin is None:
        raise Refusal("MAIL is written MAIL FROM:<address>.", BAD_ARGUMENT, "5.5.4")
    sender, rest = parse_reverse_path(argument[begin.end() :], utf8=True)
    said = _parameters(rest, known, _MAIL) if rest else {}
    utf8 = "SMTPUTF8" in said
    check_utf8(sender, utf8=utf8)
    return Envelope(
        sender,
        body=said.get("BODY", Body.SEVEN_BIT),
        utf8=utf8,
        require_tls="REQUIRETLS" in said,
        size=said.get("SIZE"),
        ret=said.get("RET"),
        envid=said.get("ENVID", ""),
        auth=said.get("AUTH"),
    )


def parse_rcpt(argument: str, known: Container[str] = RCPT_PARAMETERS, *, utf8: bool = False) -> Recipient:
    """The recipient that ``RCPT argument`` names; ``utf8``: MAIL has said SMTPUTF8.

    ``known``, errors: as for ``parse_mail``.
    """
    begin = _TO.match(argument)
    if begin is None:
        raise Refusal("RCPT is written RCPT TO:<address>.", BAD_ARGUMENT, "5.5.4")
    address, rest = parse_forward_path(argument[begin.end() :], utf8=True)
    check_utf8(address, utf8=utf8)
    said = _parameters(rest, known, _RCPT) if rest else {}
    original = said.get("ORCPT", "")
    check_utf8(original, utf8=utf8 or original[:6].lower() == "utf-8;")
    return Recipient(address, said.get("NOTIFY"), original)


def serialise_mail(envelope: Envelope, offered: Container[str] = frozenset()) -> Command:
    """The command that begins ``envelope``; of its parameters it says those that are ``offered``.

    Whether a message may go without one is the caller's to decide. Raises ``LocalError`` for what can't be said.
    """
    words = [f"FROM:{serialise_path(envelope.sender)}"]
    words += [word for keyword, word in _mail_words(envelope) if keyword in offered]
    return Command("MAIL", " ".join(words))


def serialise_rcpt(recipient: Recipient, offered: Container[str] = frozenset(), *, utf8: bool = False) -> Command:
    """The command that names ``recipient``. ``utf8``: MAIL has said SMTPUTF8. Otherwise as ``serialise_mail``."""
    words = [f"TO:{serialise_path(recipient.address)}"]
    if recipient.notify and "NOTIFY" in offered:
        words.append("NOTIFY=" + serialise_notify(recipient.notify))
    if recipient.original and "ORCPT" in offered:
        words.append("ORCPT=" + serialise_original(recipient.original, utf8=utf8))
    return Command("RCPT", " ".join(words))


def _mail_words(envelope: Envelope) -> Iterator[tuple[str, str]]:
    """Every parameter that ``envelope`` asks for, by its keyword."""
    if envelope.size is not None:
        yield "SIZE", f"SIZE={envelope.size}"
    if envelope.body is not Body.SEVEN_BIT:
        yield "BODY", f"BODY={envelope.body.value}"
    if envelope.utf8:
        yield "SMTPUTF8", "SMTPUTF8"
    if envelope.require_tls:
        yield "REQUIRETLS", "REQUIRETLS"
    if envelope.ret is not None:
        yield "RET", f"RET={envelope.ret.value}"
    if envelope.envid:
        yield "ENVID", f"ENVID={_bounded(serialise_xtext(envelope.envid), LONGEST_ENVID)}"
    if envelope.auth is not None:
        yield "AUTH", f"AUTH={serialise_xtext(envelope.auth or '<>')}"


# ---------------------------------------------------------------------------------------------- parameters


def _parameters(text: str, known: Container[str], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The parameters in ``text``, each read."""
    words = text.split()
    if len(words) > MOST_PARAMETERS:
        raise Refusal("So many parameters no command has.", BAD_ARGUMENT, "5.5.4")
    said: dict[str, Any] = {}
    for word in words:
        found = _PARAMETER.fullmatch(word)
        if found is None:
            raise Refusal("A parameter is written KEYWORD=value.", BAD_ARGUMENT, "5.5.4")
        keyword = found[1].upper()
        if keyword not in readers or keyword not in known:
            raise Refusal(f"The parameter {keyword[:40]} is not known here.", BAD_PARAMETER, "5.5.4")
        if keyword in said:
            raise Refusal(f"{keyword} is said twice.", BAD_ARGUMENT, "5.5.4")
        said[keyword] = readers[keyword](found[2] or "")
    return said


def _wrong(text: str) -> Refusal:
    return Refusal(text, BAD_ARGUMENT, "5.5.4")


def _flag(value: str) -> bool:
    if value:
        raise _wrong("That parameter has no value.")
    return True


def _size(value: str) -> int:
    if not _SIZE.fullmatch(value):
        raise _wrong("SIZE is a number of octets.")
    return int(value)


def _body(value: str) -> Body:
    try:
        return Body(value.upper())
    except ValueError:
        raise _wrong("BODY is 7BIT, 8BITMIME or BINARYMIME.") from None


def _ret(value: str) -> Return:
    try:
        return Return(value.upper())
    except ValueError:
        raise _wrong("RET is FULL or HDRS.") from None


def _envid(value: str) -> str:
    if not 0 < len(value) <= LONGEST_ENVID:
        raise _wrong(f"ENVID has 1 to {LONGEST_ENVID} characters.")
    return parse_xtext(value)


def _auth(value: str) -> str:
    address = parse_xtext(value)
    return "" if address == "<>" else parse_mailbox(address, enhanced="5.5.4")


def parse_notify(value: str) -> frozenset[Notify]:
    """NEVER, or others with commas between (RFC 3461 §4.1). Raises ``Refusal`` (501)."""
    try:
        asked = frozenset(Notify(word) for word in value.upper().split(","))
    except ValueError:
        raise _wrong("NOTIFY is NEVER, or some of SUCCESS, FAILURE and DELAY.") from None
    if Notify.NEVER in asked and len(asked) > 1:
        raise _wrong("NOTIFY=NEVER stands alone.")
    return asked


def serialise_notify(asked: frozenset[Notify]) -> str:
    """In the order of RFC 3461. Raises ``LocalError`` for NEVER beside another."""
    if Notify.NEVER in asked and len(asked) > 1:
        raise LocalError("NEVER is asked for together with something else")
    return ",".join(one.value for one in Notify if one in asked)


def parse_original(value: str) -> str:
    """ORCPT's value, ``type;address``, decoded (RFC 3461 §4.2, RFC 6533 §3). Raises ``Refusal`` (501)."""
    kind, divided, address = value.partition(";")
    if not divided or not address or not _TYPE.fullmatch(kind) or len(value) > LONGEST_ORCPT:
        raise _wrong("ORCPT is written type;address.")
    decoded = parse_utf8_text(address) if kind.lower() == "utf-8" else parse_xtext(address)
    return f"{kind};{decoded}"


def serialise_original(original: str, *, utf8: bool) -> str:
    """``type;address`` as ORCPT says it; ``utf8``: what is beyond ASCII may stand as it is."""
    kind, _, address = original.partition(";")
    if not _TYPE.fullmatch(kind) or not address:
        raise LocalError(f"{original!a} is no original recipient: type;address")
    encoded = serialise_utf8_text(address, utf8=utf8) if kind.lower() == "utf-8" else serialise_xtext(address)
    return _bounded(f"{kind};{encoded}", LONGEST_ORCPT)


def _bounded(text: str, most: int) -> str:
    if len(text) > most:
        raise LocalError(f"{text[:40]!a}... is longer than {most} characters: no server takes that")
    return text


# --------------------------------------------------------------------------------------------------- xtext


def parse_xtext(text: str) -> str:
    """``text`` without its ``+2B`` (RFC 3461 §4). Raises ``Refusal`` (501), and for what is not printable then."""
    if not _XTEXT.fullmatch(text):
        raise _wrong("That is no xtext: a sign beyond it is written +2B.")
    plain = _HEX.sub(lambda found: chr(int(found[1], 16)), text)
    if not _PRINTABLE.fullmatch(plain):
        raise _wrong("What is said in xtext has to be printable.")
    return plain


def serialise_xtext(text: str) -> str:
    """``text`` as xtext. Raises ``LocalError`` for what is not printable ASCII."""
    if not _PRINTABLE.fullmatch(text):
        raise LocalError(f"{text!a} can't be said in xtext: only printable ASCII can")
    return "".join(sign if sign > " " and sign not in "+=" else f"+{ord(sign):02X}" for sign in text)


def parse_utf8_text(text: str) -> str:
    r"""``text`` without its ``\x{20AC}`` (RFC 6533 §3). Raises ``Refusal`` (501)."""
    if not _UTF8_TEXT.fullmatch(text):
        raise _wrong("That is no address of the type utf-8.")
    plain = _POINT.sub(_sign, text)
    if not plain.isprintable():  # a surrogate is not
        raise _wrong("What is said of an address has to be printable.")
    return plain


def _sign(found: re.Match[str]) -> str:
    point = int(found[1], 16)
    return chr(point) if point <= sys.maxunicode else "\0"


def serialise_utf8_text(text: str, *, utf8: bool) -> str:
    """``text`` as an address of the type utf-8, in UTF-8 or in ASCII. Raises ``LocalError`` for what is no text."""
    if not text.isprintable():
        raise LocalError(f"{text!a} is no address")
    return "".join(sign if _stands(sign, utf8=utf8) else f"\\x{{{ord(sign):X}}}" for sign in text)


def _stands(sign: str, *, utf8: bool) -> bool:
    return "!" <= sign <= "~" and sign not in "+=\\" if sign.isascii() else utf8


_MAIL: Mapping[str, Reader] = {
    "SIZE": _size,
    "BODY": _body,
    "SMTPUTF8": _flag,
    "RET": _ret,
    "ENVID": _envid,
    "AUTH": _auth,
    "REQUIRETLS": _flag,
}
_RCPT: Mapping[str, Reader] = {"NOTIFY": parse_notify, "ORCPT": parse_original}
