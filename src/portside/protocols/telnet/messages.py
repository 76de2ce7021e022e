"""What is said over Telnet: data, signals, and what both sides agree upon (RFC 854 and its options).

One conversation is symmetric: either side may ask for an option on its own side (``Party.US``) or on the other
(``Party.THEM``). Each message below says whether it is *heard*, *said*, or both. Text is UTF-8 with surrogate escapes,
so that any bytes come back as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag, auto


class Party(Enum):
    """On whose side an option is: the one that these rules speak for, or the other."""

    US = auto()
    THEM = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each command asks for it

    @property
    def other(self) -> Party:
        return Party.THEM if self is Party.US else Party.US


class Option(IntEnum):
    """The options that are understood here, by their number on the wire; all others are refused."""

    BINARY = 0  # RFC 856
    ECHO = 1  # RFC 857
    SGA = 3  # suppress go ahead, RFC 858
    STATUS = 5  # RFC 859
    TIMING_MARK = 6  # RFC 860
    TTYPE = 24  # RFC 1091
    EOR = 25  # RFC 885
    NAWS = 31  # RFC 1073
    TSPEED = 32  # RFC 1079
    LFLOW = 33  # RFC 1372
    LINEMODE = 34  # RFC 1184
    NEW_ENVIRON = 39  # RFC 1572
    CHARSET = 42  # RFC 2066
    MSSP = 70
    MCCP2 = 86
    GMCP = 201

    def __str__(self) -> str:
        return self.name.replace("_", "-")


class Verb(IntEnum):
    """How an option is asked for, agreed to and refused (RFC 854)."""

    WILL = 251
    WONT = 252
    DO = 253
    DONT = 254


class Control(IntEnum):
    """The control functions (RFC 854; the first four RFC 1184 and RFC 885), by their command on the wire."""

    EOF = 236
    SUSP = 237
    ABORT = 238
    EOR = 239
    NOP = 241
    SYNCH = 242  # the data mark, with TCP's urgent notice
    BRK = 243
    IP = 244
    AO = 245
    AYT = 246
    EC = 247
    EL = 248
    GA = 249


# ------------------------------------------------------------------------------------------ data and signals


@dataclass(frozen=True, slots=True)
class Data:
    """Heard and said: at least one byte of what is carried.

    Heard, it is freed from Telnet: IAC is single, and CR NUL is CR (CR LF stays). Said, it is made Telnet: IAC is
    doubled, and a CR without its LF *in the same message* becomes CR NUL. With BINARY no CR is touched.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class Signal:
    """Heard and said: one control function.

    SYNCH is said with urgent notice, and heard where one had come and its data mark is reached: what was on its way
    before it has been thrown away. GA is for sides that do not suppress it, EOR for those that have that option.
    """

    kind: Control


@dataclass(frozen=True, slots=True)
class PromptEnd:
    """Said: a prompt is complete. EOR where it is on, GA where it is not suppressed, and nothing otherwise."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Heard where the policy allows ``half_close``: the other side sends nothing more, and may still listen."""


# --------------------------------------------------------------------------------------------------- options


@dataclass(frozen=True, slots=True)
class Want:
    """Said: ask for an option to be on or off. Nothing happens where it is so, or is being agreed upon, already."""

    option: Option
    party: Party
    on: bool = True


@dataclass(frozen=True, slots=True)
class OptionChanged:
    """Heard: an option is on or off from here on, whoever asked for it.

    Our own is off as soon as we say so; theirs is off when their answer comes, for their data is still made by it.
    """

    option: Option
    party: Party
    on: bool


@dataclass(frozen=True, slots=True)
class OptionRefused:
    """Heard: the other side refused what we had asked for."""

    option: Option
    party: Party


@dataclass(frozen=True, slots=True)
class Malformed:
    """Heard: a subnegotiation that makes no sense was left unread; for logs."""

    option: Option
    reason: str


# ------------------------------------------------------------------------------------- terminal and window


@dataclass(frozen=True, slots=True)
class WindowSize:
    """Heard and said: characters of the window, 0..65535 each; 0: unknown (RFC 1073).

    Said before NAWS is agreed upon, it is told as soon as it is.
    """

    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class AskTerminalTypes:
    """Said: ask for all terminal types that the other side can be (RFC 1091); ``TerminalTypes`` follows."""


@dataclass(frozen=True, slots=True)
class TerminalTypes:
    """Heard: the types in the order in which they were told. Said: what we answer from now on.

    ``mtts`` is what game clients add as a type of its own ("MTTS 137": bits of ``Mtts``); it is not among ``names``.
    """

    names: tuple[str, ...]
    mtts: Mtts | None = None


class Mtts(IntFlag):
    """What a game client's terminal can do (Mud Terminal Type Standard)."""

    ANSI = 1
    VT100 = 2
    UTF_8 = 4
    COLOURS_256 = 8
    MOUSE_TRACKING = 16
    OSC_COLOUR_PALETTE = 32
    SCREEN_READER = 64
    PROXY = 128
    TRUECOLOUR = 256
    MNES = 512
    MSLP = 1024
    SSL = 2048


@dataclass(frozen=True, slots=True)
class AskTerminalSpeed:
    """Said: ask for the terminal's speed (RFC 1079)."""


@dataclass(frozen=True, slots=True)
class TerminalSpeed:
    """Heard: bits per second that the terminal sends and takes. Said: what we answer from now on."""

    transmit: int
    receive: int


