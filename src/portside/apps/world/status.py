"""What clients and lists of worlds are told besides the text: GMCP's packages, and the variables of MSSP."""

from __future__ import annotations

import json

from portside.apps.world.model import Player, World

Package = tuple[str, str]
"""A name of GMCP, and its data as JSON."""


def room_info(world: World, player: Player) -> Package:
    """Where a player is, and where one can go; nothing that the dark hides."""
    room = world.room(player)
    if not world.light_in(player.room):
        return "Room.Info", json.dumps({"id": "", "name": "In the dark", "area": world.plan.name, "exits": {}})
    seen = [way for way, exit_ in room.exits.items() if not exit_.hidden or world.holds(exit_.when, player)]
    ways = {way: room.exits[way].to for way in seen}
    return "Room.Info", json.dumps({"id": room.id, "name": room.name, "area": world.plan.name, "exits": ways})


def vitals(world: World, player: Player) -> Package:
    """How far a player has come."""
    points = world.points(player)
    return "Char.Vitals", json.dumps(
        {"points": points, "maxpoints": world.plan.points(), "rank": world.plan.rank(points)}
    )


def char_name(player: Player) -> Package:
    """Who a player is."""
    return "Char.Name", json.dumps({"name": player.name, "fullname": player.name})


def variables(world: World, started: float) -> dict[str, str]:
    """MSSP: what a list of worlds shows. ``started`` is when the server did, in seconds since 1970."""
    plan = world.plan
    return {
        "NAME": plan.name,
        "PLAYERS": str(len(world.players)),
        "UPTIME": str(int(started)),
        "CODEBASE": "Portside",
        "FAMILY": "Custom",
        "GENRE": "Adventure",
        "LANGUAGE": "English",
        "AREAS": "1",
        "ROOMS": str(len(plan.rooms)),
        "OBJECTS": str(len(plan.things)),
        "MOBILES": str(len(plan.people)),
        "ANSI": "1",
        "UTF-8": "1",
        "GMCP": "1",
    }
