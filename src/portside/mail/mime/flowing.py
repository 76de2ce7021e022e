"""Text whose paragraphs were broken into lines on the way: ``format=flowed`` (RFC 3676).

A line that ends in a space goes on in the next one, if that is quoted as deeply. What looks like a quotation or like
mbox's ``From `` has a space put ahead of it, which is taken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_quoting = re.compile(r"(>*)( ?)(.*)", re.S).fullmatch
_SIGNATURE = "-- "  # §4.3: it ends in a space, and is a line of its own


def unflowed(text: str, delete_space: bool = False) -> str:
    """``text`` with each paragraph in one line.

    ``delete_space`` is DelSp=yes: the space at the end of a line goes as well.
    """
    return "\n".join(_paragraphs(text.split("\n"), delete_space))


def _paragraphs(lines: list[str], delete_space: bool) -> Iterator[str]:
    held: list[str] = []  # the pieces of a paragraph that goes on
    depth = ""
    for line in lines:
        quotes, content = _parsed(line)
        if held and (quotes != depth or content == _SIGNATURE):
            yield _joined(depth, held)
            held = []
        depth = quotes
        if content.endswith(" ") and content != _SIGNATURE:
            held.append(content[:-1] if delete_space else content)
        else:
            yield _joined(depth, [*held, content])
            held = []
    if held:
        yield _joined(depth, held)


def _parsed(line: str) -> tuple[str, str]:
    """The quotation marks of a line, and what stands behind them without the space that was put ahead of it (§4.4)."""
    match = _quoting(line)
    return (match[1], match[3]) if match else ("", line)


def _joined(quotes: str, pieces: list[str]) -> str:
    content = "".join(pieces)
    return f"{quotes} {content}" if quotes and content else quotes + content