class Flow(IntEnum):
    """What RFC 1372 asks of the side where the terminal is."""

    OFF = 0
    ON = 1
    RESTART_ANY = 2
    RESTART_XON = 3


@dataclass(frozen=True, slots=True)
class FlowControl:
    """Heard by the client, said by the server: XON and XOFF from the keyboard, and which key restarts (RFC 1372)."""

    mode: Flow


# ------------------------------------------------------------------------------------------------- environment


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of an environment (RFC 1572). ``value`` None: it has none; ``user``: USERVAR instead of VAR."""

    name: str
    value: str | None = None
    user: bool = False


@dataclass(frozen=True, slots=True)
class AskEnvironment:
    """Said: ask for these variables (their values do not matter); none: for all that there are."""

    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentWanted:
    """Heard: the other side asked for these (an empty name: for all of that kind). The rules have answered already."""

    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """Heard: variables of the other side; ``update``: they have changed of themselves (INFO).

    Said: what we answer from now on; where the option is on, the other side is told of what has changed.
    """

    variables: tuple[Variable, ...]
    update: bool = False


# -------------------------------------------------------------------------------------------------------- charset


@dataclass(frozen=True, slots=True)
class AskCharset:
    """Said: propose these character sets, the best first (RFC 2066). CHARSET has to be on, on our side."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CharsetChosen:
    """Heard: this character set holds from now on; ``party`` is who had proposed it."""

    name: str
    party: Party


@dataclass(frozen=True, slots=True)
class CharsetRefused:
    """Heard: none of what ``party`` had proposed was taken."""

    party: Party


# ------------------------------------------------------------------------------------------------------- linemode


@dataclass(frozen=True, slots=True)
class LineMode:
    """Heard and said: who edits lines and who makes signals (RFC 1184 §2.2).

    Said by the server, heard by the client, which has agreed already (as far as its policy goes); the server hears what
    was agreed upon. Said by the client it is a proposal.

    - ``edit``: the client edits lines and sends them whole; otherwise each key goes at once.
    - ``trapsig``: the client makes signals (IP, SUSP ...) of the keys for them.
    - ``soft_tab``: the client may show tabs as spaces; ``lit_echo``: control characters as themselves.
    """

    edit: bool = False
    trapsig: bool = False
    soft_tab: bool = False
    lit_echo: bool = False


class Function(IntEnum):
    """The special characters' functions (RFC 1184 §2.4)."""

    SYNCH = 1
    BRK = 2
    IP = 3
    AO = 4
    AYT = 5
    EOR = 6
    ABORT = 7
    EOF = 8
    SUSP = 9
    EC = 10
    EL = 11
    EW = 12
    RP = 13
    LNEXT = 14
    XON = 15
    XOFF = 16
    FORW1 = 17
    FORW2 = 18
    MCL = 19
    MCR = 20
    MCWL = 21
    MCWR = 22
    MCBOL = 23
    MCEOL = 24
    INSRT = 25
    OVER = 26
    ECR = 27
    EWR = 28
    EBOL = 29
    EEOL = 30


class Level(IntEnum):
    """How far a special character may be changed (RFC 1184 §2.4)."""

    NOSUPPORT = 0
    CANTCHANGE = 1
    VALUE = 2
    DEFAULT = 3


@dataclass(frozen=True, slots=True)
class SpecialCharacter:
    """One function's key: ``value`` is its byte; the flags tell whether it throws input or output away."""

    function: Function
    level: Level
    value: int = 0
    flush_in: bool = False
    flush_out: bool = False


@dataclass(frozen=True, slots=True)
class SpecialCharacters:
    """Heard: what holds for these functions now, as it was agreed upon. Said: propose it."""

    characters: tuple[SpecialCharacter, ...]


# --------------------------------------------------------------------------------------------- status, timing


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Said: ask what the other side takes for agreed upon (RFC 859)."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Heard: the options as the other side sees them: its WILL and DO, with the option's number."""

    options: tuple[tuple[Verb, int], ...]


@dataclass(frozen=True, slots=True)
class TimingMark:
    """Said: ask to be told when all that was said before has been processed (RFC 860).

    Heard: it has (or ``refused``: the other side does not tell). Theirs is answered by the rules.
    """

    refused: bool = False


# ------------------------------------------------------------------------------------------------- game worlds


@dataclass(frozen=True, slots=True)
class Gmcp:
    """Heard and said: a package's name ("Room.Info") and its data as JSON text, "" where it has none."""

    package: str
    data: str = ""


@dataclass(frozen=True, slots=True)
class Mssp:
    """Heard and said: what a game server tells of itself: names, and one or more values of each."""

    variables: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Compressing:
    """Heard: all that ``party`` (always the server's side) says is compressed from here on, or not any more (MCCP2)."""

    party: Party
    on: bool


Hearable = (
    Data | Signal | Ended | OptionChanged | OptionRefused | Malformed | WindowSize | TerminalTypes | TerminalSpeed
    | FlowControl | EnvironmentWanted | Environment | CharsetChosen | CharsetRefused | LineMode | SpecialCharacters
    | StatusReport | TimingMark | Gmcp | Mssp | Compressing
)  # fmt: skip
"""What a side may hear."""

Sayable = (
    Data | Signal | PromptEnd | Want | WindowSize | AskTerminalTypes | TerminalTypes | AskTerminalSpeed | TerminalSpeed
    | FlowControl | AskEnvironment | Environment | AskCharset | LineMode | SpecialCharacters | AskStatus | TimingMark
    | Gmcp | Mssp
)  # fmt: skip
"""What a side may say."""

Message = Hearable | Sayable
