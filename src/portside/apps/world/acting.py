"""A typed line becomes what it does to the world: the one way from words to events."""

from __future__ import annotations

from dataclasses import replace

from portside.apps.world.commands.table import BY_NAME, vocabulary
from portside.apps.world.finding import Unclear, find, target_id, targets
from portside.apps.world.happenings import happens
from portside.apps.world.model import Event, Player, World
from portside.apps.world.plan import Person
from portside.apps.world.speech import clean
from portside.apps.world.words import LEADING, Order, Vocabulary, parse_order

UNKNOWN = "You don't know how to {word}. 'help' tells what you can do."


class Acting:
    """Takes visitors' lines in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._vocabulary: Vocabulary = vocabulary(world.plan)

    def parse(self, line: str) -> Order:
        """What a line asks for, freed from what must not reach others."""
        return parse_order(clean(line), self._vocabulary)

    def is_loud(self, order: Order) -> bool:
        """Whether an order makes other people read something of the visitor's own."""
        verb = BY_NAME.get(order.verb)
        return verb is not None and verb.loud

    def act(self, player: Player, line: str, now: float) -> list[Event]:
        """What comes of ``line``, typed by ``player``; ``now`` is in seconds since 1970."""
        self.world.now = now
        order = self.parse(line)
        if order.verb:
            self._do(player, self._turned(player, order))
        elif line.strip():
            self._unknown(player, clean(line))
        return self.world.events()

    def _do(self, player: Player, order: Order) -> None:
        verb = BY_NAME.get(order.verb)
        if verb is not None and verb.spoken:
            verb.do(self.world, player, order)
        elif not self._happens(player, order):
            if verb is not None:
                verb.do(self.world, player, order)
            else:
                self._nothing_comes(player, order)

    def _turned(self, player: Player, order: Order) -> Order:
        """The other order in which people say it: "give anna hat" means "give hat to anna"."""
        whom, _, what = order.noun.partition(" ")
        if order.verb != "give" or order.second or not what:
            return order
        found = find(self.world, player, whom)
        return replace(order, noun=what, second=whom) if isinstance(found, Player | Person) else order

    def _happens(self, player: Player, order: Order) -> bool:
        """Whether the world's file has something for this order."""
        if order.verb == "examine":
            return False
        noun, second = (order.noun, order.second) if order.noun else (order.second, "")
        about, with_what = self._id(player, noun), self._id(player, second)
        if about is None or with_what is None:
            return False
        return happens(self.world, player, order.verb, about, with_what)

    def _id(self, player: Player, noun: str) -> str | None:
        """The id of what ``noun`` means; '' for no noun, None for one that the world's file cannot know."""
        if not noun:
            return ""
        target = find(self.world, player, noun)
        return None if isinstance(target, Unclear | Player) else target_id(target)

    def _nothing_comes(self, player: Player, order: Order) -> None:
        noun = order.noun or order.second
        if not noun:
            self._guess(player, order)
            return
        target = find(self.world, player, noun)
        text = target.text() if isinstance(target, Unclear) else f"You {order.verb} it, and nothing comes of it."
        self.world.tell(player.key, text)

    def _guess(self, player: Player, order: Order) -> None:
        """A verb alone is enough where only one thing here can be meant."""
        patterns = [pattern for action in self.world.plan.actions for pattern in action.patterns]
        here = {target_id(target) for target in targets(self.world, player)}
        meant = {pattern.noun for pattern in patterns if pattern.verb == order.verb} & here - {""}
        if len(meant) != 1 or not happens(self.world, player, order.verb, meant.pop()):
            self.world.tell(player.key, f"What do you want to {order.verb}?")

    def _unknown(self, player: Player, line: str) -> None:
        word = line.split()[0] if line.split() else ""
        if word and word[0] not in LEADING:
            self.world.tell(player.key, UNKNOWN.format(word=word))
