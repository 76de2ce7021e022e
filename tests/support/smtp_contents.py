"""Messages that are hard to carry: what arrives has to be each of them to the byte."""

from __future__ import annotations

import random

HEAD = (
    b"From: Sender <sender@elsewhere.test>\r\nTo: ann@example.test\r\nSubject: a hard one\r\n"
    b"Date: Fri, 1 May 2026 12:00:00 +0000\r\nMessage-ID: <a.hard.one@elsewhere.test>\r\n"
)
"""With all that a message has to have, so that nobody adds it (RFC 6409 §8)."""
LONGEST = b"x" * 998
"""Octets of a line without its end (RFC 5322 §2.1.1)."""
MEGABYTE = 1_000_000

SEVEN_BIT = {
    "dots": HEAD + b"\r\n.\r\n..\r\n...\r\n.a\r\n a.\r\n.\r\n",
    "a dot alone": HEAD + b"\r\n.\r\n",
    "a dot at the end of a line": HEAD + b"\r\nit ends here.\r\n.\t\r\n. \r\n",
    "long lines": HEAD + b"\r\n" + (LONGEST + b"\r\n") * 3 + b"." * 998 + b"\r\n",
    "an empty body": HEAD + b"\r\n",
    "empty lines at the end": HEAD + b"\r\ntext\r\n\r\n\r\n\r\n",
    "tabs and blanks": HEAD + b"\r\n \t \r\nblanks at the end   \r\n\t\r\n",
    "words of the protocol": HEAD + b"\r\nQUIT\r\nRSET\r\nDATA\r\n.QUIT\r\n250 OK\r\nFrom here on\r\n>From there\r\n",
}
"""What any server has to take (RFC 5321 §4.5.2)."""

EIGHT_BIT = {
    "UTF-8": HEAD + "\r\nGrüße aus Kiel, 你好, 🚢\r\n".encode(),
    "Latin-1": HEAD + b"\r\nGr\xfc\xdfe\r\n",
    "every octet but NUL, CR and LF": HEAD + b"\r\n" + bytes(n for n in range(1, 256) if n not in b"\r\n") + b"\r\n",
}
"""For servers that offer 8BITMIME (RFC 6152)."""

BINARY = {
    "every octet": HEAD + b"\r\n" + bytes(range(256)) * 4,
    "ends without a line's end": HEAD + b"\r\nno end",
    "line ends alone": HEAD + b"\r\na\nb\rc\r\nd\n.\ne\r.\rf\n.\r\ng\r\n.\n",
    "ends in the end of DATA": HEAD + b"\r\nx\r\n.\r\n",
}
"""For servers that offer BINARYMIME, by BDAT (RFC 3030)."""


def large(size: int = 10 * MEGABYTE) -> bytes:
    """A message of ``size`` octets or a few more, in lines of all lengths, many of them with dots in front."""
    chance = random.Random(7)
    pool = [b"." * chance.randrange(3) + b"0123456789abcdef " * chance.randrange(58) + b"\r\n" for _ in range(500)]
    lines, length = [HEAD, b"\r\n"], len(HEAD) + 2
    while length < size:
        lines.append(chance.choice(pool))
        length += len(lines[-1])
    return b"".join(lines)
