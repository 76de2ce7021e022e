"""The parts of a message, and what is in them (RFC 2045 to 2047, RFC 2183, RFC 2231)."""

from portside.mail.mime.decoding import blocks, characters, content, size
from portside.mail.mime.parsing import parse
from portside.mail.mime.part import Part
from portside.mail.mime.reading import attachments, html, pictures, text

__all__ = [
    "Part",
    "attachments",
    "blocks",
    "characters",
    "content",
    "html",
    "parse",
    "pictures",
    "size",
    "text",
]
