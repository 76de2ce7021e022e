"""What a coroutine comes to that waits for nothing but its turn: no loop is needed for it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def result_of(coroutine: Coroutine[Any, Any, T]) -> T:
    """Its result. Raises what it raises, and ``AssertionError`` where it waits for something."""
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration as end:
        value: T = end.value
        return value
    coroutine.close()
    raise AssertionError("it waits for something")
