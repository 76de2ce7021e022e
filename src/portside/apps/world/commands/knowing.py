"""Knowing: who is here, how one does, what one can do; and leaving."""

from __future__ import annotations

from portside.apps.world.model import Leaving, Manner, Player, World
from portside.apps.world.plan import Clock
from portside.apps.world.words import Order, with_article


def who(world: World, player: Player, _: Order) -> None:
    """Who is in the world."""
    lines = [_who_line(world, other) for other in sorted(world.players.values(), key=lambda one: one.arrived)]
    count = "You are alone here" if len(lines) == 1 else f"{len(lines)} visitors are here"
    world.tell(player.key, "\n".join([f"{count}:", *lines]), Manner.TABLE)


def score(world: World, player: Player, _: Order) -> None:
    """What one has done."""
    points, rank = world.points(player), world.plan.rank(world.points(player))
    lines = [f"You have {points} of {world.plan.points()} points, which makes you {with_article(rank)}."]
    done = [world.plan.deeds[deed] for deed in player.deeds if deed in world.plan.deeds]
    lines += [f"{deed.points:5}  {deed.text}" for deed in done]
    seen = len(player.seen & set(world.plan.rooms))
    lines.append(f"You have seen {seen} of {len(world.plan.rooms)} places.")
    world.tell(player.key, "\n".join(lines), Manner.TABLE)


def brief(world: World, player: Player, _: Order) -> None:
    """Rooms that one knows without their text, or with it again."""
    player.brief = not player.brief
    short = "Places you know are told in short now; 'look' tells all."
    world.tell(player.key, short if player.brief else "Places are told in full now.")


def hint(world: World, player: Player, _: Order) -> None:
    """What the world's maker says to somebody who is lost."""
    fitting = [hint.text for hint in world.plan.hints if world.holds(hint.when, player)]
    fitting.append("No hint was left for you. 'help' tells what you can do.")
    world.tell(player.key, fitting[0], Manner.HINT)


def clocks(world: World, player: Player, _: Order) -> None:
    """What the clocks of the world say."""
    lines = [_clock_line(world, clock) for clock in world.plan.clocks.values()]
    world.tell(player.key, "\n".join(lines) or "Time does not matter here.")


def wait(world: World, player: Player, _: Order) -> None:
    """Nothing, on purpose."""
    world.tell(player.key, "You wait a while. The world goes on by itself; 'time' tells what you may be waiting for.")


def leave(world: World, player: Player, _: Order) -> None:
    """Go home."""
    world.event(Leaving(player.key))


def _who_line(world: World, player: Player) -> str:
    title = "guest" if player.guest else world.plan.rank(world.points(player))
    minutes = int(world.now - player.arrived) // 60
    return f"  {player.name:18}{title:22}{world.points(player):4} points   {minutes} min"


def _clock_line(world: World, clock: Clock) -> str:
    left = max(0, int(world.until.get(clock.id, world.now) - world.now))
    minutes = "less than a minute" if left < 60 else f"about {(left + 30) // 60} min"
    return f"The {clock.id} is {world.values[clock.id]}, for {minutes} more."
