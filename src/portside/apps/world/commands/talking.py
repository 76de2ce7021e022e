"""Talking: to a room, to one visitor, to the people who live here.

What is said has been cleaned already (``speech.clean``). It always follows the speaker's name, and stands in quotation
marks or after a star, so that nobody can speak as the narrator.
"""

from __future__ import annotations

import re

from portside.apps.world.finding import Unclear, bare, find, find_player
from portside.apps.world.happenings import happens, words_of
from portside.apps.world.model import Entry, Manner, Player, World
from portside.apps.world.plan import Answer, Person, Thing
from portside.apps.world.words import Order, capital

TALK = Manner.TALK
ABOUT = re.compile(r" (?:about|for|of|after) ")
"""What stands between whom one asks and what about."""


def say(world: World, player: Player, order: Order) -> None:
    """To everybody in the room."""
    text = _quoted(order.text)
    if not text:
        world.tell(player.key, "Say what?")
        return
    world.tell(player.key, f'You say, "{text}"', TALK)
    world.tell_room(player.room, f'{player.name} says, "{text}"', player.key, manner=TALK)
    for person in world.people_in(player.room):
        _overhear(world, player, person, text)
    happens(world, player, "say", topic=text)


def shout(world: World, player: Player, order: Order) -> None:
    """To everybody in the world."""
    text = _quoted(order.text)
    if not text:
        world.tell(player.key, "Shout what?")
        return
    world.tell(player.key, f'You shout, "{text}"', TALK)
    world.tell_all(f'{player.name} shouts from {world.room(player).name}, "{text}"', player.key, manner=TALK)


def tell(world: World, player: Player, order: Order) -> None:
    """To one visitor, wherever they are."""
    name, text = _addressed(order.text)
    is_person = name not in world.players and isinstance(find(world, player, name), Person)
    other = None if is_person else find_player(world, name)
    if other is None:
        _tell_nobody(world, player, name, order)
    elif other is player:
        world.tell(player.key, "You mutter to yourself. It does not help.")
    elif not text:
        world.tell(player.key, f"Tell {other.name} what?")
    else:
        other.told_by = player.key
        world.tell(player.key, f'You tell {other.name}, "{text}"', TALK)
        world.tell(other.key, f'{player.name} tells you, "{text}"', TALK)


def reply(world: World, player: Player, order: Order) -> None:
    """To whoever told one something last."""
    if player.told_by not in world.players:
        world.tell(player.key, "There is nobody to reply to.")
        return
    tell(world, player, Order("tell", text=f"{player.told_by} {order.text}"))


def whisper(world: World, player: Player, order: Order) -> None:
    """To one visitor in the room; the others see that, and no more."""
    name, text = _addressed(order.text)
    other = find_player(world, name)
    if other is None or other.room != player.room or other is player:
        world.tell(player.key, "Whisper to whom? They have to be here: whisper NAME TEXT.")
    elif not text:
        world.tell(player.key, f"Whisper what to {other.name}?")
    else:
        other.told_by = player.key
        world.tell(player.key, f'You whisper to {other.name}, "{text}"', TALK)
        world.tell(other.key, f'{player.name} whispers to you, "{text}"', TALK)
        world.tell_room(player.room, f"{player.name} whispers something to {other.name}.", player.key, other.key)


def emote(world: World, player: Player, order: Order) -> None:
    """What one does, in one's own words."""
    if not order.text:
        world.tell(player.key, "Do what? For example: emote looks out to sea.")
        return
    world.tell_room(player.room, f"* {player.name} {order.text}", manner=TALK)


def write(world: World, player: Player, order: Order) -> None:
    """Into a book of the visitors, which keeps the last lines of it."""
    book = next((item.thing for item in world.reachable(player) if item.thing.pages), None)
    if book is None or not world.light_in(player.room):
        world.tell(player.key, "There is nothing here to write into.")
        return
    text = _without_book(order.text, book)
    if not text:
        world.tell(player.key, f"Write what into {book.name}? For example: write I was here.")
        return
    world.pages[book.id] = [*world.pages.get(book.id, []), Entry(player.name, text)][-book.pages :]
    world.changed = True
    world.tell(player.key, f"You write into {book.name}.")
    world.tell_room(player.room, f"{player.name} writes into {book.name}.", player.key)


def gesture(world: World, player: Player, order: Order) -> None:
    """One of the gestures that everybody knows."""
    noun = order.noun or order.second
    other = find_player(world, noun) if noun else None
    if other is not None and other.room == player.room and other is not player:
        world.tell(player.key, f"You {order.verb} at {other.name}.")
        world.tell(other.key, f"{player.name} {_third(order.verb)} at you.")
        world.tell_room(player.room, f"{player.name} {_third(order.verb)} at {other.name}.", player.key, other.key)
        return
    world.tell(player.key, f"You {order.verb}.")
    world.tell_room(player.room, f"{player.name} {_third(order.verb)}.", player.key)


