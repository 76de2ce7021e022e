"""A small world to try things in, and a visitor who is a list of lines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from portside.apps.world.acting import Acting
from portside.apps.world.coming import come
from portside.apps.world.loading import load_plan, parse_plan
from portside.apps.world.model import Event, Player, Told, World
from portside.apps.world.passing import tick
from portside.apps.world.plan import Plan
from portside.errors import TransportError
from portside.interfaces import Address

NOW = 1_000_000.0


class HungUp(TransportError):
    """What a visitor's door raises when they have left."""


SMALL = """
[world]
name = "Smallton"
start = "hall"
players = 3
board = "The list"

[[ranks]]
points = 0
name = "newcomer"
[[ranks]]
points = 10
name = "expert"

[[hints]]
when = ["done won"]
text = "You have won."
[[hints]]
text = "Open the box."

[deeds]
won = { points = 10, text = "won the game", treasure = true }

[clocks.tide]
heard_in = ["shore"]
[[clocks.tide.phases]]
value = "low"
lasts = 100
says = "The tide is low."
[[clocks.tide.phases]]
value = "high"
lasts = 50
says = "The tide is high."
washed = "You are washed away."
washes = { shore = "hall" }

[states.lever]
values = ["up", "down"]
returns = 30
heard_in = ["hall", "yard"]
tells = { down = "Something rattles.", up = "Something creaks." }

[doors.gate]
name = "the gate"
start = "locked"
key = "key"
returns = 60
[doors.gate.sides]
hall = "Oak."
yard = "Iron."

[rooms.hall]
name = "The Hall"
text = "A bare hall."
board = true
[rooms.hall.exits]
north = { to = "yard", door = "gate" }
south = { to = "shore", when = ["tide is low"], says = "The sea is in the way." }
down = "cellar"
east = { to = "yard", when = ["lever is down"], hidden = true }
[rooms.hall.sights]
"picture, old picture" = "It shows a hall."
"lever" = "It can be pulled."
[[rooms.hall.extras]]
when = ["lever is down"]
text = "A gap has opened in the east."

[rooms.yard]
name = "The Yard"
text = "Sky."
exits = { south = { to = "hall", door = "gate" } }

[rooms.shore]
name = "The Shore"
text = "Sand."
exits = { north = "hall" }

[rooms.cellar]
name = "The Cellar"
dark = true
text = "Cobwebs."
exits = { up = "hall", down = "crypt" }

[rooms.crypt]
name = "The Crypt"
dark = true
text = "Bones."
exits = { up = "cellar" }

[things.key]
name = "an iron key"
names = ["key"]
place = "hall"
text = "Rusty."
returns = 100

[things.lamp]
name = "a lamp"
place = "hall"
plenty = true
light = true
lit_with = "match"
lies = "Lamps stand here."
text = "Brass."

[things.match]
name = "a match"
place = "hall"
plenty = true
text = "Red."

[things.hat]
name = "a hat"
place = "hall"
wear = true
text = "Tall."
reads = "MADE IN SMALLTON"

[things.box]
name = "a box"
place = "hall"
fixed = true
holds = 2
lid = "closed"
text = "Wooden."

[things.pearl]
name = "a pearl"
place = "box"
plenty = true
deed = "won"
text = "White."

[people.crow]
name = "the crow"
names = ["crow", "bird"]
room = "hall"
text = "Black."
repeats = true
idle = ["The crow caws."]
wanders = ["hall", "yard"]
baffled = "The crow looks away."
[people.crow.answers]
"hello, hi" = "The crow bows."
"box, chest" = "The crow looks at the box."

[words]
pull = ["tug"]

[[actions]]
order = "pull lever"
room = "hall"
when = ["lever is up"]
does = ["set lever to down"]
says = "You pull."
others = "{name} pulls the lever."
otherwise = "It is down already."

[[actions]]
order = ["say xyzzy"]
room = "hall"
does = ["give match", "move to yard"]
says = "A puff of smoke."

[[actions]]
order = "give match to crow"
does = ["take match"]
says = "The crow eats it."

[[actions]]
order = "ask crow about time"
says = "The crow looks at the sun."

[[actions]]
order = "enter"
room = "crypt"
says = "A draught."
"""


