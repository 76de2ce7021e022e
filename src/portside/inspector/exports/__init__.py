"""A selection of messages in the formats of other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from portside.inspector.exports import har, pcapng, text
from portside.inspector.story import Story


@dataclass(frozen=True, slots=True)
class Format:
    """How an export is called: its media type, its ending, and who makes its bytes."""

    media_type: str
    suffix: str
    pieces: Callable[[Story, Sequence[int]], Iterator[bytes]]


FORMATS = {
    "pcapng": Format("application/x-pcapng", ".pcapng", pcapng.pieces),
    "har": Format("application/json", ".har", har.pieces),
    "text": Format("text/plain; charset=utf-8", ".txt", text.pieces),
}
"""By the name that one asks for."""
