"""FTP as somebody reads it who only watches: commands, replies, and the data connections that they speak of."""

from portside.protocols.ftp.explain.masking import FtpMask
from portside.protocols.ftp.explain.parts import content, fields
from portside.protocols.ftp.explain.reading import FtpReader, recognises

__all__ = ["content", "fields", "mask", "reader", "recognises"]


def reader(*, datagrams: bool = False) -> FtpReader:
    """A reader for one control connection; FTP has no datagrams."""
    del datagrams
    return FtpReader()


def mask() -> FtpMask:
    """A mask for one control connection."""
    return FtpMask()
