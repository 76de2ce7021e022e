"""Addresses and paths: who a message comes from and goes to (RFC 5321 §4.1.2, §4.1.3; RFC 6531 §3.3).

An address is text: ``local@domain``, its domain in lower case, its local part quoted only where it has to be, so that
two spellings of one mailbox are one. A path is an address in angle brackets; the route that may stand ahead of it is
read and dropped (RFC 5321 §3.6.1, appendix C). What is tolerated: ``_`` in a domain, since container networks give
such names.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from portside.errors import LocalError
from portside.protocols.smtp.syntax.codes import BAD_ARGUMENT, NOT_ALLOWED_NAME, Refusal

LONGEST_LOCAL = 64
"""Octets of a local part (RFC 5321 §4.5.3.1.1)."""
LONGEST_DOMAIN = 255
"""Octets of a domain (RFC 5321 §4.5.3.1.2)."""
LONGEST_PATH = 256
"""Octets of a path with its brackets (RFC 5321 §4.5.3.1.3)."""
LONGEST_LABEL = 63
"""Octets of one label of a domain (RFC 1035 §2.3.4)."""
POSTMASTER = "postmaster"
"""The one recipient that needs no domain (RFC 5321 §4.5.1)."""

BAD_SENDER, BAD_RECIPIENT, NEEDS_UTF8 = "5.1.7", "5.1.3", "5.6.7"

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"
_BEYOND = "\x80-\U0010ffff"
_DOT_STRING = re.compile(rf"[{_ATEXT}{_BEYOND}]+(?:\.[{_ATEXT}{_BEYOND}]+)*")
_QUOTED = re.compile(rf'"((?:[ !#-\[\]-~{_BEYOND}]|\\[ -~])*)"')
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_LABEL = re.compile(rf"[A-Za-z0-9_{_BEYOND}](?:[A-Za-z0-9_{_BEYOND}-]*[A-Za-z0-9_{_BEYOND}])?")
_PLAIN = re.compile(rf"<([{_ATEXT}]{{1,64}})@([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)>")
"""A path as nearly all of them are: one atom, and a domain in lower case."""
_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^"<>])*)>')
_ROUTE = re.compile(r"@([^@,:]*)(?:,@([^@,:]*))*:")
_LITERAL = re.compile(r"\[([^\[\]\\]*)\]")
_TAGGED = re.compile(r"(?P<tag>[A-Za-z0-9-]*[A-Za-z0-9]):(?P<content>[!-?A-Z^-~]+)")
_TWO_WAYS = "\xdf\u1e9e\u03c2\u200c\u200d"
_SNUM = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}")


# ------------------------------------------------------------------------------------------------- paths


def parse_reverse_path(text: str, *, utf8: bool = False) -> tuple[str, str]:
    """The sender's address at the beginning of ``text`` ("" for ``<>``), and what follows its bracket.

    ``utf8``: SMTPUTF8 was said. Raises ``Refusal`` (501, 553).
    """
    if text.startswith("<>"):
        return "", _behind(text[2:], BAD_SENDER)
    return _path(text, BAD_SENDER, utf8=utf8)


def parse_forward_path(text: str, *, utf8: bool = False) -> tuple[str, str]:
    """The recipient's address at the beginning of ``text``, and what follows its bracket.

    ``<postmaster>`` has no domain (RFC 5321 §4.1.1.3). ``utf8``, errors: as for ``parse_reverse_path``.
    """
    if text[:12].lower() == "<postmaster>":
        return POSTMASTER, _behind(text[12:], BAD_RECIPIENT)
    return _path(text, BAD_RECIPIENT, utf8=utf8)


def _path(text: str, enhanced: str, *, utf8: bool) -> tuple[str, str]:
    plain = _PLAIN.match(text)
    if plain is not None and len(plain[2]) <= LONGEST_LABEL:  # so no label of it is longer
        return plain[0][1:-1], _behind(text[plain.end() :], enhanced)
    found = _PATH.match(text)
    if found is None:
        raise Refusal("An address stands in angle brackets: <user@domain>.", BAD_ARGUMENT, enhanced)
    if len(found[0].encode("utf-8", "surrogateescape")) > LONGEST_PATH:
        raise Refusal("Path too long.", BAD_ARGUMENT, enhanced)
    mailbox = _without_route(found[1], enhanced)
    return parse_mailbox(mailbox, utf8=utf8, enhanced=enhanced), _behind(text[found.end() :], enhanced)


def _behind(rest: str, enhanced: str) -> str:
    if rest and not rest.startswith((" ", "\t")):
        raise Refusal("A space stands between an address and what follows it.", BAD_ARGUMENT, enhanced)
    return rest


def _without_route(text: str, enhanced: str) -> str:
    """``text`` without ``@one,@two:``, which was to lead the message over those hosts."""
    if not text.startswith("@"):
        return text
    found = _ROUTE.match(text)
    hosts = found[0][1:-1].split(",@") if found is not None else []
    if found is None or not all(is_domain(host) for host in hosts):
        raise Refusal("That is no route ahead of an address.", BAD_ARGUMENT, enhanced)
    return text[found.end() :]


@lru_cache(maxsize=1024)
def serialise_path(address: str) -> str:
    """``address`` in angle brackets; "" is the null path, and ``postmaster`` needs no domain.

    Raises ``LocalError`` for what is no address: no line break and no second parameter comes from within one.
    """
    if address == "" or address.lower() == POSTMASTER:
        return f"<{address}>"
    try:
        path = f"<{parse_mailbox(address, utf8=True)}>"
    except Refusal as refused:
        raise LocalError(f"{address!a} is no address: {refused}") from refused
    if len(path.encode()) > LONGEST_PATH:
        raise LocalError(f"the address {address[:40]!a}... is longer than {LONGEST_PATH} octets")
    return path


# --------------------------------------------------------------------------------------------- addresses


def check_utf8(address: str, *, utf8: bool) -> None:
    """Raises ``Refusal`` (553) for an address beyond ASCII where SMTPUTF8 was not said (RFC 6531 §3.5)."""
    if not utf8 and not address.isascii():
        raise Refusal("An address beyond ASCII needs SMTPUTF8.", NOT_ALLOWED_NAME, NEEDS_UTF8)


def parse_mailbox(text: str, *, utf8: bool = False, enhanced: str = BAD_RECIPIENT) -> str:
    """The address ``text`` in its one spelling. Raises ``Refusal`` (501, 553) with ``enhanced``.

    ``utf8``: signs beyond ASCII may stand in it; where they may not, 5.6.7 says so (RFC 6531 §3.5).
    """
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise Refusal("An address is written user@domain.", BAD_ARGUMENT, enhanced)
    check_utf8(text, utf8=utf8)
    return f"{_local_part(local, enhanced)}@{_domain(domain, enhanced)}"


def _local_part(text: str, enhanced: str) -> str:
    _refuse_surrogates(text, enhanced)
    if len(text.encode()) > LONGEST_LOCAL:
        raise Refusal(f"A local part has {LONGEST_LOCAL} octets at most.", BAD_ARGUMENT, enhanced)
    if _DOT_STRING.fullmatch(text) and _is_visible(text):
        return unicodedata.normalize("NFC", text)
    found = _QUOTED.fullmatch(text)
    if found is None or not _is_visible(text):
        raise Refusal("That is no local part of an address.", BAD_ARGUMENT, enhanced)
    return quoted(unicodedata.normalize("NFC", _PAIR.sub(r"\1", found[1])))


def quoted(local: str) -> str:
    """The local part ``local`` as it stands in an address: in quotes only where it needs them."""
    if _DOT_STRING.fullmatch(local):
        return local
    return '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_visible(text: str) -> bool:
    """Whether what is beyond ASCII has a shape: no control, no space of another kind, no mark that turns text round."""
    return text.isascii() or all(sign == " " or unicodedata.category(sign)[0] not in "CZ" for sign in text)


def _refuse_surrogates(text: str, enhanced: str) -> None:
    if _has_surrogates(text):
        raise Refusal("That is no UTF-8.", BAD_ARGUMENT, enhanced)


def _has_surrogates(text: str) -> bool:
    """Whether it was no UTF-8 on the wire."""
    return not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text)


# ----------------------------------------------------------------------------------------------- domains


def _domain(text: str, enhanced: str) -> str:
    _refuse_surrogates(text, enhanced)
    if text.startswith("["):
        return parse_literal(text, enhanced)
    if not is_domain(text):
        raise Refusal("That is no domain.", BAD_ARGUMENT, enhanced)
    return unicodedata.normalize("NFC", text.lower())


def is_domain(text: str) -> bool:
    """Whether ``text`` is a domain's name, be it in ASCII or beyond; one label alone is one (``localhost``)."""
    if _has_surrogates(text) or len(text.encode()) > LONGEST_DOMAIN:
        return False
    labels = text.split(".")
    return all(_LABEL.fullmatch(label) and len(label.encode()) <= LONGEST_LABEL for label in labels) and _is_letters(
        text
    )


