"""The world as it is now: who stands where with what, which door is open, who found what.

Pure: time is an argument, and lots are drawn by whoever calls. What a command wants to tell is gathered as ``Told``
and taken by the shell above (``hosting``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from portside.apps.world.plan import HELD, OPEN, Ask, Condition, Person, Plan, Room, Thing

Dice = Callable[[], float]
"""Draws a number from 0 to 1, which it never reaches."""


class Where(Enum):
    """What a thing can lie in."""

    ROOM = "room"
    HELD = "held"
    WORN = "worn"
    INSIDE = "inside"
    NOWHERE = "nowhere"


class Place(NamedTuple):
    """Where a thing is: ``of`` is the room's id, the player's key or the container's id."""

    where: Where
    of: str = ""


NOWHERE = Place(Where.NOWHERE)


@dataclass(slots=True)
class Item:
    """One thing of the world. ``id`` is the thing's own, or one with a number for one out of plenty.

    ``gone`` is since when it lies where it does not belong (seconds of the world's time).
    """

    id: str
    thing: Thing
    place: Place
    lit: bool = False
    gone: float = 0.0

    @property
    def copy(self) -> bool:
        """Whether it is one out of plenty, which ends when nobody holds it any more."""
        return self.id != self.thing.id


@dataclass(slots=True)
class Player:
    """A visitor. ``key`` is the folded name; a ``guest`` leaves nothing behind.

    - ``seen``: the rooms where they have been; ``came``: the one they came from last.
    - ``it``: the noun that they used last; ``told_by``: the key of whoever spoke to them last.
    """

    key: str
    name: str
    room: str
    guest: bool = False
    deeds: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    brief: bool = False
    came: str = ""
    arrived: float = 0.0
    it: str = ""
    told_by: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the board: who did what, and when (seconds since 1970)."""

    name: str
    deed: str
    at: float


class Entry(NamedTuple):
    """What somebody wrote into a book of the visitors."""

    name: str
    text: str


class Manner(Enum):
    """How something is told, for the eye: the narrator, a heading, somebody's words, what concerns all, a hint."""

    PLAIN = "plain"
    HEADING = "heading"
    EXITS = "exits"
    TALK = "talk"
    NOTICE = "notice"
    HINT = "hint"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Told:
    """``text`` for the player of ``key``."""

    key: str
    text: str
    manner: Manner = Manner.PLAIN


@dataclass(frozen=True, slots=True)
class Moved:
    """The player of ``key`` sees another room now, or the same one differently."""

    key: str


@dataclass(frozen=True, slots=True)
class Earned:
    """The player of ``key`` has points that they did not have: nothing of it is said before it is saved."""

    key: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """The player of ``key`` wants to go."""

    key: str


Event = Told | Moved | Earned | Leaving


