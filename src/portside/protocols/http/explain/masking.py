"""Hiding credentials in HTTP as it passes: equal length, any split, nothing held back.

What has to be hidden stands in lines: fields that carry a login, cookies, tokens in a request's target. A line's name
comes before its value, so by the time that a secret begins it is known to be one, even where the line comes byte by
byte. Bodies are left alone, but for forms; so the framing is followed. Where it is lost, lines are lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from portside.interfaces import Role
from portside.protocols.http.explain.direction import Kind, State
from portside.protocols.http.explain.framing import Framing
from portside.syntax.recall import Recall

HIDDEN = b"*"
LONGEST_LINE = 16 * 1024
"""Bytes of an unfinished line that are looked at again with each further byte; beyond them, all of it is hidden."""

LONGEST_REMEMBERED = 4096
"""Bytes of a message that is known again when it comes again."""
MOST_REMEMBERED = 1024
_BODILESS = (b"HEAD", b"CONNECT")
"""Requests whose answers are framed in another way than their heads say (RFC 9112 §6.3)."""
_harmless_messages: dict[Role, Recall[bytes, bytes]] = {role: Recall(MOST_REMEMBERED) for role in Role}
"""Whole messages without secrets, and a request's method: programs say the same ones again and again."""

_LOGINS = rb"(?:proxy-)?authorization"
_COOKIES = rb"(?:set-)?cookie2?"
_KEYS = (
    rb"x-api-key|api-key|apikey|x-auth-token|x-auth-key|x-access-token|x-csrf-token|x-xsrf-token|x-amz-security-token|"
    rb"x-goog-api-key|x-vault-token|x-gitlab-token|private-token|ocp-apim-subscription-key|x-functions-key"
)
_PARAMETERS = (
    rb"access_token|refresh_token|id_token|token|api_key|apikey|client_secret|client_assertion|code_verifier|password|"
    rb"passwd|pwd|secret|x-amz-signature|x-amz-security-token|x-amz-credential"
)
"""Parameters of a query or of a form (RFC 6750 §2.2, §2.3)."""
SCHEMES = (
    b"basic", b"bearer", b"digest", b"negotiate", b"ntlm", b"token", b"apikey", b"aws4-hmac-sha256", b"hoba", b"mutual",
    b"scram-sha-1", b"scram-sha-256", b"vapid", b"gnap", b"dpop", b"hawk", b"oauth", b"concealed", b"privatetoken",
)  # fmt: skip
"""Ways to log in, whose names stay readable (IANA's registry, and what is used besides)."""

_LOGIN = re.compile(rb"(?:%b)[ \t]*:[ \t]*" % _LOGINS, re.IGNORECASE)
_COOKIE = re.compile(rb"(?:%b)[ \t]*:[ \t]*" % _COOKIES, re.IGNORECASE)
_KEY = re.compile(rb"(?:%b)[ \t]*:[ \t]*" % _KEYS, re.IGNORECASE)
_PARAMETER = re.compile(rb"(?<=[?&;])(?:%b)=([^&;# \t\r\n]+)" % _PARAMETERS, re.IGNORECASE)
_FORM_PARAMETER = re.compile(rb"[ \t\r\n]*(?:%b)=([^&]+)" % _PARAMETERS, re.IGNORECASE)
_SUSPECT = re.compile(rb"\n(?:%b|%b|%b)[ \t]*:|[?&;](?:%b)=" % (_LOGINS, _COOKIES, _KEYS, _PARAMETERS), re.IGNORECASE)
_FORM = re.compile(rb"\ncontent-type[ \t]*:[ \t]*application/x-www-form-urlencoded", re.IGNORECASE)


