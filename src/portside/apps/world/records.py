"""What is kept of a world and of a player, as plain values, and how they come to life again.

A world's file may have changed since: what it does not know any more is left out, and somebody whose room is gone
stands at the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portside.apps.world.model import Entry, Finding, Item, Place, Player, Where, World
from portside.apps.world.plan import HELD

Record = Mapping[str, Any]
"""Lists, texts, numbers and tables of these: what JSON can write."""


def world_record(world: World) -> Record:
    """What the world has become: the originals of its things, its states, its board."""
    return {
        "values": dict(world.values),
        "until": dict(world.until),
        "items": {item.id: _item(item) for item in world.items.values() if not item.copy},
        "pages": {id_: [list(entry) for entry in entries] for id_, entries in world.pages.items()},
        "board": [[line.name, line.deed, line.at] for line in world.board],
    }


def restore_world(world: World, record: Record, now: float) -> None:
    """Make ``world`` what it was when ``record`` was made; whoever held a thing has time from ``now`` to come back."""
    known = _possible_values(world)
    world.values |= {id_: value for id_, value in record["values"].items() if value in known.get(id_, ())}
    world.until |= {id_: at for id_, at in record["until"].items() if id_ in known}
    world.board = [Finding(name, deed, at) for name, deed, at in record["board"]]
    written = record.get("pages", {}).items()
    world.pages = {id_: [Entry(*entry) for entry in entries] for id_, entries in written if id_ in world.plan.things}
    for id_, (where, of, lit, gone) in record["items"].items():
        place = Place(Where(where), of)
        if id_ in world.items and _exists(world, place):
            item = world.items[id_]
            item.place, item.lit = place, lit
            item.gone = now if place.where in (Where.HELD, Where.WORN) else gone


def player_record(world: World, player: Player) -> Record:
    """What is kept of a player, with what they have out of plenty."""
    copies = [item for item in world.carried(player) if item.copy]
    return {
        "room": player.room,
        "deeds": list(player.deeds),
        "seen": sorted(player.seen),
        "brief": player.brief,
        "things": [[item.thing.id, item.place.where is Where.WORN, item.lit] for item in copies],
    }


def restore_player(world: World, player: Player, record: Record) -> None:
    """Make ``player`` what they were, in a world that they are in already."""
    if record["room"] in world.plan.rooms:
        player.room = record["room"]
    player.deeds = list(record["deeds"])
    player.seen = set(record["seen"])
    player.brief = bool(record["brief"])
    for thing, worn, lit in record["things"][:HELD]:
        if thing in world.plan.things:
            item = world.take_copy(world.plan.things[thing], player)
            item.lit = lit
            if worn:
                item.place = Place(Where.WORN, player.key)


def _item(item: Item) -> list[Any]:
    return [item.place.where.value, item.place.of, item.lit, item.gone]


def _exists(world: World, place: Place) -> bool:
    if place.where is Where.ROOM:
        return place.of in world.plan.rooms
    return place.of in world.plan.things if place.where is Where.INSIDE else True


def _possible_values(world: World) -> dict[str, tuple[str, ...]]:
    plan = world.plan
    lids = [*plan.doors, *(thing.id for thing in plan.things.values() if thing.lid)]
    return (
        dict.fromkeys(lids, ("open", "closed", "locked"))
        | {state.id: state.values for state in plan.states.values()}
        | {clock.id: tuple(phase.value for phase in clock.phases) for clock in plan.clocks.values()}
    )
