"""One target for some time or some inputs, and what broke it."""

from __future__ import annotations

import importlib
import pkgutil
import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import fuzz
from fuzz.mutation import mutate

SLOW = 1.0
"""Seconds of work for one input that are too much: it has at most 70,000 bytes."""
ENOUGH = 5
"""Broken inputs of one target, after which it is left."""
_FRAME = {"__main__", "mutation", "talks", "refusals", "run", "wrapping"}


@dataclass
class Report:
    """How many inputs were tried, and those that broke the invariant: (input, what happened)."""

    tried: int = 0
    broken: list[tuple[bytes, str]] = field(default_factory=list)


def targets() -> list[str]:
    """The names of all targets."""
    return sorted(module.name for module in pkgutil.iter_modules(fuzz.__path__) if module.name not in _FRAME)


def run(name: str, seed: int, *, seconds: float = 0.0, inputs: int = 0) -> Report:
    """Try the target ``name`` for ``seconds``, or with so many ``inputs``."""
    target = importlib.import_module(f"fuzz.{name}")
    dice = random.Random(f"{name} {seed}")
    corpus: Sequence[bytes] = target.SEEDS
    report = Report()
    end = time.monotonic() + seconds
    while (report.tried < inputs or time.monotonic() < end) and len(report.broken) < ENOUGH:
        data = mutate(dice.choice(corpus), target.WORDS, dice)
        report.tried += 1
        fault = try_one(target.check, data, random.Random(report.tried))
        if fault:
            report.broken.append((data, fault))
    return report


def try_one(check: Callable[[bytes, random.Random], Any], data: bytes, dice: random.Random) -> str:
    """What broke the invariant; empty where nothing did."""
    begin = time.process_time()
    try:
        check(data, dice)
    except Exception:
        return traceback.format_exc(limit=-3)
    took = time.process_time() - begin
    return f"it took {took:.1f} s" if took > SLOW else ""
