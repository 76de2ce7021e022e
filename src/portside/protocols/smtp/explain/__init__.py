"""SMTP as somebody reads it who only watches: commands, replies, logins, and the content of messages."""

from portside.protocols.smtp.explain.masking import SmtpMask
from portside.protocols.smtp.explain.parts import content, fields
from portside.protocols.smtp.explain.reading import SmtpReader, recognises

__all__ = ["content", "fields", "mask", "reader", "recognises"]


def reader(*, datagrams: bool = False) -> SmtpReader:
    """A reader for one connection; SMTP has no datagrams."""
    del datagrams
    return SmtpReader()


def mask() -> SmtpMask:
    """A mask for one connection."""
    return SmtpMask()