def _is_letters(text: str) -> bool:
    """Whether all that is beyond ASCII may stand in a name: letters, marks and digits (RFC 5892 §2)."""
    return text.isascii() or all(sign.isascii() or unicodedata.category(sign)[0] in "LMN" for sign in text)


def parse_literal(text: str, enhanced: str = BAD_RECIPIENT) -> str:
    """The address literal ``text`` (RFC 5321 §4.1.3) in its one spelling. Raises ``Refusal`` (501).

    ``[192.0.2.1]``, ``[IPv6:2001:db8::1]``, or a further kind with its tag.
    """
    found = _LITERAL.fullmatch(text)
    inside = found[1] if found is not None else ""
    try:
        if _SNUM.fullmatch(inside):
            return f"[{IPv4Address(inside)}]"
        tagged = _TAGGED.fullmatch(inside)
        if tagged is not None and tagged["tag"].lower() == "ipv6" and "%" not in inside:  # no zone of this machine
            return f"[IPv6:{IPv6Address(tagged['content']).compressed}]"
        if tagged is not None and tagged["tag"].lower() != "ipv6" and len(text) <= LONGEST_DOMAIN:
            return f"[{inside}]"
    except AddressValueError:
        pass  # said below
    raise Refusal("That is no address literal: [192.0.2.1] or [IPv6:2001:db8::1].", BAD_ARGUMENT, enhanced)


