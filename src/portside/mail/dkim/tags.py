"""Lists of tags, ``v=1; a=rsa-sha256; ...``: the form of signatures and of what domains publish (RFC 6376 §3.2)."""

from __future__ import annotations

import binascii
import re

from portside.errors import RemoteError

LONGEST_LIST = 64 * 1024
"""Letters of one list: a signature has a thousand, a key of 4096 bits eight hundred."""
MOST_TAGS = 100
"""Tags of one list."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_white = re.compile(r"[ \t\r\n]+").sub
_NUMBER = re.compile(r"[0-9]{1,20}")


def parse_tags(text: str) -> dict[str, str]:
    """The values by tag, without white space around. Raises ``RemoteError`` where it is no list, or a tag comes twice.

    Names count as they are written (§3.2: tags are case-sensitive).
    """
    if len(text) > LONGEST_LIST:
        raise RemoteError(f"the list of tags is longer than {LONGEST_LIST} letters")
    tags: dict[str, str] = {}
    items = text.split(";")
    if not items[-1].strip():
        items.pop()
    for item in items[: MOST_TAGS + 1]:
        name, value = _parse_tag(item)
        if name in tags:
            raise RemoteError(f"the tag {name}= stands there twice")
        tags[name] = value
    if len(tags) > MOST_TAGS:
        raise RemoteError(f"there are more than {MOST_TAGS} tags")
    return tags


def _parse_tag(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals or not _NAME.fullmatch(name.strip()):
        raise RemoteError(f"{item.strip()[:40]!r} is no tag and value")
    return name.strip(), value.strip()


def octets(tags: dict[str, str], name: str) -> bytes:
    """What a tag says in base64, white space allowed anywhere in it (§2.10). Raises ``RemoteError``."""
    letters = _white("", tags.get(name, ""))
    if len(letters) % 4:
        raise RemoteError(f"{name}= is no base64")
    try:
        return binascii.a2b_base64(letters.encode("ascii"), strict_mode=True)
    except ValueError as error:
        raise RemoteError(f"{name}= is no base64") from error


def number(tags: dict[str, str], name: str) -> int | None:
    """What a tag says in decimal digits, None where it is missing. Raises ``RemoteError``."""
    if name not in tags:
        return None
    if not _NUMBER.fullmatch(tags[name]):
        raise RemoteError(f"{name}= is no number")
    return int(tags[name])


def names(tags: dict[str, str], name: str, otherwise: str = "") -> tuple[str, ...]:
    """What a tag lists between colons, in lower case."""
    return tuple(item.strip().lower() for item in tags.get(name, otherwise).split(":") if item.strip())
