"""A world's file becomes a plan, or an error that says which table is wrong and how.

The file is TOML. ``docs/writing-a-world.md`` describes it, and ``larboard.toml`` beside this module is the example.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from portside.apps.world import peopling
from portside.apps.world.clauses import Ids, parse_condition, parse_effect, parse_pattern
from portside.apps.world.plan import (
    CLOSED,
    HELD,
    LOCKED,
    OPEN,
    OPPOSITE,
    ORDER,
    PAGES,
    Action,
    Condition,
    Deed,
    Door,
    Exit,
    Extra,
    Plan,
    Rank,
    Room,
    Sight,
    Thing,
)
from portside.apps.world.tables import Table
from portside.errors import UsageError

OUR_WORLD = Path(__file__).with_name("larboard.toml")
"""The demonstration world."""

LARGEST_FILE = 4 * 2**20
"""Bytes of a world's file: a thick novel."""
PLAYERS = 100
"""Visitors at once, where the file says no other number."""
RETURNS = 900
"""Seconds after which a thing that lies about goes home, where the file says no other number."""

_LIDS = (OPEN, CLOSED, LOCKED)
Entry = TypeVar("Entry")


def load_plan(file: Path = OUR_WORLD) -> Plan:
    """The world that ``file`` describes; raises UsageError."""
    try:
        text = file.read_bytes()[: LARGEST_FILE + 1]
        if len(text) > LARGEST_FILE:
            raise UsageError(f"{file}: a world's file has at most {LARGEST_FILE} bytes")
        return parse_plan(text.decode("utf-8"), file)
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: a world's file is written in UTF-8, and this one is not") from error


