"""What a world is made of, as its file describes it: nothing here ever changes while people play.

A thing, a person, a door, a state and a clock each have an id of their own, and no two share one. What changes
(who stands where, which door is open) is kept in ``model``, under the same ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

OPEN, CLOSED, LOCKED = "open", "closed", "locked"
"""What a door and a lid can be."""

DIRECTIONS = {"north": "south", "east": "west", "up": "down", "in": "out"}
OPPOSITE = DIRECTIONS | {back: there for there, back in DIRECTIONS.items()}
"""Each direction, and the one that leads back."""

ORDER = ("north", "east", "south", "west", "up", "down", "in", "out")
"""The order in which ways are listed."""

PAGES = 50
"""Lines that a book of the visitors keeps at most: more is not read, and each is saved again with the world."""
HELD = 12
"""Things that one visitor carries at most: two hands, many pockets."""


class Ask(Enum):
    """What a condition asks about."""

    STATE = "is"
    CARRYING = "carrying"
    WEARING = "wearing"
    DONE = "done"


class Do(Enum):
    """What an effect does."""

    SET = "set"
    GIVE = "give"
    TAKE = "take"
    PUT = "put"
    MOVE = "move"
    DEED = "deed"


@dataclass(frozen=True, slots=True)
class Condition:
    """``subject`` (of ``value``, for a state) has to be so, or has not to be where ``wanted`` is False."""

    ask: Ask
    subject: str
    value: str = ""
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to ``subject``; ``value`` is the new value of a state."""

    do: Do
    subject: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """An order that means something of its own: a verb, and the ids of what it is about; ``topic`` is what is said."""

    verb: str
    noun: str = ""
    second: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One of ``patterns``, given in ``room`` ('': anywhere) while ``when`` holds, does what ``does`` lists.

    ``says`` is for who did it and ``others`` for who stands by, with ``{name}``. ``{pick}`` in both is one of
    ``picks``, drawn by lot. ``otherwise`` is said where ``when`` does not hold.
    """

    patterns: tuple[Pattern, ...]
    room: str = ""
    when: tuple[Condition, ...] = ()
    does: tuple[Effect, ...] = ()
    says: str = ""
    others: str = ""
    picks: tuple[str, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out. ``says`` is why nobody can go while ``when`` does not hold; a ``hidden`` one is not even seen then."""

    to: str
    door: str = ""
    when: tuple[Condition, ...] = ()
    says: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """Something of a room that can be looked at, and no more."""

    id: str
    names: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Extra:
    """A paragraph that stands only ``when`` it is so: of a room's text, or a hint."""

    when: tuple[Condition, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Room:
    """A place. In a ``dark`` one nothing is seen without a light. ``board``: the hall of fame hangs here."""

    id: str
    name: str
    text: str
    exits: Mapping[str, Exit]
    sights: tuple[Sight, ...] = ()
    extras: tuple[Extra, ...] = ()
    dark: bool = False
    board: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """What can be taken, unless it is ``fixed``.

    Of a thing in ``plenty`` everybody can have one. ``returns`` is how many seconds it stays where it was left.
    ``lid`` is what a container's lid is at first ('' where it has none), and ``key`` opens its lock. The lines of a
    ``picture`` are shown as they are. Visitors may write into what has ``pages``: that many lines are kept.
    """

    id: str
    name: str
    names: tuple[str, ...]
    text: str
    place: str = ""
    lies: str = ""
    reads: str = ""
    fixed: bool = False
    plenty: bool = False
    light: bool = False
    lit_with: str = ""
    wear: bool = False
    holds: int = 0
    lid: str = ""
    key: str = ""
    deed: str = ""
    returns: int = 0
    picture: bool = False
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Door:
    """What stands between two rooms; each side may look different."""

    id: str
    name: str
    names: tuple[str, ...]
    text: str
    sides: Mapping[str, str] = field(default_factory=dict)
    start: str = CLOSED
    key: str = ""
    returns: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says once one of ``topics`` is mentioned."""

    topics: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who lives here: answers, says something now and then (``idle``), wanders, ``repeats`` what is said."""

    id: str
    name: str
    names: tuple[str, ...]
    text: str
    room: str
    answers: tuple[Answer, ...] = ()
    idle: tuple[str, ...] = ()
    wanders: tuple[str, ...] = ()
    repeats: bool = False
    baffled: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Something that is one of ``values``; ``returns`` seconds after it left the first one, it goes back to it.

    ``tells`` has what is heard in the rooms ``heard_in`` when it becomes a value.
    """

    id: str
    values: tuple[str, ...]
    returns: int = 0
    heard_in: tuple[str, ...] = ()
    tells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a clock's round: how many seconds it ``lasts``, and where it ``washes`` whom it finds in a room."""

    value: str
    lasts: int
    says: str = ""
    washes: Mapping[str, str] = field(default_factory=dict)
    washed: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """A state that time alone changes, round and round: a tide, a day and its night."""

    id: str
    phases: tuple[Phase, ...]
    heard_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """What is worth ``points``, once for each visitor. A ``treasure`` is told to all and put on the board."""

    id: str
    points: int
    text: str
    treasure: bool = False


@dataclass(frozen=True, slots=True)
class Rank:
    """What a visitor with at least so many points is called."""

    points: int
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole world, as its file describes it. Every id that is named in it exists."""

    name: str
    summary: str
    welcome: str
    hints: tuple[Extra, ...]
    start: str
    players: int
    board: str
    rooms: Mapping[str, Room]
    things: Mapping[str, Thing]
    people: Mapping[str, Person]
    doors: Mapping[str, Door]
    states: Mapping[str, State]
    clocks: Mapping[str, Clock]
    deeds: Mapping[str, Deed]
    ranks: tuple[Rank, ...]
    actions: tuple[Action, ...]
    words: Mapping[str, str]

    def points(self) -> int:
        """As many points as there are."""
        return sum(deed.points for deed in self.deeds.values())

    def rank(self, points: int) -> str:
        """What somebody with ``points`` is called."""
        reached = [rank.name for rank in self.ranks if rank.points <= points]
        return reached[-1] if reached else "visitor"
