"""What a client of Telnet tells of itself, and how it connects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portside.interfaces import Observer, Tap
from portside.protocols.telnet.messages import Mtts, Option, Party, SpecialCharacter, Variable, Want, WindowSize
from portside.protocols.telnet.rules.policy import CLIENT, Policy
from portside.transport.connect import CONNECT_TIMEOUT
from portside.transport.dial import ClientTls

PORT = 23
"""Where Telnet is spoken: there a client begins to negotiate; at other ports something else may listen."""
COLOURFUL = ("256color", "truecolor", "direct", "kitty", "alacritty", "wezterm", "foot")
"""Parts of the names of terminals that show 256 colours and more."""

_FIRST = (
    Want(Option.SGA, Party.THEM),
    Want(Option.TTYPE, Party.US),
    Want(Option.NAWS, Party.US),
)
"""What is asked for at first. A server that wants to know our environment asks for it by itself."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to connect, and what to tell.

    - ``timeout``: seconds for connecting.
    - ``terminal``: its type, as TERM has it. ``window``: its characters; None: it has no window.
    - ``environment``: the variables that the server may know, and no others.
    - ``charset``: what text is taken for until both sides agree upon something; ``errors``: what becomes of bytes that
      it lacks, by Python's name for it. ``surrogateescape`` keeps them.
    - ``characters``: the terminal's special keys, for LINEMODE.
    - ``binary``: ask for eight bits in both directions at once (RFC 856).
    - ``begin``: whether to negotiate without being asked; None: at port 23 only.
    """

    timeout: float = CONNECT_TIMEOUT
    tls: ClientTls | None = None
    terminal: str = "unknown"
    window: WindowSize | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    charset: str = "utf-8"
    errors: str = "replace"
    characters: tuple[SpecialCharacter, ...] = ()
    binary: bool = False
    begin: bool | None = None
    observer: Observer | None = None
    tap: Tap | None = None

    def policy(self, port: int) -> Policy:
        """What the rules are told."""
        first: tuple[Want, ...] = _FIRST if self.begin or (self.begin is None and port == PORT) else ()
        if self.binary:
            first += (Want(Option.BINARY, Party.US), Want(Option.BINARY, Party.THEM))
        return Policy(
            ours=CLIENT.ours if self.window is not None else CLIENT.ours - {Option.NAWS},
            theirs=CLIENT.theirs,
            first=tuple(want for want in first if self.window is not None or want.option is not Option.NAWS),
            terminal_types=self._types(),
            mtts=self._mtts(),
            window=self.window,
            environment=variables(self.environment),
            charsets=tuple(dict.fromkeys((self.charset.upper(), *CLIENT.charsets))),
            characters=self.characters,
        )

    def _types(self) -> tuple[str, ...]:
        """The best first (RFC 1091), and a simpler one behind it: game servers look for MTTS at the third place."""
        name = self.terminal.upper()
        if self._mtts() is None:
            return (name,)
        simple = name.partition("-")[0]
        return name, simple if simple != name else "ANSI"

    def _mtts(self) -> Mtts | None:
        name = self.terminal.lower()
        if name in ("", "unknown", "dumb"):
            return None
        flags = Mtts.ANSI | Mtts.VT100
        if self.charset.lower().replace("_", "-") == "utf-8":
            flags |= Mtts.UTF_8
        if any(part in name for part in COLOURFUL):
            flags |= Mtts.COLOURS_256
        return flags | Mtts.SSL if self.tls is not None else flags


WELL_KNOWN = frozenset({"USER", "JOB", "ACCT", "PRINTER", "SYSTEMTYPE", "DISPLAY"})
"""Names of variables that RFC 1572 §4 knows; all others are the user's own."""


def variables(environment: Mapping[str, str]) -> tuple[Variable, ...]:
    """An environment as Telnet tells it."""
    return tuple(Variable(name, value, user=name not in WELL_KNOWN) for name, value in environment.items())
