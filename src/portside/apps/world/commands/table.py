"""The table of verbs: each with the words that mean it, what it does, and what ``help`` says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portside.apps.world.commands import carrying, handling, knowing, looking, moving, talking
from portside.apps.world.model import Manner, Player, World
from portside.apps.world.plan import Plan
from portside.apps.world.words import Order, Vocabulary

Command = Callable[[World, Player, Order], None]

LOOKING, MOVING, THINGS, TALKING, YOU = "Looking", "Moving", "Things", "Talking", "You"


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: ``words`` mean it too, ``loud`` ones reach other people, ``spoken`` ones are about no thing."""

    name: str
    do: Command
    group: str
    usage: str
    help: str
    words: tuple[str, ...] = ()
    loud: bool = False
    spoken: bool = False


def help_(world: World, player: Player, order: Order) -> None:
    """What one can do, or what is to know about one verb."""
    word = order.text.casefold().strip()
    if not word:
        world.tell(player.key, overview(), Manner.TABLE)
        return
    verb = BY_NAME.get(vocabulary(world.plan).verb(word))
    if verb is None:
        world.tell(player.key, f"There is no help about {word}. 'help' alone tells what you can do.")
        return
    also = f"\nAlso: {', '.join(verb.words)}" if verb.words else ""
    world.tell(player.key, f"{verb.usage}\n  {verb.help}{also}", Manner.TABLE)


def overview() -> str:
    """The verbs by their groups, and how orders are written."""
    groups: dict[str, list[str]] = {}
    for verb in VERBS:
        groups.setdefault(verb.group, []).append(verb.name)
    lines = [f"{group + ':':11}{', '.join(names)}" for group, names in groups.items()]
    lines.append(f"{'Gestures:':11}{', '.join(GESTURES)}")
    return "\n".join(["Write what you want to do, in a few words:", "", *lines, "", *MANNERS])


MANNERS = (
    "n, e, s, w, u and d go where they point. l is look, x is examine, i is inventory.",
    "'hello says hello to the room; tell anna hello is for Anna alone.",
    "Other verbs work where they make sense: pull, ring, knock ... Try what you would do.",
    "help VERB tells more about one; hint helps when you are lost.",
)

