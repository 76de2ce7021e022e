"""Who wants a stream to be read, and who does not: it is read while nobody objects."""

from __future__ import annotations

from portside.interfaces import Stream

SIDE, RULES, WIRE = 1, 2, 4
"""Who may object: the side above has enough, the rules wait, a slow reader has not taken what it got."""


def weigh(stream: Stream | None, objections: int, who: int, read: bool) -> int:
    """What is left to object after ``who`` has said whether to ``read``: ``stream`` pauses and resumes by it."""
    after = objections & ~who if read else objections | who
    if stream is not None and bool(objections) != bool(after):
        if after:
            stream.pause()
        else:
            stream.resume()
    return after
