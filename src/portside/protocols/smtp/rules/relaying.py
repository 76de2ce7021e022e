"""Whose mail is taken, and from whom: this is never an open relay (RFC 5321 §7.9, RFC 2505 §2.1).

What stands before the last ``@`` is the name of a mailbox and nothing else: a percent sign or an exclamation mark in it
sends nothing on to anybody.
"""

from __future__ import annotations

from portside.mail.envelope import Recipient
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.syntax.addresses import POSTMASTER
from portside.protocols.smtp.syntax.codes import Refusal

TAG = "+"
"""What follows it in a local part is the user's own: ``anna+shop`` is anna's."""


def lives_here(recipient: Recipient, policy: Policy) -> bool:
    """Whether the recipient's mail stays with us."""
    if policy.domains is None:
        return True
    domain = recipient.domain
    return not domain or domain.rstrip(".") in policy.domains


def check_recipient(recipient: Recipient, policy: Policy, user: str) -> None:
    """Whether ``user`` ("": nobody has logged in) may send to this one. Raises ``Refusal`` (550)."""
    if not lives_here(recipient, policy):
        if not (user and policy.relays):
            raise Refusal("Relaying is denied: that domain is not ours.", 550, "5.7.1")
    elif policy.is_known is not None and not _is_known(recipient.local_part, policy):
        raise Refusal("Nobody has this address here.", 550, "5.1.1")


def _is_known(local: str, policy: Policy) -> bool:
    """Somebody always reads what is for the postmaster (RFC 5321 §4.5.1)."""
    assert policy.is_known is not None
    name = local.lower()
    names = dict.fromkeys((name, name.partition(TAG)[0]))  # without a tag it is asked for once
    return name == POSTMASTER or any(policy.is_known(each) for each in names)
