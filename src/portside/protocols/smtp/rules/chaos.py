"""Wrong answers on purpose, so that whoever writes a client sees what it does about them.

A rule is ``STAGE=ACTION``, with more where it is wanted::

    rcpt=450                    every RCPT is refused
    rcpt:bob@*=550              those for such an address; * stands for anything, ? for one letter
    mail=421                    the service closes
    rcpt=451@10%                one in ten, by chance
    data=451*2                  the first two times, and never again
    content=disconnect          the connection is cut in the middle of the content
    end=disconnect              it is kept, and the connection cut before the reply
    connect=stall:30s           nothing happens for so long

The first rule that fits a step decides about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from portside.errors import UsageError

LONGEST_STALL = 86_400.0
"""Seconds: a day outlasts the patience of every client."""
LONGEST_PATTERN = 320
"""Letters of a pattern: the longest address."""
STARS = 4
"""Stars in a pattern: each one multiplies what matching costs."""


class Stage(Enum):
    """What is answered wrongly."""

    CONNECT = "connect"
    HELO = "helo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"
    END = "end"

    __hash__ = object.__hash__  # Enum's own is written in Python


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with this code."""

    code: int


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close the connection without a word."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Do nothing for so many seconds, then go on."""

    seconds: float


Action = Refuse | Disconnect | Stall


@dataclass(frozen=True, slots=True)
class ChaosRule:
    """``pattern`` is the address that it is for, in lower case ("": any).

    ``chance`` is more than 0 and at most 1, ``times`` 0 for always.
    """

    stage: Stage
    action: Action
    pattern: str = ""
    chance: float = 1.0
    times: int = 0


_RULE = re.compile(
    r"(?P<stage>[a-z]+)(?::(?P<pattern>[^=\s]+))?=(?P<action>[0-9]{3}|disconnect|stall(?::[0-9]{1,5}(?:\.[0-9]{1,3})?s?)?)"
    r"(?:@(?P<chance>[0-9]{1,3}(?:\.[0-9]{1,3})?)%)?(?:\*(?P<times>[0-9]{1,6}))?",
    re.ASCII,
)
_WITH_ADDRESS = (Stage.MAIL, Stage.RCPT)


def parse_rule(text: str) -> ChaosRule:
    """A rule from its text. Raises ``UsageError``."""
    found = _RULE.fullmatch(text.strip())
    stages = {stage.value: stage for stage in Stage}
    if found is None or found["stage"] not in stages:
        raise UsageError(
            f"'{text}' is no rule of chaos; write STAGE=ACTION as in rcpt=450, rcpt:bob@*=550@10%, content=disconnect "
            f"or connect=stall:30s, where STAGE is {', '.join(stages)}"
        )
    rule = ChaosRule(
        stages[found["stage"]],
        _action(found["action"], text),
        (found["pattern"] or "").lower(),
        _chance(found["chance"], text),
        int(found["times"] or 0),
    )
    _check(rule, text)
    return rule


def _action(word: str, text: str) -> Action:
    if word == "disconnect":
        return Disconnect()
    if word.startswith("stall"):
        seconds = float(word.partition(":")[2].rstrip("s") or LONGEST_STALL)
        return Stall(min(seconds, LONGEST_STALL))
    if not 400 <= int(word) <= 599:
        raise UsageError(f"'{text}': a refusal has a code from 400 to 599")
    return Refuse(int(word))


def _chance(number: str | None, text: str) -> float:
    chance = float(number) / 100 if number is not None else 1.0
    if not 0.0 < chance <= 1.0:
        raise UsageError(f"'{text}': a chance is more than 0% and at most 100%")
    return chance


def _check(rule: ChaosRule, text: str) -> None:
    if rule.pattern and rule.stage not in _WITH_ADDRESS:
        raise UsageError(f"'{text}': only mail and rcpt are about an address")
    if len(rule.pattern) > LONGEST_PATTERN or rule.pattern.count("*") > STARS:
        raise UsageError(f"'{text}': a pattern has at most {LONGEST_PATTERN} letters and {STARS} stars")
    if rule.stage is Stage.CONTENT and isinstance(rule.action, Refuse):
        raise UsageError(f"'{text}': nothing is replied while content comes; end={rule.action.code} refuses it then")


def matches(pattern: str, address: str) -> bool:
    """Whether ``address`` is as ``pattern`` says; upper and lower case are the same."""
    parts = [".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern]
    return re.fullmatch("".join(parts), address.lower(), re.DOTALL) is not None


class Chaos:
    """Rules, and how often each has struck. ``draw`` gives numbers from 0 to 1, evenly."""

    __slots__ = ("_draw", "_rules", "_struck", "stages")

    def __init__(self, rules: Iterable[ChaosRule] = (), draw: Callable[[], float] = float) -> None:
        self._rules = tuple(rules)
        self._draw = draw
        self._struck = [0] * len(self._rules)
        self.stages = frozenset(rule.stage for rule in self._rules)

    def strike(self, stage: Stage, address: str = "") -> Action | None:
        """What to do instead of answering as one should; None: answer."""
        if stage not in self.stages:
            return None
        for number, rule in enumerate(self._rules):
            if rule.stage is stage and self._fits(number, rule, address):
                self._struck[number] += 1
                return rule.action
        return None

    def _fits(self, number: int, rule: ChaosRule, address: str) -> bool:
        if rule.times and self._struck[number] >= rule.times:
            return False
        if rule.pattern and not matches(rule.pattern, address):
            return False
        return rule.chance >= 1.0 or self._draw() < rule.chance