def ask(world: World, player: Player, order: Order) -> None:
    """Somebody who lives here about something."""
    name, _, topic = ABOUT.sub(" about ", order.text.casefold(), count=1).partition(" about ")
    person = _person(world, player, name)
    if person is None:
        return
    if not topic.strip():
        _greet(world, player, person)
        return
    world.tell_room(player.room, f"{player.name} asks {person.name} about {topic}.", player.key, manner=TALK)
    if not happens(world, player, "ask", person.id, topic=topic):
        _answer(world, player, person, topic)


def talk(world: World, player: Player, order: Order) -> None:
    """Begin a talk with somebody who lives here."""
    person = _person(world, player, order.noun or order.second)
    if person is not None:
        world.tell_room(player.room, f"{player.name} talks to {person.name}.", player.key)
        _greet(world, player, person)


def _person(world: World, player: Player, name: str) -> Person | None:
    if not name.strip():
        world.tell(player.key, "Whom? For example: ask keeper about lighthouse.")
        return None
    noun = " ".join(word for word in name.split() if word not in ("the", "to", "with"))
    found = find(world, player, noun)
    if isinstance(found, Person):
        return found
    if isinstance(found, Player):
        world.tell(player.key, f"{found.name} is a visitor like you: use say, tell or whisper.")
    else:
        world.tell(player.key, found.text() if isinstance(found, Unclear) else "It does not answer.")
    return None


def _greet(world: World, player: Player, person: Person) -> None:
    """The first answer is what a person says to a greeting; the others' topics are what one can ask about."""
    if not person.answers:
        world.tell_room(player.room, person.baffled or f"{capital(person.name)} says nothing.")
        return
    world.tell_room(player.room, person.answers[0].text)
    topics = [answer.topics[0] for answer in person.answers[1:]]
    if topics:
        whom = person.names[0] if person.names else person.name
        text = f"(You could ask {whom} about: {', '.join(topics)}.)"
        world.tell(player.key, text, Manner.HINT)


def _answer(world: World, player: Player, person: Person, topic: str) -> None:
    answer = _about(person, topic)
    baffled = person.baffled or f"{capital(person.name)} has nothing to say about that."
    world.tell_room(player.room, answer.text if answer else baffled)


def _about(person: Person, text: str) -> Answer | None:
    words = set(words_of(text))
    for answer in person.answers:
        if any(set(topic.split()) <= words for topic in answer.topics):
            return answer
    return None


def _overhear(world: World, player: Player, person: Person, text: str) -> None:
    """A person keeps what was said, if that is their way, and answers where nobody else is meant."""
    if person.repeats:
        world.heard[person.id] = text
    meant = {word for name in person.names for word in name.split()} & set(words_of(text))
    alone = len(world.in_room(player.room)) == 1
    answer = _about(person, text) if meant or alone else None
    if answer is not None:
        world.tell_room(player.room, answer.text)


def _tell_nobody(world: World, player: Player, name: str, order: Order) -> None:
    """Nobody of that name is a visitor: perhaps somebody who lives here is meant."""
    if name and isinstance(find(world, player, name), Person):
        about = order.text.partition(" ")[2].strip()
        topic = about.removeprefix("about ").strip()
        ask(world, player, Order("ask", text=f"{name} about {topic}"))
        return
    world.tell(player.key, f"Nobody called {name} is about." if name else "Tell whom what?")


def _addressed(text: str) -> tuple[str, str]:
    """Whom a saying is for, and the saying: "anna hello", "to anna: hello"."""
    name, _, rest = text.removeprefix("to ").partition(" ")
    return name.rstrip(":,").casefold(), _quoted(rest)


def _without_book(text: str, book: Thing) -> str:
    """What is to be written, where people say into what as well: "write hello in the guest book"."""
    before, _, after = text.rpartition(" in ")
    called = bare(after.removeprefix("the ")).casefold()
    return _quoted(before) if called in (bare(book.name).casefold(), *book.names) else _quoted(text)


def _quoted(text: str) -> str:
    """A saying without the quotation marks that its speaker typed; those within become single ones."""
    return text.strip().strip('"').strip().replace('"', "'")


def _third(verb: str) -> str:
    """A gesture as somebody else does it."""
    return verb + ("es" if verb.endswith(("s", "sh", "ch")) else "s")
