"""Which bytes of a line are credentials: fields that carry a login, cookies, tokens in a target, userinfo in a URL.

Whether a byte is hidden is told by what stands before it in its line, so that a line may come in any parts. Two
things stay readable up to where they depart from what they could be: the name of a login's scheme, and of a
WebSocket's subprotocol. A third, userinfo (RFC 3986 §3.2.1), is known as such only by the "@" behind it: where it has
come, all of it is hidden; until then, what can no longer be a host and its port.
"""

from __future__ import annotations

import re

HIDDEN = b"*"
_LOGINS = rb"(?:proxy-)?authorization"
_COOKIES = rb"(?:set-)?cookie2?"
_KEYS = (
    rb"x-auth[-\w]*|x-api-key|api-key|apikey|x-access-token|x-csrf-token|x-xsrf-token|x-amz-security-token|"
    rb"x-goog-api-key|x-vault-token|x-gitlab-token|private-token|ocp-apim-subscription-key|x-functions-key|"
    rb"x-session-id|x-session-token|x-forwarded-access-token|(?:proxy-)?authentication-info"
)
_SUBPROTOCOLS = rb"sec-websocket-protocol"
_PARAMETERS = (
    rb"access_token|refresh_token|id_token|token|api_key|apikey|client_secret|client_assertion|code_verifier|password|"
    rb"passwd|pwd|secret|x-amz-signature|x-amz-security-token|x-amz-credential|x-goog-signature|x-goog-credential|"
    rb"signature|sig|code|key|auth|jwt|session_id|sessionid|session|sid|otp|pin"
)
"""Parameters of a query, a fragment or a form (RFC 6750 §2.2, §2.3; RFC 6749 §4.2.2)."""
SCHEMES = (
    b"basic", b"bearer", b"digest", b"negotiate", b"ntlm", b"token", b"apikey", b"aws4-hmac-sha256", b"hoba", b"mutual",
    b"scram-sha-1", b"scram-sha-256", b"vapid", b"gnap", b"dpop", b"hawk", b"oauth", b"concealed", b"privatetoken",
)  # fmt: skip
"""Ways to log in, whose names stay readable (IANA's registry, and what is used besides)."""
SUBPROTOCOLS = (
    b"chat", b"superchat", b"echo", b"json", b"xml", b"soap", b"mqtt", b"mqttv3.1", b"amqp", b"sip", b"xmpp", b"msrp",
    b"wamp", b"wamp.2.json", b"wamp.2.msgpack", b"v10.stomp", b"v11.stomp", b"v12.stomp", b"graphql-ws",
    b"graphql-transport-ws", b"ocpp1.2", b"ocpp1.5", b"ocpp1.6", b"ocpp2.0", b"ocpp2.0.1", b"binary", b"base64",
    b"base64.binary.k8s.io", b"channel.k8s.io", b"v4.channel.k8s.io", b"v5.channel.k8s.io", b"vite-hmr", b"vite-ping",
    b"actioncable-v1-json", b"actioncable-unsupported", b"tty", b"rfb", b"jsonrpc", b"janus-protocol",
)  # fmt: skip
"""What is spoken over WebSockets (IANA's registry, and what is used besides); programs send tokens in its place."""

_LOGIN = re.compile(rb"(?:%b)[ \t]*:[ \t]*" % _LOGINS, re.IGNORECASE)
_COOKIE = re.compile(rb"(?:%b)[ \t]*:[ \t]*" % _COOKIES, re.IGNORECASE)
_KEY = re.compile(rb"(?:%b)[ \t]*:[ \t]*" % _KEYS, re.IGNORECASE)
_SUBPROTOCOL = re.compile(rb"(?:%b)[ \t]*:[ \t]*" % _SUBPROTOCOLS, re.IGNORECASE)
_FIELDS = (_LOGIN, _COOKIE, _KEY, _SUBPROTOCOL)
_PARAMETER = re.compile(rb"(?<=[?&;#])(?:%b)=([^&;# \t\r\n]+)" % _PARAMETERS, re.IGNORECASE)
_FORM_PARAMETER = re.compile(rb"[ \t\r\n]*(?:%b)=([^&]+)" % _PARAMETERS, re.IGNORECASE)
_PART_NAME = re.compile(
    rb"content-disposition[ \t]*:.*;[ \t]*name[ \t]*=[ \t]*\"?(?:%b)\"?[ \t]*(?:[;\r\n]|\Z)" % _PARAMETERS,
    re.IGNORECASE,
)
_NO_AUTHORITY = rb"/?#\s\"'<>\\"
_HOST_AND_PORT = rb"(?:\[[0-9A-Fa-f:.]*\]?|[^:@\[%b]*)(?::\d{0,5})?" % _NO_AUTHORITY
_AUTHORITY = re.compile(rb"(?<=://)[^%b]+" % _NO_AUTHORITY)
_HOST = re.compile(_HOST_AND_PORT)
_SEPARATORS = b"?&;#"
_PLAIN = bytes.maketrans(_SEPARATORS, b"\n" * len(_SEPARATORS))
_SUSPECT = re.compile(
    rb"\n(?=[acijkoprstx])(?:(?:%b|%b|%b|%b)[ \t]*:|(?:%b)=)" % (_LOGINS, _COOKIES, _KEYS, _SUBPROTOCOLS, _PARAMETERS)
)
"""Of lines in lower case, every separator of which is made the end of a line: one look for one byte finds them all."""
_SUSPECT_AUTHORITY = re.compile(rb"://(?>%b)[^%b]" % (_HOST_AND_PORT, _NO_AUTHORITY))
_NO_LINE_END = re.compile(rb"[^\r\n]")
_NO_SPACE = re.compile(rb"[^\r\n \t]")


