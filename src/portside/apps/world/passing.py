"""What happens by itself as time passes: clocks go on, doors fall shut, things find their way home, people stir."""

from __future__ import annotations

from portside.apps.world.happenings import arrive, settle
from portside.apps.world.model import Event, Item, Manner, Where, World
from portside.apps.world.plan import Clock, Person, Phase
from portside.apps.world.words import capital

TICK = 2.0
"""Seconds between two looks at the clocks."""
STIRS = 1 / 40
"""How likely it is that somebody who lives here says or does something in one tick: about once in 80 seconds."""
DROPPED = 300
"""Seconds that one out of plenty lies where it was dropped, before it is gone."""


def tick(world: World, now: float) -> list[Event]:
    """All that is due at ``now`` (seconds since 1970)."""
    world.now = now
    for clock in world.plan.clocks.values():
        _go_on(world, clock)
    for state in [state for state, at in world.until.items() if at <= now and state not in world.plan.clocks]:
        _go_back(world, state)
    for item in list(world.items.values()):
        _return(world, item)
    for person in world.plan.people.values():
        if world.dice() < STIRS:
            _stir(world, person)
    return world.events()


def _go_on(world: World, clock: Clock) -> None:
    """Let a clock show its next phase when its time has come; after a long sleep only the last change is told."""
    at = world.until.get(clock.id, world.now + _phase(world, clock).lasts)
    round_ = sum(phase.lasts for phase in clock.phases)
    at += max(0.0, (world.now - at) // round_) * round_
    turned = False
    while at <= world.now:
        turned = True
        world.values[clock.id] = _following(world, clock).value
        at += _phase(world, clock).lasts
    world.until[clock.id] = at
    if turned:
        _turn(world, clock)


def _phase(world: World, clock: Clock) -> Phase:
    return next(phase for phase in clock.phases if phase.value == world.values[clock.id])


def _following(world: World, clock: Clock) -> Phase:
    place = clock.phases.index(_phase(world, clock))
    return clock.phases[(place + 1) % len(clock.phases)]


def _turn(world: World, clock: Clock) -> None:
    phase = _phase(world, clock)
    world.changed = True
    for room in clock.heard_in:
        world.tell_room(room, phase.says, manner=Manner.NOTICE)
    for room, safe in phase.washes.items():
        for player in world.in_room(room):
            world.tell(player.key, phase.washed)
            arrive(world, player, safe)
            settle(world, player)


def _go_back(world: World, state: str) -> None:
    """A state becomes again what it was at first; a door is heard to."""
    first = world.first(state)
    world.set(state, first)
    if state in world.plan.doors:
        door = world.plan.doors[state]
        for room in world.plan.rooms.values():
            if any(exit_.door == state for exit_ in room.exits.values()):
                world.tell_room(room.id, f"{capital(door.name)} falls shut.")


def _return(world: World, item: Item) -> None:
    """A thing goes home that has been left alone elsewhere for long enough."""
    if not item.gone or _owned(world, item):
        return
    stays = DROPPED if item.copy else item.thing.returns
    if stays and world.now - item.gone >= stays:
        if item.place.where is Where.ROOM:
            world.tell_room(item.place.of, f"Somebody tidies {item.thing.name} away.")
        world.remove_item(item)


def _owned(world: World, item: Item) -> bool:
    return item.place.where in (Where.HELD, Where.WORN) and item.place.of in world.players


def _stir(world: World, person: Person) -> None:
    """Somebody who lives here walks on, repeats what they heard, or says something of their own."""
    here = world.people[person.id]
    if person.wanders and world.dice() < 0.5:
        _wander(world, person, world.pick(person.wanders))
    elif person.id in world.heard and world.dice() < 0.5:
        text = f'{capital(person.name)} repeats, "{world.heard.pop(person.id)}"'
        world.tell_room(here, text, manner=Manner.TALK)
    else:
        world.tell_room(here, world.pick(person.idle))


def _wander(world: World, person: Person, room: str) -> None:
    here = world.people[person.id]
    if room != here:
        world.tell_room(here, f"{capital(person.name)} wanders off.")
        world.people[person.id] = room
        world.tell_room(room, f"{capital(person.name)} comes along.")