def hide_line(line: bytes) -> bytes:
    """A line of a head, whole or only begun, with its secrets hidden; what is shown of a part stays what it is."""
    stop = len(line.rstrip(b"\r\n"))
    found = _LOGIN.match(line)
    if found is not None:
        return _starred(line, found.end() + _scheme(line[found.end() : stop]), stop)
    found = _COOKIE.match(line)
    if found is not None:
        if line[:1] in b"sS":  # of Set-Cookie the attributes stay
            end = line.find(b";", found.end())
            stop = stop if end < 0 else end
        return _starred(line, found.end(), stop)
    found = _KEY.match(line)
    if found is not None:
        return _starred(line, found.end(), stop)
    return hide_target(line)


def hide_target(line: bytes) -> bytes:
    """A start line, or what else is no field, with the secrets of its query hidden."""
    return _PARAMETER.sub(_star_value, line) if b"=" in line else line


def _starred(line: bytes, start: int, stop: int) -> bytes:
    return line[:start] + HIDDEN * (stop - start) + line[stop:] if stop > start else line


def _star_value(found: re.Match[bytes]) -> bytes:
    whole, size = found[0], len(found[1])
    return whole[:-size] + HIDDEN * size


def _scheme(value: bytes) -> int:
    """How much of a login is its scheme, or could still become one."""
    lower = value.lower()
    longest = 0
    for scheme in SCHEMES:
        size = 0
        while size < len(scheme) and lower[size : size + 1] == scheme[size : size + 1]:
            size += 1
        if size == len(scheme) and lower[size : size + 1] in (b" ", b"\t"):
            return len(value) - len(value[size:].lstrip(b" \t"))
        longest = max(longest, size)
    return longest


def hide_parameter(part: bytes) -> bytes:
    """One parameter of a form, whole or only begun; a separator at its end stays."""
    if part.endswith(b"&"):
        return hide_parameter(part[:-1]) + b"&"
    found = _FORM_PARAMETER.match(part)
    return part if found is None else _starred(part, found.start(1), len(part))


class Parts:
    """A row of parts that end with ``separator``, each hidden by ``hide`` as far as it has come."""

    __slots__ = ("_begun", "_folding", "_hide", "_secret", "_separator")

    def __init__(self, separator: bytes, hide: Callable[[bytes], bytes], *, folding: bool = False) -> None:
        self._separator = separator
        self._hide = hide
        self._folding = folding
        self._begun = b""
        self._secret = False

    def reset(self) -> None:
        """What comes next begins a part."""
        self._begun = b""
        self._secret = False

    def take(self, data: bytes) -> bytes:
        """The next bytes, hidden."""
        shown = []
        start = 0
        while start < len(data):
            end = data.find(self._separator, start) + 1
            stop = end or len(data)
            shown.append(self._take(data[start:stop], bool(end)))
            start = stop
        return b"".join(shown)

    def _take(self, part: bytes, ends: bool) -> bytes:
        before = len(self._begun)
        begun = self._begun = self._begun + part
        if before > LONGEST_LINE:
            hidden = _starred(part, 0, len(part.rstrip(b"\r\n")))
            self._begun = begun[:before]
        elif self._folding and self._secret and begun[:1] in (b" ", b"\t"):  # RFC 9112 §5.2: the line above goes on
            hidden = _starred(begun, 0, len(begun.rstrip(b"\r\n")))[before:]
        else:
            whole = self._hide(begun)
            hidden = whole[before:]
            if ends:
                self._secret = self._folding and any(pattern.match(begun) for pattern in (_LOGIN, _COOKIE, _KEY))
        if ends:
            self._begun = b""
        return hidden


