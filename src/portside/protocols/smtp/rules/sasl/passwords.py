"""PLAIN (RFC 4616) and LOGIN (never standardised, and in wide use): the password itself is said."""

from __future__ import annotations

from portside.protocols.smtp.rules.sasl.exchanges import Challenge, Claim, Exchange, Malformed, Step, text_of


class Plain(Exchange):
    """``[authzid] NUL authcid NUL passwd``. Nobody acts for anybody else here: an authzid has to be the same name."""

    def respond(self, data: bytes) -> Step:
        parts = [text_of(part) for part in data.split(b"\0")]
        if len(parts) != 3 or None in parts:
            return Malformed()
        other, user, password = (part or "" for part in parts)
        if not user or not password or other not in ("", user):
            return Malformed()
        return Claim(user, password)


class Login(Exchange):
    """Two questions, whose words no client reads; the name may come with the command."""

    def __init__(self) -> None:
        self._user: str | None = None

    def begin(self, initial: bytes | None) -> Step:
        return Challenge(b"Username:") if initial is None else self.respond(initial)

    def respond(self, data: bytes) -> Step:
        text = text_of(data)
        if not text:
            return Malformed()
        if self._user is None:
            self._user = text
            return Challenge(b"Password:")
        return Claim(self._user, text)