def small_plan(more: str = "") -> Plan:
    """A world of five rooms, with ``more`` tables."""
    return parse_plan(SMALL + more, Path("small.toml"))


class Stage:
    """A world without terminals: orders go in, and what each player is told comes out."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.lots: list[float] = []
        self.world = World(plan or small_plan(), self._draw)
        self.acting = Acting(self.world)
        self.now = NOW
        self.happened: list[Event] = []
        self.pass_time(0)

    def player(self, name: str = "Anna", *, guest: bool = False) -> Player:
        """Somebody who has just come in; what was told of it is thrown away."""
        player = come(self.world, name.casefold(), name, None, self.now, guest=guest)
        self.world.events()
        return player

    def does(self, player: Player, *lines: str) -> str:
        """What the player is told who types ``lines``."""
        return "\n".join(self.told(self._act(player, line), player) for line in lines)

    def sees(self, watcher: Player, player: Player, line: str) -> str:
        """What somebody else is told while ``player`` types a line."""
        return self.told(self._act(player, line), watcher)

    def pass_time(self, seconds: float, *lots: float) -> list[Event]:
        """What happens by itself; ``lots`` are drawn first, and then nothing stirs."""
        self.now += seconds
        self.lots = list(lots)
        self.happened = tick(self.world, self.now)
        return self.happened

    def told(self, events: Iterable[Event], player: Player) -> str:
        """Of ``events`` the lines for one player."""
        return "\n".join(event.text for event in events if isinstance(event, Told) and event.key == player.key)

    def _draw(self) -> float:
        return self.lots.pop(0) if self.lots else 0.99

    def _act(self, player: Player, line: str) -> list[Event]:
        self.happened = self.acting.act(player, line, self.now)
        return self.happened


def big_stage() -> Stage:
    """The world that comes with Portside."""
    return Stage(load_plan())


class FakeVisitor:
    """A terminal whose user types what ``types`` says, and then sits there; ``leave`` hangs up."""

    def __init__(self, *lines: str, host: str = "127.0.0.1", columns: int = 80, charset: str = "utf-8") -> None:
        self.address = Address(host, 50_000)
        self.columns = columns
        self.rows = 24
        self.charset = charset
        self.secure = False
        self.on_interrupt = None
        self.screen = ""
        self.secrets: list[str] = []
        self.packages: list[tuple[str, str]] = []
        self.closed = False
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        self._read = asyncio.Event()
        self.types(*lines)

    def types(self, *lines: str) -> None:
        for line in lines:
            self._typed.put_nowait(line)

    def leave(self) -> None:
        self._typed.put_nowait(None)

    async def line(self, prompt: str = "", *, secret: bool = False, limit: int = 4096) -> str:
        self.screen += prompt
        self._changed()
        line = None if self.closed else await self._typed.get()
        if line is None or self.closed:
            raise HungUp("they hung up")
        self.screen += "\n" if secret else f"{line}\n"
        if secret:
            self.secrets.append(line)
        return line[:limit]

    def write(self, text: str) -> None:
        self.screen += text
        self._changed()

    def tell(self, text: str) -> None:
        self.write(f"\n{text}\n")

    def style(self, text: str, style: str) -> str:
        return text

    def gmcp(self, package: str, data: str = "") -> None:
        self.packages.append((package, data))

    def close(self) -> None:
        self.closed = True
        self._typed.put_nowait(None)

    async def until(self, text: str, times: int = 1) -> str:
        """Wait until ``text`` stands on the screen so many times."""
        async with asyncio.timeout(30):
            while self.screen.count(text) < times:
                self._read.clear()
                await self._read.wait()
        return self.screen

    def _changed(self) -> None:
        self._read.set()
