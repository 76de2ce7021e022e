"""What the codes of replies mean (RFC 5321 §4.2, RFC 3463), and the refusal that carries them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from portside.errors import RemoteError
from portside.protocols.smtp.messages import Reply

SYNTAX_ERROR = 500
BAD_ARGUMENT = 501
NOT_BUILT = 502
NOT_ALLOWED_NAME = 553
BAD_PARAMETER = 555


class Refusal(RemoteError):
    """The client broke the rules, or may not do this: ``reply`` is what it is answered.

    ``status`` is the reply code, ``enhanced`` the code of RFC 3463 that goes with it.
    """

    def __init__(self, text: str, status: int, enhanced: str) -> None:
        super().__init__(text, status)
        self.enhanced = enhanced

    @property
    def reply(self) -> Reply:
        """The reply in one line."""
        return Reply(self.status, (str(self),), self.enhanced)


FIRST_DIGIT: Mapping[int, str] = {
    2: "done",
    3: "go on: more is awaited",
    4: "not now: it may be tried again later",
    5: "no: the same again would fail again",
}
SECOND_DIGIT: Mapping[int, str] = {
    0: "syntax",
    1: "information",
    2: "connections",
    3: "login",
    5: "mail system",
}
MEANINGS: Mapping[int, str] = {
    211: "system status, or help",
    214: "help",
    220: "service ready, or ready for TLS",
    221: "service closing the connection",
    235: "logged in",
    250: "done",
    251: "user not local; the message is forwarded",
    252: "can't verify the user, but the message is accepted and tried",
    334: "the login goes on: a challenge",
    354: "the content may come; a line with a dot alone ends it",
    421: "service not available; closing the connection",
    432: "a new password is needed",
    450: "mailbox not available now (busy, or not yet wanted)",
    451: "error at the server",
    452: "not enough room, or too many recipients",
    454: "TLS, or the login, is not available now",
    455: "the server can't serve these parameters now",
    500: "syntax error, command not recognised",
    501: "syntax error in the argument",
    502: "command not implemented",
    503: "bad sequence of commands",
    504: "parameter not implemented",
    521: "this host takes no mail",
    523: "the message is larger than its limit",
    524: "the password has to be changed",
    525: "the account is disabled",
    530: "a login, or TLS, is needed first",
    534: "this mechanism is too weak",
    535: "user name or password wrong",
    538: "this mechanism needs TLS",
    550: "mailbox not available: unknown, or not allowed",
    551: "user not local: try the other address",
    552: "more than is allowed to be stored",
    553: "mailbox name not allowed",
    554: "transaction failed, or no service here",
    555: "parameters not recognised",
    556: "the domain takes no mail",
}

CLASSES: Mapping[str, str] = {"2": "success", "4": "passing failure", "5": "final failure"}
SUBJECTS: Mapping[str, str] = {
    "0": "in general",
    "1": "address",
    "2": "mailbox",
    "3": "mail system",
    "4": "network and routing",
    "5": "protocol",
    "6": "content",
    "7": "security and policy",
}
DETAILS: Mapping[str, str] = {
    "1.0": "something about an address",
    "1.1": "no such mailbox",
    "1.2": "no such system",
    "1.3": "the recipient's address is no address",
    "1.4": "the recipient's address is ambiguous",
    "1.5": "the recipient's address is right",
    "1.6": "the mailbox has moved, nobody knows where",
    "1.7": "the sender's address is no address",
    "1.8": "the sender's system does not exist",
    "1.9": "passed on to a system that may not understand all",
    "1.10": "the recipient's domain takes no mail (null MX)",
    "2.0": "something about the mailbox",
    "2.1": "the mailbox is disabled",
    "2.2": "the mailbox is full",
    "2.3": "the message is longer than the mailbox takes",
    "2.4": "the mailing list can't be expanded",
    "3.0": "something about the mail system",
    "3.1": "the mail system is full",
    "3.2": "the system takes no messages now",
    "3.3": "the system does not have what was asked for",
    "3.4": "the message is too big for the system",
    "3.5": "the system is not set up rightly",
    "3.6": "the priority was changed",
    "4.0": "something about the network",
    "4.1": "the host does not answer",
    "4.2": "the connection broke",
    "4.3": "the directory (DNS) could not say",
    "4.4": "no route",
    "4.5": "congestion",
    "4.6": "the message goes round in circles",
    "4.7": "it took too long",
    "5.0": "something about the protocol",
    "5.1": "a command that is not known, or not now",
    "5.2": "syntax error",
    "5.3": "too many recipients",
    "5.4": "an argument that is not valid",
    "5.5": "the wrong version of the protocol",
    "5.6": "the line of the login is too long",
    "6.0": "something about the content",
    "6.1": "this kind of content is not taken",
    "6.2": "it would have to be converted, and may not",
    "6.3": "it would have to be converted, and can't",
    "6.4": "it was converted, and something was lost",
    "6.5": "the conversion failed",
    "6.6": "the content is not to be had",
    "6.7": "addresses beyond ASCII are not taken here",
    "6.8": "a reply in UTF-8 would be needed",
    "6.9": "header fields in UTF-8 can't be passed on",
    "6.11": "the content breaks the rules for lines",
    "7.0": "something about security",
    "7.1": "not allowed to deliver this",
    "7.2": "not allowed to expand the list",
    "7.3": "it can't be converted from one security protocol to the other",
    "7.4": "the security feature is not there",
    "7.5": "cryptography failed",
    "7.6": "the algorithm is not there",
    "7.7": "the message was changed on its way",
    "7.8": "user name or password wrong",
    "7.9": "the mechanism is too weak",
    "7.10": "encryption is needed",
    "7.11": "this mechanism needs encryption",
    "7.12": "the password has to be set anew",
    "7.13": "the account is disabled",
    "7.14": "a relationship of trust is needed",
    "7.15": "the priority is too low",
    "7.16": "the message is too big for its priority",
    "7.17": "the mailbox has a new owner",
    "7.18": "the domain has a new owner",
    "7.19": "whether the owner has changed can't be told",
    "7.20": "no DKIM signature is right",
    "7.21": "no DKIM signature is acceptable",
    "7.22": "no DKIM signature of the author's domain",
    "7.23": "SPF says that the host may not send this",
    "7.24": "SPF could not be evaluated",
    "7.25": "the host's address has no right name (reverse DNS)",
    "7.26": "several ways of proving the sender have failed",
    "7.27": "the sender's domain takes no mail (null MX)",
    "7.28": "too much mail at once",
    "7.29": "the ARC chain is not right",
    "7.30": "REQUIRETLS can't be kept",
}
"""By subject and detail (RFC 3463 §3, and the registry that RFC 5248 began)."""

_ENHANCED = re.compile(r"([245])\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})")


def meaning_of(code: int) -> str:
    """What a reply's ``code`` says, by itself or by its two first digits (RFC 5321 §4.2.1)."""
    if code in MEANINGS:
        return MEANINGS[code]
    first, second = FIRST_DIGIT.get(code // 100, "no code of SMTP"), SECOND_DIGIT.get(code // 10 % 10, "")
    return f"{first} ({second})" if second else first


def meaning_of_enhanced(code: str) -> str:
    """What an enhanced code says ("5.1.1": "final failure: no such mailbox"); "" where it is none."""
    found = _ENHANCED.fullmatch(code)
    if found is None:
        return ""
    kind, subject, detail = found.groups()
    told = DETAILS.get(f"{subject}.{detail}", SUBJECTS.get(subject, "an unknown subject"))
    return f"{CLASSES[kind]}: {told}"