VERBS = (
    Verb("look", looking.look, LOOKING, "look [at THING | in THING]", "Shows where you are, or a thing.", ("l",)),
    Verb("examine", looking.examine, LOOKING, "examine THING", "Looks at it closely.", ("x", "inspect", "search")),
    Verb("read", looking.read, LOOKING, "read THING", "Tells what is written on it."),
    Verb("exits", looking.exits, LOOKING, "exits", "Lists the ways out, and where they lead.", ("ways",)),
    Verb("inventory", looking.inventory, LOOKING, "inventory", "Tells what you have.", ("i", "inv")),
    Verb("board", looking.board, LOOKING, "board", "Shows who has found what.", ("fame", "hall")),
    Verb(
        "go",
        moving.go,
        MOVING,
        "go DIRECTION",
        "Goes there; n, e, s, w, u, d do as well.",
        ("walk", "climb"),
    ),
    Verb("take", carrying.take, THINGS, "take THING [from THING] | take all", "Picks it up.", ("get", "grab", "pick")),
    Verb("drop", carrying.drop, THINGS, "drop THING | drop all", "Leaves it here.", ("leave",)),
    Verb("put", carrying.put, THINGS, "put THING in THING", "Puts it into something open.", ("insert", "place")),
    Verb("give", carrying.give, THINGS, "give THING to SOMEBODY", "Hands it over.", ("hand", "offer", "feed")),
    Verb("open", handling.open_, THINGS, "open THING", "Opens a door or a lid."),
    Verb("close", handling.close, THINGS, "close THING", "Closes a door or a lid.", ("shut",)),
    Verb("unlock", handling.unlock, THINGS, "unlock THING", "Unlocks it, if you have its key."),
    Verb("lock", handling.lock, THINGS, "lock THING", "Locks it, if you have its key."),
    Verb(
        "light",
        handling.light,
        THINGS,
        "light THING",
        "Makes it shine, if you can.",
        ("ignite", "burn"),
    ),
    Verb("extinguish", handling.extinguish, THINGS, "extinguish THING", "Puts a light out.", ("snuff", "douse")),
    Verb("wear", handling.wear, THINGS, "wear THING", "Puts it on.", ("don",)),
    Verb("remove", handling.remove, THINGS, "remove THING", "Takes it off.", ("doff",)),
    Verb("say", talking.say, TALKING, "say TEXT  or  'TEXT", "Everybody here hears it.", (), True, True),
    Verb("tell", talking.tell, TALKING, "tell NAME TEXT", "One visitor hears it, anywhere.", ("t",), True, True),
    Verb("reply", talking.reply, TALKING, "reply TEXT", "Answers whoever told you something last.", ("r",), True, True),
    Verb("whisper", talking.whisper, TALKING, "whisper NAME TEXT", "One visitor here hears it.", (), True, True),
    Verb("shout", talking.shout, TALKING, "shout TEXT", "Everybody in the world hears it.", ("yell",), True, True),
    Verb("emote", talking.emote, TALKING, "emote TEXT  or  :TEXT", "Shows what you do: :sings.", ("me",), True, True),
    Verb("write", talking.write, TALKING, "write TEXT", "Writes into a guest book, if there is one.", (), True, True),
    Verb("ask", talking.ask, TALKING, "ask SOMEBODY about SOMETHING", "Asks people who live here.", (), True, True),
    Verb("talk", talking.talk, TALKING, "talk to SOMEBODY", "Begins a talk, and tells what to ask about.", (), True),
    Verb("who", knowing.who, YOU, "who", "Tells who is in the world."),
    Verb("score", knowing.score, YOU, "score", "Tells what you have done.", ("points",)),
    Verb("time", knowing.clocks, YOU, "time", "Tells what changes with time.", ("tide",)),
    Verb("wait", knowing.wait, YOU, "wait", "Does nothing for a while.", ("z",)),
    Verb("brief", knowing.brief, YOU, "brief", "Tells places that you know in short, or in full again.", ("verbose",)),
    Verb("hint", knowing.hint, YOU, "hint", "Helps when you are lost."),
    Verb("help", help_, YOU, "help [VERB]", "Tells what you can do.", ("commands", "h")),
    Verb("quit", knowing.leave, YOU, "quit", "Goes home. What you have stays yours.", ("q", "exit", "logout", "bye")),
)

GESTURES = ("wave", "nod", "smile", "grin", "laugh", "bow", "shrug", "sigh", "wink", "cheer", "clap", "dance", "frown")

BY_NAME = {verb.name: verb for verb in VERBS} | {
    name: Verb(name, talking.gesture, "Gestures", f"{name} [at NAME]", "Everybody here sees it.", (), True)
    for name in GESTURES
}

PHRASES = {
    ("pick", "up"): "take", ("put", "down"): "drop", ("put", "on"): "wear", ("take", "off"): "remove",
    ("put", "out"): "extinguish", ("blow", "out"): "extinguish", ("turn", "off"): "extinguish",
    ("turn", "on"): "light", ("look", "at"): "examine", ("speak", "to"): "talk",
}  # fmt: skip


def vocabulary(plan: Plan) -> Vocabulary:
    """The words of the table, and those of a world's own actions."""
    verbs = {verb.name: verb.name for verb in BY_NAME.values()}
    verbs |= {pattern.verb: pattern.verb for action in plan.actions for pattern in action.patterns}
    verbs |= {word: verb.name for verb in BY_NAME.values() for word in verb.words}
    verbs |= plan.words
    verbs.pop("enter", None)
    return Vocabulary(verbs, PHRASES)
