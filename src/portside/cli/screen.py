"""What a person reads: one line at a time, and no character in it that moves the cursor."""

from __future__ import annotations

import sys
from typing import Any

from portside.syntax.visible import visible


def show(line: str) -> None:
    """One line of data on stdout, at once."""
    print(visible(line), flush=True)


def tell(line: str) -> None:
    """One line for the person, on stderr."""
    _write(f"portside: {visible(line)}\n")


def warn(line: str) -> None:
    """One line about what the person should know before it hurts."""
    tell(f"warning: {line}")


def tell_freely(text: str) -> None:
    """Several lines on stderr, each made visible by itself."""
    _write("".join(visible(line) + "\n" for line in text.splitlines()))


def is_watched(stream: Any) -> bool:
    """Whether a person sits at the other end of ``stream`` (a closed one has nobody)."""
    return stream is not None and not stream.closed and bool(stream.isatty())


def _write(text: str) -> None:
    if sys.stderr is None or sys.stderr.closed:  # started with its stderr closed: there is nobody to tell
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except BrokenPipeError:
        sys.stderr = None  # whoever read our words has gone; our work and its exit code are not theirs