class World:
    """All that changes. Ids and keys are looked up in the plan, which does not change."""

    def __init__(self, plan: Plan, dice: Dice) -> None:
        self.plan = plan
        self.dice = dice
        self.now = 0.0
        self.values: dict[str, str] = _first_values(plan)
        self.until: dict[str, float] = {}
        self.items: dict[str, Item] = {id_: Item(id_, thing, home(plan, thing)) for id_, thing in plan.things.items()}
        self.players: dict[str, Player] = {}
        self.people: dict[str, str] = {id_: person.room for id_, person in plan.people.items()}
        self.board: list[Finding] = []
        self.pages: dict[str, list[Entry]] = {}
        self.changed = False
        self.heard: dict[str, str] = {}
        self._events: list[Event] = []
        self._copies = 0

    # ------------------------------------------------------------------------------------------------ what is told

    def tell(self, key: str, text: str, manner: Manner = Manner.PLAIN) -> None:
        """Tell the player of ``key``, who may have left."""
        if text and key in self.players:
            self._events.append(Told(key, text, manner))

    def tell_room(self, room: str, text: str, *but: str, manner: Manner = Manner.PLAIN) -> None:
        """Tell everybody in ``room`` except the keys ``but``."""
        for player in self.in_room(room):
            if player.key not in but:
                self.tell(player.key, text, manner)

    def tell_all(self, text: str, *but: str, manner: Manner = Manner.NOTICE) -> None:
        """Tell everybody in the world."""
        for key in self.players:
            if key not in but:
                self.tell(key, text, manner)

    def event(self, event: Event) -> None:
        """Something that is no text."""
        self._events.append(event)

    def events(self) -> list[Event]:
        """What has happened since this was last asked."""
        events, self._events = self._events, []
        return events

    # ------------------------------------------------------------------------------------------------ who and what

    def pick(self, among: tuple[str, ...]) -> str:
        """One of a few, by lot; '' of none."""
        return among[int(self.dice() * len(among))] if among else ""

    def in_room(self, room: str) -> list[Player]:
        """The players who are in ``room``."""
        return [player for player in self.players.values() if player.room == room]

    def people_in(self, room: str) -> list[Person]:
        """The people who live here and are in ``room``."""
        return [self.plan.people[id_] for id_, where in self.people.items() if where == room]

    def at(self, place: Place) -> list[Item]:
        """The items at ``place``."""
        return [item for item in self.items.values() if item.place == place]

    def carried(self, player: Player) -> list[Item]:
        """What a player has: in the hands, and on the body."""
        return self.at(Place(Where.HELD, player.key)) + self.at(Place(Where.WORN, player.key))

    def room(self, player: Player) -> Room:
        """Where a player is."""
        return self.plan.rooms[player.room]

    def has(self, player: Player, thing: str) -> Item | None:
        """The item of kind ``thing`` that a player has."""
        return next((item for item in self.carried(player) if item.thing.id == thing), None)

    def full(self, player: Player) -> bool:
        """Whether a player can carry no more."""
        return len(self.carried(player)) >= HELD

    def reachable(self, player: Player) -> Iterator[Item]:
        """What a player can touch: what they have, what lies here, and what is in open containers of these."""
        for item in [*self.carried(player), *self.at(Place(Where.ROOM, player.room))]:
            yield item
            if self.is_open(item.thing):
                yield from self.at(Place(Where.INSIDE, item.id))

    def is_open(self, thing: Thing) -> bool:
        """Whether one can reach into it."""
        return thing.holds > 0 and self.values.get(thing.id, OPEN) == OPEN

    def light_in(self, room: str) -> bool:
        """Whether anything is seen in ``room``: it is not dark, or somebody has a light."""
        if not self.plan.rooms[room].dark:
            return True
        holders = {player.key for player in self.in_room(room)}
        return any(item.lit and _shines(item.place, room, holders) for item in self.items.values())

    def holds(self, conditions: tuple[Condition, ...], player: Player | None = None) -> bool:
        """Whether all ``conditions`` are so, for ``player`` where they ask about somebody."""
        return all(self._is_so(condition, player) is condition.wanted for condition in conditions)

    def _is_so(self, condition: Condition, player: Player | None) -> bool:
        if condition.ask is Ask.STATE:
            return self.values[condition.subject] == condition.value
        if player is None:
            return False
        if condition.ask is Ask.DONE:
            return condition.subject in player.deeds
        item = self.has(player, condition.subject)
        return item is not None and (condition.ask is Ask.CARRYING or item.place.where is Where.WORN)

    def points(self, player: Player) -> int:
        """What a player has earned."""
        return sum(self.plan.deeds[deed].points for deed in player.deeds if deed in self.plan.deeds)

    # ------------------------------------------------------------------------------------------------ what changes

    def set(self, state: str, value: str, by: str = "") -> None:
        """Give a state, a door or a lid its value, and note when it goes back to its first one.

        What is heard of it is told to all but the player ``by``, who knows already.
        """
        self.values[state] = value
        if state in self.plan.states:
            known = self.plan.states[state]
            for room in known.heard_in:
                self.tell_room(room, known.tells.get(value, ""), by)
        self.until.pop(state, None)
        returns = self._returns(state)
        if returns and value != self.first(state):
            self.until[state] = self.now + returns
        self.changed = True

    def first(self, state: str) -> str:
        """What a state, a door or a lid is at first."""
        return _first_values(self.plan)[state]

    def move_item(self, item: Item, place: Place) -> None:
        """Put an item somewhere; ``gone`` tells since when it is not at home."""
        item.place = place
        item.gone = 0.0 if place == home(self.plan, item.thing) else self.now
        self.changed = True

    def take_copy(self, thing: Thing, player: Player) -> Item:
        """One more out of plenty, for ``player``."""
        self._copies += 1
        item = Item(f"{thing.id}#{self._copies}", thing, Place(Where.HELD, player.key), gone=self.now)
        self.items[item.id] = item
        return item

    def remove_item(self, item: Item) -> None:
        """An original goes home, as it was; one out of plenty ends."""
        if item.copy:
            self.items.pop(item.id, None)
        else:
            item.lit = False
            self.move_item(item, home(self.plan, item.thing))
        self.changed = True

    def _returns(self, state: str) -> int:
        if state in self.plan.doors:
            return self.plan.doors[state].returns
        if state in self.plan.things:
            return self.plan.things[state].returns
        return self.plan.states[state].returns if state in self.plan.states else 0


def home(plan: Plan, thing: Thing) -> Place:
    """Where a thing belongs."""
    if not thing.place:
        return NOWHERE
    return Place(Where.ROOM if thing.place in plan.rooms else Where.INSIDE, thing.place)


def _shines(place: Place, room: str, holders: set[str]) -> bool:
    """Whether a light at ``place`` is seen in ``room``, where ``holders`` are."""
    return place == (Where.ROOM, room) or (place.where in (Where.HELD, Where.WORN) and place.of in holders)


def _first_values(plan: Plan) -> dict[str, str]:
    return (
        {door.id: door.start for door in plan.doors.values()}
        | {thing.id: thing.lid for thing in plan.things.values() if thing.lid}
        | {state.id: state.values[0] for state in plan.states.values()}
        | {clock.id: clock.phases[0].value for clock in plan.clocks.values()}
    )
