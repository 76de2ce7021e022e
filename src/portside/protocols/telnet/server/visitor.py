"""One visitor, as an application meets them: lines, keys, the window, colours.

::

    async def app(visitor: Visitor) -> None:
        name = await visitor.line("Who are you? ")
        async for line in visitor.lines("> "):
            visitor.write(f"{name} says: {line}\\n")

The application is called once for each visitor, in a task of its own. It returns to end the visit, and may let
``VisitorLeft`` and ``Interrupted`` pass: both end the visit in good order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from portside.protocols.telnet.messages import Gmcp, Option, Party
from portside.protocols.telnet.server.reading import LONGEST_LINE, Interrupted, Reading, VisitorLeft
from portside.protocols.telnet.server.styles import styled

if TYPE_CHECKING:
    from portside.interfaces import Address
    from portside.protocols.telnet.server.raw import Raw
    from portside.protocols.telnet.server.screen import Screen
    from portside.protocols.telnet.server.terminal import Terminal
    from portside.protocols.telnet.server.wire import Wire

__all__ = ["Application", "Interrupted", "Keeps", "TellsOfItself", "Visitor", "VisitorLeft"]


class Visitor:
    """Whoever has connected.

    Text goes out in the character set that both sides agreed upon; what it lacks is shown as "?". What comes in holds
    no control characters. Once they have left, ``line``, ``key`` and ``drain`` raise ``VisitorLeft``, and what is
    written goes nowhere, without an error: others may go on telling them things.

    - ``on_resize``: called when their window has changed.
    - ``on_gmcp``: called with package and data (JSON text, "" where there is none) of what their client tells.
    """

    __slots__ = ("_reading", "_screen", "_terminal", "_wire", "address", "on_gmcp", "on_resize")

    def __init__(self, wire: Wire, terminal: Terminal, screen: Screen, reading: Reading) -> None:
        self._wire = wire
        self._terminal = terminal
        self._screen = screen
        self._reading = reading
        self.address: Address = wire.address
        self.on_resize: Callable[[], None] | None = None
        self.on_gmcp: Callable[[str, str], None] | None = None

    # ------------------------------------------------------------------------------------------- what is known

    @property
    def columns(self) -> int:
        """Width of their window in characters, 80 where it is unknown."""
        return self._terminal.columns

    @property
    def rows(self) -> int:
        """Height of their window in lines, 24 where it is unknown."""
        return self._terminal.rows

    @property
    def colours(self) -> int:
        """How many colours their terminal shows: 0, 16, 256 or 2**24."""
        return self._terminal.colours

    @property
    def charset(self) -> str:
        """The character set of what they read and write, by Python's name for it ("utf-8", "ascii", ...)."""
        return self._terminal.charset

    @property
    def terminal(self) -> str:
        """What their terminal calls itself, in lower case ("xterm-256color"); "" where it did not say."""
        return self._terminal.name

    @property
    def environment(self) -> Mapping[str, str]:
        """Of their environment what was asked for and is harmless (``Settings.environment``)."""
        return self._terminal.environment

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read along (TLS)."""
        return self._wire.secure

    @property
    def left(self) -> bool:
        """Whether they are gone, or are being sent away."""
        return self._reading.left is not None

    # --------------------------------------------------------------------------------------------- what they say

    @property
    def on_interrupt(self) -> Callable[[], None] | None:
        """Called for ^C, which empties their line; without it, whatever asks them raises ``Interrupted``."""
        return self._reading.on_interrupt

    @on_interrupt.setter
    def on_interrupt(self, call: Callable[[], None] | None) -> None:
        self._reading.on_interrupt = call

    async def line(self, prompt: str = "", *, secret: bool = False, limit: int = LONGEST_LINE) -> str:
        """Ask for a line, of ``limit`` characters at most; what is typed beyond is not taken.

        A ``secret`` one is not shown, and not remembered for the up key. Raises ``VisitorLeft``, and ``Interrupted``
        for ^C.
        """
        return await self._reading.line(prompt, secret=secret, limit=limit)

    async def lines(self, prompt: str = "", *, limit: int = LONGEST_LINE) -> AsyncIterator[str]:
        """Ask for line after line until they have left. Raises ``Interrupted``."""
        while True:
            try:
                line = await self.line(prompt, limit=limit)
            except VisitorLeft:
                return
            yield line

    async def key(self) -> str:
        """The next key: a character, or a name.

        Names are "enter", "tab", "backspace", "delete", "insert", "escape", "up", "down", "left", "right", "home",
        "end", "page-up", "page-down", "f1" to "f12", and "ctrl-a" to "ctrl-z". A client that sends whole lines only
        gives their characters and "enter". Raises ``VisitorLeft``, and ``Interrupted`` for ^C.
        """
        return await self._reading.key()

    # ------------------------------------------------------------------------------------------ what they read

    def write(self, text: str) -> None:
        """Show ``text`` as it is; a newline goes to the beginning of the next line."""
        self._screen.write(text)

    def tell(self, text: str) -> None:
        """Show ``text`` on lines of its own: while they type, above the prompt and what they have typed."""
        self._screen.tell(text)

    def style(self, text: str, style: str) -> str:
        """``text`` in a style, as far as their terminal has it, and plain where it has none.

        ``style`` is words: attributes ("bold", "dim", "italic", "underline", "reverse"), one of the colours "black",
        "red", "green", "yellow", "blue", "magenta", "cyan", "white", or "bright-red" and so on, or "#rrggbb". Raises
        ``LocalError`` for others.
        """
        return styled(text, style, self._terminal.colours)

    def clear(self) -> None:
        """Begin with an empty window, where the terminal can."""
        self._screen.clear()

    async def drain(self) -> None:
        """Wait until they have nearly read what was written. Raises ``VisitorLeft``."""
        await self._wire.drain()

    @property
    def wants_gmcp(self) -> bool:
        """Whether their client takes ``gmcp``."""
        return self._wire.on(Option.GMCP, Party.US)

    def gmcp(self, package: str, data: str = "") -> None:
        """Tell their client ("Room.Info", JSON text); nothing happens where it does not take it."""
        if self.wants_gmcp:
            self._wire.say(Gmcp(package, data))

    def close(self) -> None:
        """End the visit: what was written is still sent."""
        self._reading.leave(VisitorLeft("the visit is over"))
        self._wire.finish()

    def hand_over(self, raw: Raw) -> None:
        """From now on ``raw`` hears their bytes and signals as they come. Raises ``VisitorLeft``."""
        self._reading.hand_over(raw)


Application = Callable[[Visitor], Awaitable[None]]
"""What is hosted: called once for each visitor. It may also be one of the two below."""


@runtime_checkable
class TellsOfItself(Protocol):
    """An application that tells lists of worlds about itself (MSSP): names like "PLAYERS", and their values."""

    def mssp(self) -> Mapping[str, str | Sequence[str]]: ...


@runtime_checkable
class Keeps(Protocol):
    """An application that has something to put away: called when the server has stopped and all visits are over."""

    async def close(self) -> None: ...