def parse_plan(text: str, file: Path) -> Plan:
    """The world that ``text`` describes; ``file`` is its name in errors. Raises UsageError."""
    try:
        top = Table(file, "", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: {error}") from error
    return _plan(top)


def _plan(top: Table) -> Plan:
    ids = _ids(top)
    world = top.table("world")
    rooms = _each(top.table("rooms"), lambda name, table: _room(name, table, ids))
    plan = Plan(
        name=world.text("name"),
        summary=world.text("summary", ""),
        welcome=world.text("welcome", ""),
        hints=tuple(_extra(row, ids) for row in top.rows("hints")),
        start=_among("room", "start", world.text("start"), ids.rooms, world),
        players=world.number("players", PLAYERS, 1),
        board=world.text("board", "The board"),
        rooms=rooms,
        things=_each(top.table("things"), lambda name, table: _thing(name, table, ids)),
        people=_each(top.table("people"), lambda name, table: peopling.person(name, table, ids)),
        doors=_each(top.table("doors"), lambda name, table: _door(name, table, ids)),
        states=_each(top.table("states"), lambda name, table: peopling.state(name, table, ids)),
        clocks=_each(top.table("clocks"), lambda name, table: peopling.clock(name, table, ids)),
        deeds=_each(top.table("deeds"), _deed),
        ranks=tuple(_rank(row) for row in top.rows("ranks")),
        actions=tuple(_action(row, rooms, ids) for row in top.rows("actions")),
        words=_words(top.table("words")),
    )
    world.end()
    top.end()
    _check_places(plan, top.table("things"))
    return plan


def _check_places(plan: Plan, things: Table) -> None:
    """What lies in a thing lies in a container, and containers lie in rooms: so nothing lies in itself."""
    for thing in plan.things.values():
        inside = plan.things.get(thing.place)
        if inside is not None and not inside.holds:
            raise things.table(thing.id).wrong(f"'place': {inside.id} holds nothing")
        if inside is not None and thing.holds:
            raise things.table(thing.id).wrong("'place': a container lies in a room, not in another one")


def _ids(top: Table) -> Ids:
    """Every id of the file, before anything refers to one."""
    taken = {key: frozenset(top.table(key).names()) for key in ("rooms", "things", "people", "doors", "deeds")}
    ids = Ids(**taken, clocks=frozenset(top.table("clocks").names()))
    for name, table in top.table("things").tables():
        if table.text("lid", ""):
            ids.values[name] = _LIDS
    ids.values |= dict.fromkeys(taken["doors"], _LIDS)
    ids.values |= {name: table.texts("values") for name, table in top.table("states").tables()}
    ids.values |= {name: _phases(table) for name, table in top.table("clocks").tables()}
    _refuse_twins(top, [*taken["things"], *taken["people"], *taken["doors"]])
    return ids


def _phases(clock: Table) -> tuple[str, ...]:
    return tuple(row.text("value") for row in clock.rows("phases"))


def _refuse_twins(top: Table, named: list[str]) -> None:
    named += [*top.table("states").names(), *top.table("clocks").names()]
    twins = sorted({name for name in named if named.count(name) > 1})
    if twins:
        raise UsageError(f"{top.file}: '{twins[0]}' names two of: a thing, a person, a door, a state, a clock")


def _each(table: Table, read: Callable[[str, Table], Entry]) -> dict[str, Entry]:
    entries = {}
    for name, below in table.tables():
        if not name.replace("-", "").isalnum() or name != name.casefold():
            raise below.wrong("is no good id: small letters, digits and hyphens make one")
        entries[name] = read(name, below)
        below.end()
    return entries


def _room(name: str, table: Table, ids: Ids) -> Room:
    exits, sights = table.table("exits"), table.table("sights")
    return Room(
        id=name,
        name=table.text("name"),
        text=table.text("text"),
        exits=_exits(exits, ids),
        sights=tuple(_sight(name, names, text) for names, text in sights.pairs()),
        extras=tuple(_extra(row, ids) for row in table.rows("extras")),
        dark=table.flag("dark"),
        board=table.flag("board"),
    )


def _exits(exits: Table, ids: Ids) -> dict[str, Exit]:
    """The ways out, in the order in which they are listed."""
    for way in exits.names():
        if way not in OPPOSITE:
            raise exits.wrong(f"'{way}' is no direction; these are: {', '.join(ORDER)}")
    return {way: _exit(way, exits, ids) for way in ORDER if way in exits}


def _exit(way: str, exits: Table, ids: Ids) -> Exit:
    if not exits.holds_table(way):
        return Exit(_among("room", way, exits.text(way), ids.rooms, exits))
    table = exits.table(way)
    exit_ = Exit(
        to=_among("room", "to", table.text("to"), ids.rooms, table),
        door=_among("door", "door", table.text("door", ""), ids.doors | {""}, table),
        when=conditions(table, ids),
        says=table.text("says", ""),
        hidden=table.flag("hidden"),
    )
    table.end()
    return exit_


def _sight(room: str, names: str, text: str) -> Sight:
    given = tuple(name.strip().casefold() for name in names.split(","))
    return Sight(f"{room}/{given[0]}", given, text)


def _extra(row: Table, ids: Ids) -> Extra:
    extra = Extra(conditions(row, ids), row.text("text"))
    row.end()
    return extra


def conditions(table: Table, ids: Ids) -> tuple[Condition, ...]:
    """What ``when`` lists in ``table``."""
    return tuple(parse_condition(text, ids, table.wrong) for text in table.texts("when"))


def _thing(name: str, table: Table, ids: Ids) -> Thing:
    thing = Thing(
        id=name,
        name=table.text("name"),
        names=tuple(word.casefold() for word in table.texts("names")),
        text=table.text("text"),
        place=_among("place", "place", table.text("place", ""), ids.rooms | ids.things | {""}, table),
        lies=table.text("lies", ""),
        reads=table.text("reads", ""),
        fixed=table.flag("fixed"),
        plenty=table.flag("plenty"),
        light=table.flag("light"),
        lit_with=_among("thing", "lit_with", table.text("lit_with", ""), ids.things | {""}, table),
        wear=table.flag("wear"),
        holds=table.number("holds", 0),
        lid=table.choice("lid", ("", *_LIDS), ""),
        key=_among("thing", "key", table.text("key", ""), ids.things | {""}, table),
        deed=_among("deed", "deed", table.text("deed", ""), ids.deeds | {""}, table),
        returns=table.number("returns", RETURNS),
        picture=table.flag("picture"),
        pages=table.number("pages", 0),
    )
    _check_thing(thing, table)
    return thing


def _check_thing(thing: Thing, table: Table) -> None:
    if thing.plenty and (thing.fixed or thing.holds or thing.lid):
        raise table.wrong("a thing in plenty can be neither fixed nor a container")
    if thing.lid and not thing.holds:
        raise table.wrong("has a lid, but holds nothing: say how many things with 'holds'")
    if thing.pages > PAGES or (thing.pages and thing.plenty):
        raise table.wrong(f"'pages' is at most {PAGES}, and a thing in plenty has none")
    if thing.holds > HELD:
        raise table.wrong(f"'holds' is at most {HELD}")


def _door(name: str, table: Table, ids: Ids) -> Door:
    sides = table.table("sides")
    for room in sides.names():
        _among("room", room, room, ids.rooms, sides)
    return Door(
        id=name,
        name=table.text("name"),
        names=tuple(word.casefold() for word in table.texts("names")),
        text=table.text("text", ""),
        sides=dict(sides.pairs()),
        start=table.choice("start", _LIDS, CLOSED),
        key=_among("thing", "key", table.text("key", ""), ids.things | {""}, table),
        returns=table.number("returns", 0),
    )


def _deed(name: str, table: Table) -> Deed:
    return Deed(name, table.number("points"), table.text("text"), table.flag("treasure"))


def _rank(row: Table) -> Rank:
    rank = Rank(row.number("points"), row.text("name"))
    row.end()
    return rank


def _action(row: Table, rooms: Mapping[str, Room], ids: Ids) -> Action:
    room = _among("room", "room", row.text("room", ""), ids.rooms | {""}, row)
    seen = {name: sight.id for sight in rooms[room].sights for name in sight.names} if room else {}
    orders = row.texts("order")
    if not orders:
        raise row.wrong("needs 'order'")
    action = Action(
        patterns=tuple(parse_pattern(order, seen, ids, row.wrong) for order in orders),
        room=room,
        when=conditions(row, ids),
        does=tuple(parse_effect(text, ids, row.wrong) for text in row.texts("does")),
        says=row.text("says", ""),
        others=row.text("others", ""),
        picks=row.texts("picks"),
        otherwise=row.text("otherwise", ""),
    )
    row.end()
    return action


def _words(table: Table) -> dict[str, str]:
    """Each word that means a verb of this world, with the verb."""
    return {word.casefold(): verb for verb in table.names() for word in table.texts(verb)}


def _among(kind: str, key: str, value: str, among: Iterable[str], table: Table) -> str:
    if value not in among:
        raise table.wrong(f"'{key}': there is no {kind} '{value}'")
    return value
