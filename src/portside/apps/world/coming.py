"""Coming into the world and leaving it."""

from __future__ import annotations

from portside.apps.world.happenings import settle
from portside.apps.world.model import Event, Manner, Moved, Player, World
from portside.apps.world.records import Record, restore_player


def come(world: World, key: str, name: str, record: Record | None, now: float, *, guest: bool = False) -> Player:
    """Let a visitor stand in the world: where they were, or at the start for one without a ``record``."""
    world.now = now
    player = Player(key, name, world.plan.start, guest, arrived=now)
    world.players[key] = player
    if record is not None:
        restore_player(world, player, record)
    world.tell_room(player.room, f"{name} comes into view.", key)
    world.event(Moved(key))
    settle(world, player)
    return player


def come_back(world: World, player: Player, now: float) -> list[Event]:
    """Let a visitor go on at another terminal, where they have been all the time."""
    world.now = now
    world.tell(player.key, "You blink, and go on where you were.", Manner.NOTICE)
    settle(world, player)
    return world.events()


def leave(world: World, player: Player, now: float) -> list[Event]:
    """Take a visitor out. What they have out of plenty goes with them; the only one of its kind comes home in time."""
    world.now = now
    world.tell_room(player.room, f"{player.name} fades from view.", player.key)
    for item in world.carried(player):
        if item.copy:
            world.items.pop(item.id)
        elif player.guest:
            world.remove_item(item)
        else:
            item.gone = item.gone or now
    del world.players[player.key]
    world.changed = True
    return world.events()