class HttpMask:
    """See ``portside.protocols.explaining.Mask``."""

    __slots__ = ("_at", "_forms", "_framing", "_in_form", "_lines")

    def __init__(self, asked: Sequence[bytes] = ()) -> None:
        """``asked``: methods of requests that were said before, and whose answers are to come."""
        self._framing = Framing(asked)
        self._at = dict.fromkeys(Role, 0)
        self._lines = {role: Parts(b"\n", hide_line, folding=True) for role in Role}
        self._forms = {role: Parts(b"&", hide_parameter) for role in Role}
        self._in_form = dict.fromkeys(Role, False)

    def hide(self, role: Role, data: bytes) -> bytes:
        """The next bytes of ``role``, as long as they were."""
        framing = self._framing
        direction = framing.direction(role)
        base = self._at[role]
        self._at[role] = base + len(data)
        idle = direction.idle
        asked = framing.asked()
        if idle:
            method = _harmless_messages[role].known.get(data)
            if method is not None and (role is Role.CLIENT or asked not in _BODILESS):
                framing.passed(role, len(data), method)
                return data
        if direction.state is State.SWITCHED:
            return data
        whole = direction.at == base and not self._in_form[role]
        pieces = framing.read(role, data)
        if whole and direction.at == base + len(data) and all(_harmless(piece, data, base) for piece in pieces):
            self._lines[role].reset()
            if idle and direction.idle and len(data) <= LONGEST_REMEMBERED:
                self._remember(role, data, asked, pieces)
            return data
        return self._by_pieces(role, data, base, pieces)

    @staticmethod
    def _remember(role: Role, data: bytes, asked: bytes, pieces: list[tuple[Kind, int, int, bytes]]) -> None:
        """``data`` is one or more whole messages; if one that hides nothing, it need not be looked at again."""
        heads = [head for kind, _, _, head in pieces if kind is Kind.HEAD]
        if len(heads) == 1 and pieces[0][0] is Kind.HEAD and pieces[-1][0] is Kind.END:
            if role is Role.CLIENT:
                _harmless_messages[role].keep(data, heads[0][: heads[0].find(b" ")])
            elif asked not in _BODILESS and heads[0][9:10] != b"1":
                _harmless_messages[role].keep(data, b"")

    def missed(self, role: Role, count: int) -> None:
        """``count`` bytes of ``role`` will never come."""
        self._framing.miss(role, count)
        self._at[role] += count
        self._lines[role].reset()
        self._forms[role].reset()

    def harmless(self, role: Role) -> int:
        """How many of the next bytes of ``role`` are shown as they are, whatever they are."""
        return 0 if self._in_form[role] else self._framing.direction(role).left

    def _by_pieces(self, role: Role, data: bytes, base: int, pieces: list[tuple[Kind, int, int, bytes]]) -> bytes:
        shown = []
        done = base
        for kind, start, stop, head in pieces:
            if stop > done:
                shown.append(self._piece(role, kind, data[max(start, done) - base : stop - base]))
                done = stop
            if kind is Kind.HEAD:
                self._in_form[role] = _FORM.search(head) is not None
                self._lines[role].reset()
                self._forms[role].reset()
            elif kind is Kind.END:
                self._in_form[role] = False
        rest = data[done - base :]
        if rest:
            switched = self._framing.direction(role).state is State.SWITCHED
            shown.append(rest if switched else self._lines[role].take(rest))
        hidden = b"".join(shown)
        return data if hidden == data else hidden

    def _piece(self, role: Role, kind: Kind, data: bytes) -> bytes:
        if kind is not Kind.BODY:
            return self._lines[role].take(data)
        self._lines[role].reset()
        return self._forms[role].take(data) if self._in_form[role] else data


def _harmless(piece: tuple[Kind, int, int, bytes], data: bytes, base: int) -> bool:
    """Whether nothing has to be hidden in a piece of ``data``, which begins at offset ``base``."""
    kind, start, stop, head = piece
    if kind is Kind.HEAD or kind is Kind.TRAILER:
        return _SUSPECT.search(head) is None and _FORM.search(head) is None
    if kind is Kind.BETWEEN:
        return data.find(b"=", start - base, stop - base) < 0  # a chunk's extension without a value
    return kind is Kind.BODY or kind is Kind.END


def holds_secret(line: bytes) -> bool:
    """Whether a line, or a target, is one that credentials stand in, be they hidden already or not."""
    return any(pattern.match(line) for pattern in (_LOGIN, _COOKIE, _KEY)) or _PARAMETER.search(line) is not None