def suspect(lines: bytes) -> bool:
    """Whether ``lines``, the first of which is a start line, may hold something to hide; False: they don't."""
    if _SUSPECT.search(lines.lower().translate(_PLAIN)) is not None:
        return True
    return b"://" in lines and _SUSPECT_AUTHORITY.search(lines) is not None


def suspect_fields(lines: bytes) -> bool:
    """The same of lines of which the first one may be a field."""
    return suspect(b"\n" + lines)


def hide_line(line: bytes) -> bytes:
    """A line of a head, whole or only begun, with its secrets hidden; what is shown of a part stays what it is."""
    stop = len(line.rstrip(b"\r\n"))
    found = _LOGIN.match(line)
    if found is not None:
        return starred(line, found.end() + _scheme(line[found.end() : stop]), stop)
    found = _COOKIE.match(line)
    if found is not None:
        if line[:1] in b"sS":  # of Set-Cookie the attributes stay
            end = line.find(b";", found.end())
            stop = stop if end < 0 else end
        return starred(line, found.end(), stop)
    found = _KEY.match(line)
    if found is not None:
        return starred(line, found.end(), stop)
    found = _SUBPROTOCOL.match(line)
    if found is not None:
        return line[: found.end()] + _hide_subprotocols(line[found.end() :])
    return hide_target(line)


def hide_target(line: bytes) -> bytes:
    """A start line, or what else is no field, with the secrets of its query and its userinfo hidden."""
    if b"=" in line:
        line = _PARAMETER.sub(_star_value, line)
    return _AUTHORITY.sub(_star_userinfo, line) if b"://" in line else line


def starred(line: bytes, start: int, stop: int) -> bytes:
    """``line`` with its bytes from ``start`` to ``stop`` hidden, but for those that end lines."""
    if stop <= start:
        return line
    secret = line[start:stop]
    hidden = _NO_LINE_END.sub(HIDDEN, secret) if b"\r" in secret or b"\n" in secret else HIDDEN * len(secret)
    return line[:start] + hidden + line[stop:]


def _star_value(found: re.Match[bytes]) -> bytes:
    whole, size = found[0], len(found[1])
    return whole[:-size] + HIDDEN * size


def _star_userinfo(found: re.Match[bytes]) -> bytes:
    authority = found[0]
    at = authority.rfind(b"@")
    if at >= 0:
        return starred(authority, 0, at)
    host = _HOST.match(authority)
    return starred(authority, 0 if host is None else host.end(), len(authority))


def _hide_subprotocols(value: bytes) -> bytes:
    return b",".join(_hide_subprotocol(item) for item in value.split(b","))


def _hide_subprotocol(item: bytes) -> bytes:
    start = len(item) - len(item.lstrip(b" \t"))
    name = item[start:].lower()
    shown = start + max(_alike(name, known) for known in SUBPROTOCOLS)
    return item[:shown] + _NO_SPACE.sub(HIDDEN, item[shown:])


def _alike(one: bytes, other: bytes) -> int:
    size = 0
    while size < len(other) and one[size : size + 1] == other[size : size + 1]:
        size += 1
    return size


def _scheme(value: bytes) -> int:
    """How much of a login is its scheme, or could still become one."""
    lower = value.lower()
    longest = 0
    for scheme in SCHEMES:
        size = _alike(lower, scheme)
        if size == len(scheme) and lower[size : size + 1] in (b" ", b"\t"):
            return len(value) - len(value[size:].lstrip(b" \t"))
        longest = max(longest, size)
    return longest


def hide_parameter(part: bytes) -> bytes:
    """One parameter of a form, whole or only begun; a separator at its end stays."""
    if part.endswith(b"&"):
        return hide_parameter(part[:-1]) + b"&"
    found = _FORM_PARAMETER.match(part)
    return part if found is None else starred(part, found.start(1), len(part))


def names_secret(line: bytes) -> bool:
    """Whether a line in the head of a form's part gives it a credential's name (RFC 7578 §4.2)."""
    return _PART_NAME.match(line) is not None


def secret_field(line: bytes) -> bool:
    """Whether a line is a field whose whole value is a credential."""
    return any(pattern.match(line) for pattern in _FIELDS)


def holds_secret(line: bytes) -> bool:
    """Whether a line, or a target, is one that credentials stand in, be they hidden already or not."""
    if _SUBPROTOCOL.match(line) is not None:
        return hide_line(line) != line or HIDDEN in line
    return secret_field(line) or _PARAMETER.search(line) is not None or _userinfo(line)


def _userinfo(line: bytes) -> bool:
    return b"://" in line and any(b"@" in authority for authority in _AUTHORITY.findall(line))