def literal_host(domain: str) -> str:
    """The numeric address that the literal ``domain`` names, "" where it is a name or names none."""
    if not domain.startswith("["):
        return ""
    inside = domain[1:-1]
    tag, _, content = inside.partition(":")
    if tag.lower() == "ipv6":
        return content
    return inside if _SNUM.fullmatch(inside) else ""


def ascii_domain(domain: str) -> str:
    """``domain`` with A-labels (``xn--``) in place of what is beyond ASCII (RFC 5890 §2.3.2.1).

    Raises ``LocalError`` where no such name is possible, and where two versions of the rules make two names of it
    (``ß`` and ``ss``, RFC 5894 §7.2): mail must not go to a stranger.
    """
    if domain.isascii():
        return domain.lower()
    if any(sign in _TWO_WAYS for sign in domain):
        raise LocalError(f"{domain!a} can be written in two ways as a name of the DNS: say which, with xn--")
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise LocalError(f"{domain!a} can't be written as a name of the DNS: {error}") from error


def ascii_address(address: str) -> str | None:
    """``address`` for a server without SMTPUTF8: its domain in A-labels; None where that can't be.

    A local part beyond ASCII can't be said in another way, and some domains neither (``ascii_domain``).
    """
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    if not local or not local.isascii():
        return None
    try:
        return f"{local}@{ascii_domain(domain)}"
    except LocalError:
        return None
