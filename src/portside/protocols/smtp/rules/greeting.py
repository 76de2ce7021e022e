"""What a server tells of itself: its greeting, and the extensions that it offers (RFC 5321 §4.1.1.1, §4.3.1)."""

from __future__ import annotations

from portside.interfaces import Send
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.answers import answer, reply_sent
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy, Tls
from portside.protocols.smtp.syntax.extensions import Extensions, serialise_extensions

ALWAYS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING", "BINARYMIME", "DSN")
"""Extensions that every connection has."""


def banner(policy: Policy) -> Send:
    """The first reply."""
    kind = "LMTP" if policy.lmtp else "ESMTP"
    return answer(220, "", f"{policy.name} {kind} {policy.banner}".rstrip())


def welcome(policy: Policy, limits: ServerLimits, mechanisms: tuple[str, ...], secure: bool) -> Send:
    """The reply to EHLO, or LHLO: who we are, and what is offered."""
    offered = extensions(policy, limits, mechanisms, secure=secure)
    return reply_sent(Reply(250, serialise_extensions(offered)))


def extensions(policy: Policy, limits: ServerLimits, mechanisms: tuple[str, ...], *, secure: bool) -> Extensions:
    """What is offered: ``mechanisms`` those of AUTH that may be used now, ``secure`` within TLS."""
    keywords = {"SIZE": str(limits.largest), **dict.fromkeys(ALWAYS, "")}
    if policy.tls in (Tls.OFFERED, Tls.REQUIRED) and not secure:
        keywords["STARTTLS"] = ""
    if secure:
        keywords["REQUIRETLS"] = ""
    if mechanisms:
        keywords["AUTH"] = " ".join(mechanisms)
    keywords["LIMITS"] = f"RCPTMAX={limits.recipients}"
    keywords["HELP"] = ""
    return Extensions(policy.name, keywords)
