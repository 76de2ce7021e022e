"""The envelope of one message on its way in: who sends it, and to whom (RFC 5321 §3.3)."""

from __future__ import annotations

from portside.mail.envelope import Body, Envelope, Recipient
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.relaying import check_recipient
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.parameters import MAIL_PARAMETERS, parse_mail, parse_rcpt

IN_THE_CLEAR = MAIL_PARAMETERS - {"REQUIRETLS"}
"""What MAIL may say without TLS (RFC 8689 §4.1)."""


class Addressing:
    """The envelope as far as it is known; ``mail`` is what MAIL has said, None before it."""

    __slots__ = ("_limits", "_policy", "_shared", "mail", "recipients")

    def __init__(self, policy: Policy, limits: ServerLimits, shared: Shared) -> None:
        self._policy = policy
        self._limits = limits
        self._shared = shared
        self.mail: Envelope | None = None
        self.recipients: list[Recipient] = []

    def forget(self) -> None:
        """Nothing was said of a message."""
        self.mail = None
        self.recipients = []

    @property
    def envelope(self) -> Envelope:
        """What was said so far."""
        mail = self.mail
        assert mail is not None, "MAIL comes first"
        return Envelope(
            mail.sender, tuple(self.recipients), mail.body, mail.utf8, mail.require_tls, mail.size, mail.ret,
            mail.envid, mail.auth,
        )  # fmt: skip

    @property
    def utf8(self) -> bool:
        """Whether SMTPUTF8 was said."""
        return self.mail is not None and self.mail.utf8

    @property
    def binary(self) -> bool:
        """Whether the content has no lines (BINARYMIME)."""
        return self.mail is not None and self.mail.body is Body.BINARY

    # ---------------------------------------------------------------------------------------------- MAIL

    def read_mail(self, line: bytes, argument: str, *, secure: bool) -> Envelope:
        """What MAIL says, if it may be said. Raises ``Refusal`` (501, 552, 553, 555)."""
        memory = self._shared.senders[secure]
        mail = memory.known.get(line)
        if mail is None:
            mail = parse_mail(argument, MAIL_PARAMETERS if secure else IN_THE_CLEAR)
            memory.keep(line, mail)
        if mail.size is not None and mail.size > self._limits.largest:
            raise Refusal(f"A message has {self._limits.largest:,} octets here at most.", 552, "5.3.4")
        return mail

    def check_rate(self, host: str, now: float) -> None:
        """Raises ``Refusal`` (450) for an address that has sent enough for now."""
        if not self._shared.messages.allows(host, now):
            raise Refusal("Too many messages from your address; try again later.", 450, "4.7.1")

    # ---------------------------------------------------------------------------------------------- RCPT

    def read_rcpt(self, line: bytes, argument: str) -> Recipient:
        """The recipient that RCPT names. Raises ``Refusal`` (501, 553, 555)."""
        if self.utf8:
            return parse_rcpt(argument, utf8=True)
        memory = self._shared.readers
        recipient = memory.known.get(line)
        if recipient is None:
            recipient = parse_rcpt(argument)
            memory.keep(line, recipient)
        return recipient

    def check_recipient(self, recipient: Recipient, user: str, host: str, now: float) -> None:
        """Raises ``Refusal``: 452 for one too many, 550 for one that is not taken, 450 where it is too fast."""
        if len(self.recipients) >= self._limits.recipients:
            raise Refusal("Too many recipients for one message; send it to the others by itself.", 452, "4.5.3")
        check_recipient(recipient, self._policy, user)
        if not self._shared.recipients.allows(host, now):
            raise Refusal("Too many recipients from your address; try again later.", 450, "4.7.1")

    # ------------------------------------------------------------------------------------------- content

    def check_data(self) -> None:
        """Raises ``Refusal`` (503) where the content can only come in chunks (RFC 3030 §3)."""
        if self.binary:
            raise Refusal("BINARYMIME comes by BDAT.", 503, "5.5.1")


def protocol_name(*, lmtp: bool, extended: bool, utf8: bool, secure: bool, user: str) -> str:
    """What ``Received`` calls the way that a message took (RFC 3848, RFC 6531 §4.3)."""
    if not extended:
        return "SMTP"
    name = ("UTF8" if utf8 else "") + ("LMTP" if lmtp else "SMTP" if utf8 else "ESMTP")
    return name + ("S" if secure else "") + ("A" if user else "")
