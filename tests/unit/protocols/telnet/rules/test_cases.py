"""What the RFCs ask of one side, case by case: what comes in or is said, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from portside.interfaces import Role
from portside.protocols.telnet.messages import (
    AskCharset,
    AskEnvironment,
    AskStatus,
    AskTerminalSpeed,
    AskTerminalTypes,
    CharsetChosen,
    CharsetRefused,
    Control,
    Data,
    Environment,
    EnvironmentWanted,
    Flow,
    FlowControl,
    Function,
    Gmcp,
    Level,
    LineMode,
    Malformed,
    Message,
    Mssp,
    Mtts,
    Option,
    OptionChanged,
    OptionRefused,
    Party,
    PromptEnd,
    Signal,
    SpecialCharacter,
    SpecialCharacters,
    StatusReport,
    TerminalSpeed,
    TerminalTypes,
    TimingMark,
    Variable,
    Verb,
    Want,
    WindowSize,
)
from portside.protocols.telnet.rules.policy import CLIENT, SERVER, Policy
from tests.support.telnet import talk, wire

US, THEM = Party.US, Party.THEM
ON = {party: lambda option, party=party: OptionChanged(option, party, True) for party in Party}
OFF = {party: lambda option, party=party: OptionChanged(option, party, False) for party in Party}
C, S = Role.CLIENT, Role.SERVER
HURRY = "urgent"
KEYS = (
    SpecialCharacter(Function.IP, Level.VALUE, 3, True, True),
    SpecialCharacter(Function.EC, Level.CANTCHANGE, 127),
)
TERMINAL = replace(
    CLIENT,
    terminal_types=("PORTSIDE", "XTERM"),
    mtts=Mtts.ANSI | Mtts.UTF_8,
    window=WindowSize(133, 41),
    environment=(Variable("LANG", "C", True), Variable("USER", "jo"), Variable("PS1", "\x01$\xff", True)),
    characters=KEYS,
)


@dataclass(frozen=True)
class Case:
    """``on``: agreed upon before (option, party); ``does``: bytes that come, messages that are said, or a notice."""

    rfc: int | str
    must: str
    role: Role
    does: tuple[str | Message, ...]
    sent: str = ""
    heard: tuple[Message, ...] = ()
    on: tuple[tuple[Option, Party], ...] = ()
    policy: Policy | None = None


def env(*parts: str) -> str:
    return f"IAC SB NEW-ENVIRON {' '.join(parts)} IAC SE"


def mode(bits: int) -> str:
    return f"IAC SB LINEMODE MODE {bits} IAC SE"


def slc(*bytes_: int) -> str:
    return f"IAC SB LINEMODE SLC {' '.join(map(str, bytes_))} IAC SE"


def signals() -> list[Case]:
    """Every control function comes in and goes out by its code (RFC 854; RFC 1184 §2.5)."""
    plain = [kind for kind in Control if kind not in (Control.SYNCH, Control.EOR)]
    heard = [
        Case(854, f"{kind.name} is heard", S, (f"'a' IAC {int(kind)} 'b'",), "", (Data(b"a"), Signal(kind), Data(b"b")))
        for kind in plain
    ]
    said = [Case(854, f"{kind.name} is said", C, (Signal(kind),), f"IAC {int(kind)}") for kind in plain]
    return heard + said  # fmt: skip


def refusals() -> list[Case]:
    """What is not known is refused, once, whoever asks; a refusal is not answered (RFC 854, RFC 855)."""
    cases = []
    for number in (2, 4, 7, 18, 23, 35, 36, 37, 38, 44, 85, 90, 93, 200, 255):
        asked = f"IAC DO {number} IAC WILL {number}"
        cases.append(Case(855, f"{number} is refused", C, (asked,), f"IAC WONT {number} IAC DONT {number}"))
        cases.append(Case(855, f"no {number} needs no answer", S, (f"IAC DONT {number} IAC WONT {number}",)))
    return cases


def agreements() -> list[Case]:
    """Each option is agreed to where the policy has it, on its side, and refused on the other (RFC 854)."""
    cases = []
    for option in Option:
        if option is Option.TIMING_MARK:
            continue
        for role, policy in ((C, CLIENT), (S, SERVER)):
            ours, theirs = option in policy.ours, option in policy.theirs
            if option is Option.MCCP2 and role is S:
                continue
            yes = f"IAC {'WILL' if ours else 'WONT'} {int(option)}"
            told = (ON[US](option),) if ours else ()
            title = f"a {role.value} asked to do {option} says {'yes' if ours else 'no'}"
            cases.append(Case(854, title, role, (f"IAC DO {int(option)}",), yes, told))
            yes = f"IAC {'DO' if theirs else 'DONT'} {int(option)}"
            told = (ON[THEM](option),) if theirs else ()
            title = f"a {role.value} offered {option} says {'yes' if theirs else 'no'}"
            cases.append(Case(854, title, role, (f"IAC WILL {int(option)}",), yes, told))
    return cases


ECHO, SGA, BINARY = Option.ECHO, Option.SGA, Option.BINARY
TTYPE, NAWS, TSPEED, LFLOW = Option.TTYPE, Option.NAWS, Option.TSPEED, Option.LFLOW
LINEMODE, ENVIRON, CHARSET, STATUS = Option.LINEMODE, Option.NEW_ENVIRON, Option.CHARSET, Option.STATUS
EOR, GMCP, MSSP = Option.EOR, Option.GMCP, Option.MSSP

PROTOCOL = [
    Case(854, "bytes are data", S, ("'hello'",), "", (Data(b"hello"),)),
    Case(854, "eight bits are let through", S, ("128 200 254",), "", (Data(b"\x80\xc8\xfe"),)),
    Case(854, "IAC IAC is one byte of data", S, ("'a' IAC IAC 'b'",), "", (Data(b"a\xffb"),)),
    Case(854, "IAC is doubled when it is said", C, (Data(b"a\xffb\xff\xff"),), "'a' 255 255 'b' 255 255 255 255"),
    Case(854, "CR NUL is CR", S, ("'a' CR NUL 'b'",), "", (Data(b"a\rb"),)),
    Case(854, "CR LF stays a line's end", S, ("'a' CR LF",), "", (Data(b"a\r\n"),)),
    Case(854, "only the NUL behind a CR goes", S, ("CR NUL NUL NUL",), "", (Data(b"\r\0\0"),)),
    Case(854, "a NUL alone is data", S, ("NUL 'a'",), "", (Data(b"\0a"),)),
    Case(854, "a CR in the wrong place is a CR", S, ("CR 'a'",), "", (Data(b"\ra"),)),
    Case(854, "a CR and its NUL may come apart", S, ("'a' CR", "NUL 'b'"), "", (Data(b"a\r"), Data(b"b"))),
    Case(854, "a command between CR and NUL parts nothing", S, ("CR IAC NOP NUL 'x'",), "",
         (Data(b"\r"), Signal(Control.NOP), Data(b"x"))),
    Case(854, "a bare CR is said as CR NUL", C, (Data(b"a\rb"),), "'a' CR NUL 'b'"),
    Case(854, "a CR at the end is bare", C, (Data(b"a\r"),), "'a' CR NUL"),
    Case(854, "CR LF is said as it is", C, (Data(b"a\r\nb\r\n"),), "'a' CR LF 'b' CR LF"),
    Case(854, "CR CR LF is a bare one and a line's end", C, (Data(b"\r\r\n"),), "CR NUL CR LF"),
    Case(854, "an LF alone is let through", C, (Data(b"\n"),), "LF"),
    Case(854, "nothing said is nothing sent", C, (Data(b""),)),
    Case(854, "an unknown command says nothing", S, ("'a' IAC 5 'b' IAC SE 'c'",), "",
         (Data(b"a"), Data(b"b"), Data(b"c"))),
    Case(854, "an unannounced data mark is nothing", S, ("'a' IAC DM 'b'",), "", (Data(b"a"), Data(b"b"))),
    Case(854, "what hurries throws data away", S, ("'x'", HURRY, "'lost' IAC DM 'kept'"), "",
         (Data(b"x"), Signal(Control.SYNCH), Data(b"kept"))),
    Case(854, "commands are obeyed in a hurry", S, (HURRY, "'lost' IAC IP 'lost' IAC DO ECHO IAC DM"),
         "IAC WILL ECHO", (Signal(Control.IP), ON[US](ECHO), Signal(Control.SYNCH))),
    Case(854, "a hurry lasts over reads", S, (HURRY, "'lost'", "'lost' IAC", "DM 'kept'"), "",
         (Signal(Control.SYNCH), Data(b"kept"))),
    Case(854, "told of it twice, one mark ends it", S, (HURRY, HURRY, "IAC DM 'kept'"), "",
         (Signal(Control.SYNCH), Data(b"kept"))),
    Case(854, "doubled IAC is thrown away too", S, (HURRY, "IAC IAC IAC DM 'k'"), "",
         (Signal(Control.SYNCH), Data(b"k"))),
    Case(854, "a CR that was thrown away has no NUL", S, (HURRY, "CR IAC DM NUL"), "",
         (Signal(Control.SYNCH), Data(b"\0"))),
    Case(854, "go ahead ends a prompt", S, (PromptEnd(),), "IAC GA"),
    Case(855, "a subnegotiation of what was not agreed upon is left unread", S, ("IAC SB NAWS 0 80 0 24 IAC SE",),
         "", (Malformed(NAWS, "it was not agreed upon"),)),
    Case(855, "a subnegotiation of an unknown option is left unread", S, ("IAC SB 200 'x' IAC SE 'a'",), "",
         (Data(b"a"),)),
    Case(855, "IAC is doubled within", S, ("IAC SB NAWS 0 IAC IAC 0 24 IAC SE",), "", (WindowSize(255, 24),),
         on=((NAWS, THEM),)),
    Case(855, "SE alone ends nothing", S, ("IAC SB NAWS 0 SE 0 24 IAC SE",), "", (WindowSize(240, 24),),
         on=((NAWS, THEM),)),
    Case(855, "a command within breaks it off", S, ("IAC SB NAWS 0 80 IAC IP 'a'",), "",
         (Malformed(NAWS, "it broke off"), Signal(Control.IP), Data(b"a")), on=((NAWS, THEM),)),
    Case(855, "a request within breaks it off", S, ("IAC SB NAWS 0 80 IAC DO ECHO 'a'",), "IAC WILL ECHO",
         (Malformed(NAWS, "it broke off"), ON[US](ECHO), Data(b"a")), on=((NAWS, THEM),)),
    Case(855, "another one within breaks it off", S, ("IAC SB NAWS 0 IAC SB NAWS 0 80 0 24 IAC SE",), "",
         (Malformed(NAWS, "it broke off"), WindowSize(80, 24)), on=((NAWS, THEM),)),
    Case(855, "an option that has nothing to say is left unread", S, ("IAC SB ECHO 'x' IAC SE",), "",
         (Malformed(ECHO, "there is nothing to be said about it"),), on=((ECHO, US),)),
]  # fmt: skip

QMETHOD = [
    Case(1143, "what we want is asked for", S, (Want(ECHO, US),), "IAC WILL ECHO"),
    Case(1143, "a yes turns it on", S, (Want(ECHO, US), "IAC DO ECHO"), "IAC WILL ECHO", (ON[US](ECHO),)),
    Case(1143, "a no leaves it off", S, (Want(ECHO, US), "IAC DONT ECHO"), "IAC WILL ECHO",
         (OptionRefused(ECHO, US),)),
    Case(1143, "theirs is asked for", S, (Want(NAWS, THEM), "IAC WILL NAWS"), "IAC DO NAWS", (ON[THEM](NAWS),)),
    Case(1143, "theirs is refused", S, (Want(NAWS, THEM), "IAC WONT NAWS"), "IAC DO NAWS",
         (OptionRefused(NAWS, THEM),)),
    Case(1143, "a yes to what is on is no news", S, ("IAC DO ECHO",), "", (), on=((ECHO, US),)),
    Case(1143, "a no to what is off is no news", S, ("IAC DONT ECHO IAC WONT NAWS",)),
    Case(1143, "their no ends it, and is answered", S, ("IAC DONT ECHO",), "IAC WONT ECHO", (OFF[US](ECHO),),
         on=((ECHO, US),)),
    Case(1143, "our no ends ours at once", S, (Want(ECHO, US, False),), "IAC WONT ECHO", (OFF[US](ECHO),),
         on=((ECHO, US),)),
    Case(1143, "our no ends theirs when they have agreed", S, (Want(SGA, THEM, False), "'x'", "IAC WONT SGA"),
         "IAC DONT SGA", (Data(b"x"), OFF[THEM](SGA)), on=((SGA, THEM),)),
    Case(1143, "wanting twice asks once", S, (Want(ECHO, US), Want(ECHO, US)), "IAC WILL ECHO"),
    Case(1143, "wanting what is on asks nothing", S, (Want(ECHO, US),), on=((ECHO, US),)),
    Case(1143, "not wanting what is off asks nothing", S, (Want(ECHO, US, False),)),
    Case(1143, "a change of mind waits for the answer", S, (Want(ECHO, US), Want(ECHO, US, False)), "IAC WILL ECHO"),
    Case(1143, "then it is said", S, (Want(ECHO, US), Want(ECHO, US, False), "IAC DO ECHO"),
         "IAC WILL ECHO IAC WONT ECHO"),
    Case(1143, "a no makes it needless", S, (Want(ECHO, US), Want(ECHO, US, False), "IAC DONT ECHO"),
         "IAC WILL ECHO"),
    Case(1143, "two changes of mind are none", S, (Want(ECHO, US), Want(ECHO, US, False), Want(ECHO, US),
         "IAC DO ECHO"), "IAC WILL ECHO", (ON[US](ECHO),)),
    Case(1143, "the other way round", S, (Want(ECHO, US, False), Want(ECHO, US), "IAC DONT ECHO", "IAC DO ECHO"),
         "IAC WONT ECHO IAC WILL ECHO", (OFF[US](ECHO), ON[US](ECHO)), on=((ECHO, US),)),
    Case(1143, "off, on and off again", S, (Want(ECHO, US, False), Want(ECHO, US), Want(ECHO, US, False),
         "IAC DONT ECHO"), "IAC WONT ECHO", (OFF[US](ECHO),), on=((ECHO, US),)),
    Case(1143, "a no that is answered by yes is a no", S, (Want(SGA, THEM, False), "IAC WILL SGA"), "IAC DONT SGA",
         (OFF[THEM](SGA),), on=((SGA, THEM),)),
    Case(1143, "a no answered by yes, with a wish behind it, is a yes", S,
         (Want(SGA, THEM, False), Want(SGA, THEM), "IAC WILL SGA"), "IAC DONT SGA", (), on=((SGA, THEM),)),
    Case(1143, "what we once wanted they may turn on later", C, (Want(ECHO, US), "IAC DONT ECHO", "IAC DO ECHO"),
         "IAC WILL ECHO IAC WILL ECHO", (OptionRefused(ECHO, US), ON[US](ECHO))),
    Case(1143, "both sides of an option are two options", S, ("IAC DO BINARY", "IAC WILL BINARY", "IAC DONT BINARY"),
         "IAC WILL BINARY IAC DO BINARY IAC WONT BINARY", (ON[US](BINARY), ON[THEM](BINARY), OFF[US](BINARY))),
]  # fmt: skip

DATA_OPTIONS = [
    Case(856, "BINARY lets CR NUL through", S, ("CR NUL CR LF",), "", (Data(b"\r\0\r\n"),), on=((BINARY, THEM),)),
    Case(856, "IAC is doubled in BINARY too", S, ("'a' IAC IAC",), "", (Data(b"a\xff"),), on=((BINARY, THEM),)),
    Case(856, "a bare CR is said as it is", C, (Data(b"\r\xff"),), "CR 255 255", on=((BINARY, US),)),
    Case(856, "theirs does not make ours binary", C, (Data(b"\r"),), "CR NUL", on=((BINARY, THEM),)),
    Case(856, "ours does not make theirs binary", C, ("CR NUL",), "", (Data(b"\r"),), on=((BINARY, US),)),
    Case(856, "it begins where they agree", S, (Want(BINARY, THEM), "CR NUL IAC WILL BINARY CR NUL"),
         "IAC DO BINARY", (Data(b"\r"), ON[THEM](BINARY), Data(b"\r\0"))),
    Case(856, "it ends where they say so", S, ("CR NUL IAC WONT BINARY CR NUL",), "IAC DONT BINARY",
         (Data(b"\r\0"), OFF[THEM](BINARY), Data(b"\r")), on=((BINARY, THEM),)),
    Case(856, "ours ends where we say so", C, (Want(BINARY, US, False), Data(b"\r")), "IAC WONT BINARY CR NUL",
         (OFF[US](BINARY),), on=((BINARY, US),)),
    Case(856, "not asked yet, it is not on", C, (Want(BINARY, US), Data(b"\r")), "IAC WILL BINARY CR NUL"),
    Case(856, "a NUL behind the CR before it is data", S, ("CR IAC WILL BINARY NUL",), "IAC DO BINARY",
         (Data(b"\r"), ON[THEM](BINARY), Data(b"\0"))),
    Case(857, "a server that echoes says so", S, (Want(ECHO, US), "IAC DO ECHO 'a'"), "IAC WILL ECHO",
         (ON[US](ECHO), Data(b"a"))),
    Case(857, "a client lets the server echo", C, ("IAC WILL ECHO",), "IAC DO ECHO", (ON[THEM](ECHO),)),
    Case(857, "a client does not echo", C, ("IAC DO ECHO",), "IAC WONT ECHO"),
    Case(857, "a server does not want to be echoed", S, ("IAC WILL ECHO",), "IAC DONT ECHO"),
    Case(857, "echo ends for a password's end", C, ("IAC WONT ECHO",), "IAC DONT ECHO", (OFF[THEM](ECHO),),
         on=((ECHO, THEM),)),
    Case(858, "suppressed, no go ahead ends a prompt", S, (PromptEnd(),), "", on=((SGA, US),)),
    Case(858, "theirs does not suppress ours", S, (PromptEnd(),), "IAC GA", on=((SGA, THEM),)),
    Case(858, "a go ahead that comes nevertheless is heard", C, ("IAC GA",), "", (Signal(Control.GA),),
         on=((SGA, THEM),)),
    Case(885, "a record's end is said where it was agreed upon", S, (Signal(Control.EOR),), "IAC EOR-COMMAND",
         on=((EOR, US),)),
    Case(885, "a record's end is heard", C, ("'>' IAC EOR-COMMAND",), "", (Data(b">"), Signal(Control.EOR)),
         on=((EOR, THEM),)),
    Case(885, "a prompt ends by it", S, (PromptEnd(),), "IAC EOR-COMMAND", on=((EOR, US), (SGA, US))),
    Case(859, "who may be asked tells what is on", C, ("IAC SB STATUS SEND IAC SE",),
         "IAC SB STATUS IS WILL STATUS WILL NAWS DO ECHO IAC SE", (),
         on=((STATUS, US), (NAWS, US), (ECHO, THEM))),
    Case(859, "who is not to be asked tells nothing", C, ("IAC SB STATUS SEND IAC SE",), "",
         (Malformed(STATUS, "it was not agreed upon"),)),
    Case(859, "asking", S, (AskStatus(),), "IAC SB STATUS SEND IAC SE", on=((STATUS, THEM),)),
    Case(859, "a report is heard", S, ("IAC SB STATUS IS WILL NAWS DO 200 IAC SE",), "",
         (StatusReport(((Verb.WILL, 31), (Verb.DO, 200))),), on=((STATUS, THEM),)),
    Case(859, "subnegotiations in it are passed over", S,
         ("IAC SB STATUS IS WILL NAWS SB NAWS 0 80 SE SE 24 SE DO ECHO IAC SE",), "",
         (StatusReport(((Verb.WILL, 31), (Verb.DO, 1))),), on=((STATUS, THEM),)),
    Case(859, "one that never ends is passed over", S, ("IAC SB STATUS IS DO ECHO SB NAWS 1 IAC SE",), "",
         (StatusReport(((Verb.DO, 1),)),), on=((STATUS, THEM),)),
    Case(859, "an empty report is one", S, ("IAC SB STATUS IS IAC SE",), "", (StatusReport(()),),
         on=((STATUS, THEM),)),
    Case(860, "a timing mark is answered in its place", S, ("'a' IAC DO TIMING-MARK 'b'",), "IAC WILL TIMING-MARK",
         (Data(b"a"), Data(b"b"))),
    Case(860, "each is answered", C, ("IAC DO TIMING-MARK IAC DO TIMING-MARK",),
         "IAC WILL TIMING-MARK IAC WILL TIMING-MARK"),
    Case(860, "asking and hearing", S, (TimingMark(), "IAC WILL TIMING-MARK"), "IAC DO TIMING-MARK", (TimingMark(),)),
    Case(860, "who does not know it has heard us, too", S, (TimingMark(), "IAC WONT TIMING-MARK"),
         "IAC DO TIMING-MARK", (TimingMark(refused=True),)),
    Case(860, "several may be on their way", S, (TimingMark(), TimingMark(), "IAC WILL TIMING-MARK"),
         "IAC DO TIMING-MARK IAC DO TIMING-MARK", (TimingMark(),)),
    Case(860, "a mark that nobody asked for is nothing", S, ("IAC WILL TIMING-MARK IAC WONT TIMING-MARK",)),
    Case(860, "not wanting one needs no answer", S, ("IAC DONT TIMING-MARK",)),
]  # fmt: skip

WINDOW = [
    Case(1073, "the size is told as soon as it may be", C, ("IAC DO NAWS",),
         "IAC WILL NAWS IAC SB NAWS 0 133 0 41 IAC SE", (ON[US](NAWS),), policy=TERMINAL),
    Case(1073, "a new size is told", C, (WindowSize(80, 24),), "IAC SB NAWS 0 80 0 24 IAC SE", on=((NAWS, US),)),
    Case(1073, "255 columns hold an IAC", C, (WindowSize(255, 65535),), "IAC SB NAWS 0 255 255 255 255 255 255 IAC SE",
         on=((NAWS, US),)),
    Case(1073, "a size waits for the agreement", C, (WindowSize(80, 24), "IAC DO NAWS"),
         "IAC WILL NAWS IAC SB NAWS 0 80 0 24 IAC SE", (ON[US](NAWS),)),
    Case(1073, "without a window there is no size", C, ("IAC DO NAWS",), "IAC WILL NAWS", (ON[US](NAWS),)),
    Case(1073, "a size is heard", S, ("IAC SB NAWS 0 80 1 0 IAC SE",), "", (WindowSize(80, 256),), on=((NAWS, THEM),)),
    Case(1073, "zero is unknown, and a size", S, ("IAC SB NAWS 0 0 0 0 IAC SE",), "", (WindowSize(0, 0),),
         on=((NAWS, THEM),)),
    Case(1073, "three bytes are no size", S, ("IAC SB NAWS 0 80 0 IAC SE",), "",
         (Malformed(NAWS, "a window's size has 4 bytes, not 3"),), on=((NAWS, THEM),)),
    Case(1073, "five bytes are no size", S, ("IAC SB NAWS 0 80 0 24 0 IAC SE",), "",
         (Malformed(NAWS, "a window's size has 4 bytes, not 5"),), on=((NAWS, THEM),)),
    Case(1073, "a server tells none", C, ("IAC SB NAWS 0 80 0 24 IAC SE",), "",
         (Malformed(NAWS, "it was not agreed upon"),), on=((NAWS, US),)),
]  # fmt: skip

ASK_TYPE = "IAC SB TTYPE SEND IAC SE"
TYPES = [
    Case(1091, "each question brings the next type", C, (ASK_TYPE, ASK_TYPE),
         "IAC SB TTYPE IS 'PORTSIDE' IAC SE IAC SB TTYPE IS 'XTERM' IAC SE", on=((TTYPE, US),), policy=TERMINAL),
    Case("MTTS", "the third is what the terminal can do", C, (ASK_TYPE,) * 3,
         "IAC SB TTYPE IS 'PORTSIDE' IAC SE IAC SB TTYPE IS 'XTERM' IAC SE IAC SB TTYPE IS 'MTTS 5' IAC SE",
         on=((TTYPE, US),), policy=TERMINAL),
    Case(1091, "the last one comes twice, and then the first", C, (ASK_TYPE,) * 4,
         "IAC SB TTYPE IS 'A' IAC SE IAC SB TTYPE IS 'B' IAC SE IAC SB TTYPE IS 'B' IAC SE IAC SB TTYPE IS 'A' IAC SE",
         on=((TTYPE, US),), policy=replace(CLIENT, terminal_types=("A", "B"))),
    Case(1091, "one type comes twice as well", C, (ASK_TYPE,) * 3, "IAC SB TTYPE IS 'UNKNOWN' IAC SE " * 3,
         on=((TTYPE, US),)),
    Case(1091, "who does not do it is not asked", C, (ASK_TYPE,), "", (Malformed(TTYPE, "it was not agreed upon"),)),
    Case(1091, "a new type is what is told", C, (TerminalTypes(("VT100",)), ASK_TYPE), "IAC SB TTYPE IS 'VT100' IAC SE",
         on=((TTYPE, US),)),
    Case(1091, "agreed upon anew, it begins anew", C, (ASK_TYPE, "IAC DONT TTYPE IAC DO TTYPE", ASK_TYPE),
         "IAC SB TTYPE IS 'A' IAC SE IAC WONT TTYPE IAC WILL TTYPE IAC SB TTYPE IS 'A' IAC SE",
         (OFF[US](TTYPE), ON[US](TTYPE)), on=((TTYPE, US),), policy=replace(CLIENT, terminal_types=("A", "B"))),
    Case(1091, "asking goes on until one comes again", S,
         (AskTerminalTypes(), "IAC SB TTYPE IS 'A' IAC SE", "IAC SB TTYPE IS 'B' IAC SE", "IAC SB TTYPE IS 'B' IAC SE"),
         f"{ASK_TYPE} " * 3, (TerminalTypes(("A", "B")),), on=((TTYPE, THEM),)),
    Case(1091, "one that turns in a circle ends, too", S,
         (AskTerminalTypes(), "IAC SB TTYPE IS 'A' IAC SE", "IAC SB TTYPE IS 'B' IAC SE", "IAC SB TTYPE IS 'A' IAC SE"),
         f"{ASK_TYPE} " * 3, (TerminalTypes(("A", "B")),), on=((TTYPE, THEM),)),
    Case("MTTS", "what the terminal can do is no type", S,
         (AskTerminalTypes(), "IAC SB TTYPE IS 'MUDLET' IAC SE", "IAC SB TTYPE IS 'XTERM' IAC SE",
          "IAC SB TTYPE IS 'MTTS 2317' IAC SE", "IAC SB TTYPE IS 'MTTS 2317' IAC SE"), f"{ASK_TYPE} " * 4,
         (TerminalTypes(("MUDLET", "XTERM"), Mtts.ANSI | Mtts.UTF_8 | Mtts.COLOURS_256 | Mtts.TRUECOLOUR | Mtts.SSL),),
         on=((TTYPE, THEM),)),
    Case("MTTS", "bits that nobody knows are left out", S,
         (AskTerminalTypes(), "IAC SB TTYPE IS 'MTTS 65537' IAC SE", "IAC SB TTYPE IS 'MTTS 65537' IAC SE"),
         f"{ASK_TYPE} " * 2, (TerminalTypes((), Mtts.ANSI),), on=((TTYPE, THEM),)),
    Case("MTTS", "what is no number tells nothing", S,
         (AskTerminalTypes(), "IAC SB TTYPE IS 'MTTS 1_0' IAC SE", "IAC SB TTYPE IS 'MTTS 1_0' IAC SE"),
         f"{ASK_TYPE} " * 2, (TerminalTypes(()),), on=((TTYPE, THEM),)),
    Case(1091, "what nobody asked for is left unread", S, ("IAC SB TTYPE IS 'A' IAC SE",), "",
         (Malformed(TTYPE, "nobody had asked for it"),), on=((TTYPE, THEM),)),
    Case(1091, "a type without letters is none", S, (AskTerminalTypes(), "IAC SB TTYPE IS IAC SE"), ASK_TYPE,
         (Malformed(TTYPE, "a terminal type has 1 to 255 letters"),), on=((TTYPE, THEM),)),
    Case(1091, "asked again while it is being told, nothing is asked", S, (AskTerminalTypes(), AskTerminalTypes()),
         ASK_TYPE, on=((TTYPE, THEM),)),
    Case(1079, "the speed is told", C, ("IAC SB TSPEED SEND IAC SE",), "IAC SB TSPEED IS '38400,38400' IAC SE",
         on=((TSPEED, US),)),
    Case(1079, "a new speed is what is told", C, (TerminalSpeed(9600, 300), "IAC SB TSPEED SEND IAC SE"),
         "IAC SB TSPEED IS '9600,300' IAC SE", on=((TSPEED, US),)),
    Case(1079, "asking", S, (AskTerminalSpeed(), "IAC SB TSPEED IS '9600,300' IAC SE"), "IAC SB TSPEED SEND IAC SE",
         (TerminalSpeed(9600, 300),), on=((TSPEED, THEM),)),
    Case(1079, "letters are no speed", S, ("IAC SB TSPEED IS 'fast,300' IAC SE",), "",
         (Malformed(TSPEED, "what should be a number is none"),), on=((TSPEED, THEM),)),
    Case(1079, "one number is no speed", S, ("IAC SB TSPEED IS '300' IAC SE",), "",
         (Malformed(TSPEED, "a terminal's speed is two numbers with a comma between them"),), on=((TSPEED, THEM),)),
    Case(1079, "a number without an end is none", S, ("IAC SB TSPEED IS '3000000000,1' IAC SE",), "",
         (Malformed(TSPEED, "what should be a number is none"),), on=((TSPEED, THEM),)),
    *(Case(1372, f"{flow.name} is heard", C, (f"IAC SB LFLOW {int(flow)} IAC SE",), "", (FlowControl(flow),),
           on=((LFLOW, US),)) for flow in Flow),
    *(Case(1372, f"{flow.name} is said", S, (FlowControl(flow),), f"IAC SB LFLOW {int(flow)} IAC SE",
           on=((LFLOW, THEM),)) for flow in Flow),
    Case(1372, "4 is no flow control", C, ("IAC SB LFLOW 4 IAC SE",), "",
         (Malformed(LFLOW, "flow control is one byte from 0 to 3"),), on=((LFLOW, US),)),
    Case(1372, "nothing is no flow control", C, ("IAC SB LFLOW IAC SE",), "",
         (Malformed(LFLOW, "flow control is one byte from 0 to 3"),), on=((LFLOW, US),)),
]  # fmt: skip

LINES = [
    Case(1184, "a mode is taken and acknowledged", C, (mode(1 | 2),), mode(1 | 2 | 4), (LineMode(True, True),),
         on=((LINEMODE, US),)),
    Case(1184, "all bits have their names", C, (mode(1 | 8 | 16),), mode(1 | 4 | 8 | 16),
         (LineMode(True, False, True, True),), on=((LINEMODE, US),)),
    Case(1184, "the present mode is not answered", C, (mode(0), mode(1), mode(1)), mode(5), (LineMode(True),),
         on=((LINEMODE, US),)),
    Case(1184, "a part of it is proposed where not all can be", C, (mode(1 | 2),), mode(1), (LineMode(True),),
         on=((LINEMODE, US),), policy=replace(CLIENT, line_mode=LineMode(edit=True))),
    Case(1184, "an acknowledged mode is not answered", C, (mode(1 | 4),), "", (LineMode(True),), on=((LINEMODE, US),)),
    Case(1184, "a server says a mode and hears it agreed", S, (LineMode(True, True), mode(1 | 2 | 4)), mode(3),
         (LineMode(True, True),), on=((LINEMODE, THEM),)),
    Case(1184, "a server takes the part that can be", S, (LineMode(True, True), mode(1)), f"{mode(3)} {mode(5)}",
         (LineMode(True),), on=((LINEMODE, THEM),)),
    Case(1184, "a server lets the client propose", S, (mode(2),), mode(6), (LineMode(False, True),),
         on=((LINEMODE, THEM),)),
    Case(1184, "what holds already is not said", S, (LineMode(),), "", on=((LINEMODE, THEM),)),
    Case(1184, "a mode of two bytes is none", S, ("IAC SB LINEMODE MODE 1 2 IAC SE",), "",
         (Malformed(LINEMODE, "a mode has 1 byte, not 2"),), on=((LINEMODE, THEM),)),
    Case(1184, "a forward mask is refused", C, ("IAC SB LINEMODE DO FORWARDMASK 0 255 255 IAC SE",),
         "IAC SB LINEMODE WONT FORWARDMASK IAC SE", on=((LINEMODE, US),)),
    Case(1184, "so is an offer of one", S, ("IAC SB LINEMODE WILL FORWARDMASK IAC SE",),
         "IAC SB LINEMODE DONT FORWARDMASK IAC SE", on=((LINEMODE, THEM),)),
    Case(1184, "a refused forward mask is not answered", S, ("IAC SB LINEMODE WONT FORWARDMASK IAC SE",), "",
         on=((LINEMODE, THEM),)),
    Case(1184, "nothing is no mode", S, ("IAC SB LINEMODE IAC SE",), "",
         (Malformed(LINEMODE, "it is neither a mode nor special characters"),), on=((LINEMODE, THEM),)),
    Case(1184, "a client tells its keys at once", C, ("IAC DO LINEMODE",),
         f"IAC WILL LINEMODE {slc(3, 2 | 64 | 32, 3, 10, 1, 127)}", (ON[US](LINEMODE),), policy=TERMINAL),
    Case(1184, "a key is taken and acknowledged", S, (slc(3, 2 | 64, 3),), slc(3, 2 | 64 | 128, 3),
         (SpecialCharacters((SpecialCharacter(Function.IP, Level.VALUE, 3, True),)),), on=((LINEMODE, THEM),)),
    Case(1184, "a key that holds already is not answered", C, (slc(3, 2 | 64 | 32, 3),), "", on=((LINEMODE, US),),
         policy=TERMINAL),
    Case(1184, "an acknowledgment is not answered", S,
         (SpecialCharacters((SpecialCharacter(Function.EC, Level.VALUE, 8),)), slc(10, 2 | 128, 8)), slc(10, 2, 8),
         on=((LINEMODE, THEM),)),
    Case(1184, "an acknowledgment of another key changes ours", S,
         (SpecialCharacters((SpecialCharacter(Function.EC, Level.VALUE, 8),)), slc(10, 2 | 128, 127)), slc(10, 2, 8),
         (SpecialCharacters((SpecialCharacter(Function.EC, Level.VALUE, 127),)),), on=((LINEMODE, THEM),)),
    Case(1184, "an acknowledgment at another level is passed over", S, (slc(10, 1 | 128, 127),), "",
         on=((LINEMODE, THEM),)),
    Case(1184, "a key that cannot be changed is told", C, (slc(10, 2, 8),), slc(10, 1, 127), on=((LINEMODE, US),),
         policy=TERMINAL),
    Case(1184, "where neither can change, there is none", C, (slc(10, 1, 8),), slc(10, 0, 0),
         (SpecialCharacters((SpecialCharacter(Function.EC, Level.NOSUPPORT),)),), on=((LINEMODE, US),),
         policy=TERMINAL),
    Case(1184, "no support is taken", C, (slc(3, 0, 0),), slc(3, 128, 0),
         (SpecialCharacters((SpecialCharacter(Function.IP, Level.NOSUPPORT),)),), on=((LINEMODE, US),),
         policy=TERMINAL),
    Case(1184, "the default is told", C, (slc(3, 2, 9), slc(3, 3, 0)), f"{slc(3, 130, 9)} {slc(3, 98, 3)}",
         (SpecialCharacters((SpecialCharacter(Function.IP, Level.VALUE, 9),)), SpecialCharacters((KEYS[0],))),
         on=((LINEMODE, US),), policy=TERMINAL),
    Case(1184, "the default of what we do not have is no support", C, (slc(4, 3, 0),), slc(4, 0, 0),
         on=((LINEMODE, US),), policy=TERMINAL),
    Case(1184, "function 0 asks for all", C, (slc(0, 2, 0),), slc(3, 98, 3, 10, 1, 127), on=((LINEMODE, US),),
         policy=TERMINAL),
    Case(1184, "function 0 at its default resets all", C, (slc(3, 2, 9), slc(0, 3, 0)),
         f"{slc(3, 130, 9)} {slc(3, 98, 3, 10, 1, 127)}",
         (SpecialCharacters((SpecialCharacter(Function.IP, Level.VALUE, 9),)),), on=((LINEMODE, US),),
         policy=TERMINAL),
    Case(1184, "an unknown function is not supported", S, (slc(77, 2, 9, 78, 0, 0),), slc(77, 0, 0),
         on=((LINEMODE, THEM),)),
    Case(1184, "two bytes are no triplet", S, (slc(3, 2),), "",
         (Malformed(LINEMODE, "special characters come as triplets, at most 64"),), on=((LINEMODE, THEM),)),
    Case(1184, "a key with the value of IAC", S, (slc(3, 2, 255, 255),), slc(3, 130, 255, 255),
         (SpecialCharacters((SpecialCharacter(Function.IP, Level.VALUE, 255),)),), on=((LINEMODE, THEM),)),
]  # fmt: skip

LANG, USER, PS1 = "USERVAR 'LANG' VALUE 'C'", "VAR 'USER' VALUE 'jo'", "USERVAR 'PS1' VALUE ESC 1 '$' 195 191"
VARIABLES = [
    Case(1572, "all are told to who asks for all", C, (env("SEND"),), env("IS", LANG, USER, PS1),
         (EnvironmentWanted(()),), on=((ENVIRON, US),), policy=TERMINAL),
    Case(1572, "one is told to who asks for it", C, (env("SEND", "VAR 'USER'"),), env("IS", USER),
         (EnvironmentWanted((Variable("USER"),)),), on=((ENVIRON, US),), policy=TERMINAL),
    Case(1572, "what we do not have has no value", C, (env("SEND", "VAR 'ACCT'"),), env("IS VAR 'ACCT'"),
         (EnvironmentWanted((Variable("ACCT"),)),), on=((ENVIRON, US),), policy=TERMINAL),
    Case(1572, "it is told as the kind that was asked for", C, (env("SEND", "USERVAR 'USER'"),),
         env("IS USERVAR 'USER' VALUE 'jo'"),
         (EnvironmentWanted((Variable("USER", None, True),)),), on=((ENVIRON, US),), policy=TERMINAL),
    Case(1572, "all of one kind", C, (env("SEND", "USERVAR"),), env("IS", LANG, PS1),
         (EnvironmentWanted((Variable("", None, True),)),), on=((ENVIRON, US),), policy=TERMINAL),
    Case(1572, "what is asked for twice is told once", C, (env("SEND", "VAR 'USER' VAR VAR 'USER'"),),
         env("IS", USER), (EnvironmentWanted((Variable("USER"), Variable(""), Variable("USER"))),),
         on=((ENVIRON, US),), policy=TERMINAL),
    Case(1572, "by itself a client has none", C, (env("SEND"),), env("IS"), (EnvironmentWanted(()),),
         on=((ENVIRON, US),)),
    Case(1572, "who is not to be asked tells nothing", C, (env("SEND"),), "",
         (Malformed(ENVIRON, "it was not agreed upon"),), policy=TERMINAL),
    Case(1572, "asking for all", S, (AskEnvironment(),), env("SEND"), on=((ENVIRON, THEM),)),
    Case(1572, "asking for some", S, (AskEnvironment((Variable("USER", "x"), Variable("", None, True))),),
         env("SEND VAR 'USER' USERVAR"), on=((ENVIRON, THEM),)),
    Case(1572, "variables are heard", S, (env("IS", LANG, "VAR 'ACCT'", "VAR 'JOB' VALUE"),), "",
         (Environment((Variable("LANG", "C", True), Variable("ACCT"), Variable("JOB", ""))),), on=((ENVIRON, THEM),)),
    Case(1572, "ESC takes the meaning from the byte behind it", S, (env("IS VAR 'a' ESC 0 'b' VALUE ESC 2 ESC 3"),), "",
         (Environment((Variable("a\0b", "\x02\x03"),)),), on=((ENVIRON, THEM),)),
    Case(1572, "IAC is doubled and stays", S, (env("IS VAR 'a' VALUE 255 255"),), "",
         (Environment((Variable("a", "\udcff"),)),), on=((ENVIRON, THEM),)),
    Case(1572, "a change is heard as one", S, (env("INFO", LANG),), "",
         (Environment((Variable("LANG", "C", True),), update=True),), on=((ENVIRON, THEM),)),
    Case(1572, "a change is told", C,
         (Environment((Variable("LANG", "D", True), Variable("USER", "jo"), Variable("NEW", "1"))),),
         env("INFO USERVAR 'LANG' VALUE 'D' VAR 'NEW' VALUE '1' USERVAR 'PS1'"), on=((ENVIRON, US),),
         policy=TERMINAL),
    Case(1572, "what stays the same is not told", C, (Environment(TERMINAL.environment),), "", on=((ENVIRON, US),),
         policy=TERMINAL),
    Case(1572, "a change before it is agreed upon is not told", C, (Environment(()),), "", policy=TERMINAL),
    Case(1572, "a value without a name is none", S, (env("IS VALUE 'x'"),), "",
         (Malformed(ENVIRON, "a row of variables with a value that belongs to none of them"),), on=((ENVIRON, THEM),)),
    Case(1572, "two values are none", S, (env("IS VAR 'a' VALUE 'x' VALUE 'y'"),), "",
         (Malformed(ENVIRON, "a row of variables with a value that belongs to none of them"),), on=((ENVIRON, THEM),)),
    Case(1572, "an ESC at the end escapes nothing", S, (env("IS VAR 'a' ESC"),), "",
         (Malformed(ENVIRON, "a row of variables with a value that belongs to none of them"),), on=((ENVIRON, THEM),)),
    Case(1572, "3 is neither told nor asked", S, (env("3 VAR 'a'"),), "",
         (Malformed(ENVIRON, "variables are told or asked for"),), on=((ENVIRON, THEM),)),
]  # fmt: skip


def charset(what: str) -> str:
    return f" IAC SB CHARSET {what} IAC SE "


UTF_8_PROPOSED = charset("REQUEST ';UTF-8'")
CHARSETS = [
    Case(2066, "what we know best is taken", C, (charset("REQUEST ';us-ascii;utf-8;latin1'"),),
         charset("ACCEPTED 'utf-8'"), (CharsetChosen("utf-8", THEM),), on=((CHARSET, THEM),)),
    Case(2066, "any byte may separate", C, (charset("REQUEST ' KOI8-R US-ASCII'"),), charset("ACCEPTED 'US-ASCII'"),
         (CharsetChosen("US-ASCII", THEM),), on=((CHARSET, THEM),)),
    Case(2066, "what nobody knows is rejected", C, (charset("REQUEST ';KOI8-R'"),), charset("REJECTED"),
         (CharsetRefused(THEM),), on=((CHARSET, THEM),)),
    Case(2066, "translation tables are passed over", C, (charset("REQUEST '[TTABLE ]' 1 ';KOI8-R;UTF-8'"),),
         charset("ACCEPTED 'UTF-8'"), (CharsetChosen("UTF-8", THEM),), on=((CHARSET, THEM),)),
    Case(2066, "a translation table is rejected", C, (charset("4 1 ';' 'x'"),), charset("5"), on=((CHARSET, THEM),)),
    Case(2066, "proposing", S, (AskCharset(("UTF-8", "US-ASCII")),), charset("REQUEST ';UTF-8;US-ASCII'"),
         on=((CHARSET, US),)),
    Case(2066, "proposing, and it is taken", S, (AskCharset(("UTF-8",)), charset("ACCEPTED 'utf-8'")),
         charset("REQUEST ';UTF-8'"), (CharsetChosen("UTF-8", US),), on=((CHARSET, US),)),
    Case(2066, "proposing, and it is rejected", S, (AskCharset(("UTF-8",)), charset("REJECTED")),
         charset("REQUEST ';UTF-8'"), (CharsetRefused(US),), on=((CHARSET, US),)),
    Case(2066, "proposing, and something else is taken", S, (AskCharset(("UTF-8",)), charset("ACCEPTED 'x'")),
         charset("REQUEST ';UTF-8'"), (Malformed(CHARSET, "a character set was chosen that nobody had proposed"),),
         on=((CHARSET, US),)),
    Case(2066, "an answer to nothing is left unread", S, (charset("ACCEPTED 'UTF-8'"),), "",
         (Malformed(CHARSET, "it answers nothing that was proposed"),), on=((CHARSET, US),)),
    Case(2066, "both at once: the server rejects", S, (AskCharset(("UTF-8",)), charset("REQUEST ';UTF-8'")),
         f"{UTF_8_PROPOSED} {charset('REJECTED')}", (CharsetRefused(THEM),), on=((CHARSET, US),)),
    Case(2066, "both at once: the client answers", C, (AskCharset(("UTF-8",)), charset("REQUEST ';UTF-8'")),
         UTF_8_PROPOSED + charset("ACCEPTED 'UTF-8'"), (CharsetChosen("UTF-8", THEM),),
         on=((CHARSET, US), (CHARSET, THEM))),
    Case(2066, "a separator that no name has is chosen", S, (AskCharset(("a;b", "c d")),),
         charset("REQUEST ',a;b,c d'"), on=((CHARSET, US),)),
    Case(2066, "a request without names is none", C, (charset("REQUEST ';'"),), "",
         (Malformed(CHARSET, "a request for a character set names none"),), on=((CHARSET, THEM),)),
    Case(2066, "separators alone are no names", C, (charset("REQUEST ';;;'"),), "",
         (Malformed(CHARSET, "a request for a character set names none"),), on=((CHARSET, THEM),)),
    Case(2066, "what was not agreed upon is left unread", C, (charset("REQUEST ';UTF-8'"),), "",
         (Malformed(CHARSET, "it was not agreed upon"),)),
]  # fmt: skip

WORLDS = [
    Case("GMCP", "a package with data is heard", S, ("""IAC SB GMCP 'Char.Login {"name": "jo"}' IAC SE""",), "",
         (Gmcp("Char.Login", '{"name": "jo"}'),), on=((GMCP, US),)),
    Case("GMCP", "a package alone is heard", S, ("IAC SB GMCP 'Core.Ping' IAC SE",), "", (Gmcp("Core.Ping"),),
         on=((GMCP, US),)),
    Case("GMCP", "a package is said", S, (Gmcp("Room.Info", '{"n": 1}'),),
         """IAC SB GMCP 'Room.Info {"n": 1}' IAC SE""",
         on=((GMCP, US),)),
    Case("GMCP", "a client says one, too", C, (Gmcp("Core.Ping"),), "IAC SB GMCP 'Core.Ping' IAC SE",
         on=((GMCP, THEM),)),
    Case("GMCP", "data without a package is none", S, ("IAC SB GMCP ' {}' IAC SE",), "",
         (Malformed(GMCP, "a message of GMCP without the name of its package"),), on=((GMCP, US),)),
    Case("GMCP", "nothing is no package", S, ("IAC SB GMCP IAC SE",), "",
         (Malformed(GMCP, "a message of GMCP without the name of its package"),), on=((GMCP, US),)),
    Case("GMCP", "before it is agreed upon it is left unread", S, ("IAC SB GMCP 'Core.Ping' IAC SE",), "",
         (Malformed(GMCP, "it was not agreed upon"),)),
    Case("MSSP", "a status is heard", C, ("IAC SB MSSP 1 'NAME' 2 'Harbour' 1 'PORT' 2 '23' 2 '2323' IAC SE",), "",
         (Mssp((("NAME", ("Harbour",)), ("PORT", ("23", "2323")))),), on=((MSSP, THEM),)),
    Case("MSSP", "a status is said", S, (Mssp((("NAME", ("Harbour",)), ("PORT", ("23", "2323")))),),
         "IAC SB MSSP 1 'NAME' 2 'Harbour' 1 'PORT' 2 '23' 2 '2323' IAC SE", on=((MSSP, US),)),
    Case("MSSP", "what would end a value is left out", S, (Mssp((("A\x01", ("b\x02\0c",)),)),),
         "IAC SB MSSP 1 'A' 2 'bc' IAC SE", on=((MSSP, US),)),
    Case("MSSP", "a variable without a value is one", C, ("IAC SB MSSP 1 'NAME' IAC SE",), "", (Mssp((("NAME", ()),)),),
         on=((MSSP, THEM),)),
    Case("MSSP", "a value without a name is none", C, ("IAC SB MSSP 2 'x' IAC SE",), "",
         (Malformed(MSSP, "a server's status without the name of a variable"),), on=((MSSP, THEM),)),
    Case("MCCP2", "compression that was not agreed upon does not begin", C, ("IAC SB MCCP2 IAC SE 'a'",), "",
         (Malformed(Option.MCCP2, "it was not agreed upon, or has begun already"), Data(b"a"))),
]  # fmt: skip

CASES = [*signals(), *refusals(), *agreements(), *PROTOCOL, *QMETHOD, *DATA_OPTIONS, *WINDOW, *TYPES, *LINES,
         *VARIABLES, *CHARSETS, *WORLDS]  # fmt: skip


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 150
    assert len({(case.rfc, case.must, case.role) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rfc} {case.must}")
def test_one_side_does_as_it_is_asked_to(case: Case) -> None:
    side = talk(case.role, case.policy)
    for option, party in case.on:
        side.agree(option, party)
    for what in case.does:
        if what is HURRY:
            side.take(side.rules.urgent(0.0))
        elif isinstance(what, str):
            side.got(wire(what))
        else:
            side.say(what)
    assert side.sent == wire(case.sent)
    assert side.heard == list(case.heard)
    assert not side.broken
    assert not side.closed


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rfc} {case.must}")
def test_it_does_so_byte_by_byte(case: Case) -> None:
    side = talk(case.role, case.policy)
    for option, party in case.on:
        side.agree(option, party)
    for what in case.does:
        if what is HURRY:
            side.take(side.rules.urgent(0.0))
        elif isinstance(what, str):
            for byte in wire(what):
                side.got(bytes((byte,)))
        else:
            side.say(what)
    assert side.sent == wire(case.sent)
    assert joined(side.heard) == joined(case.heard)


def joined(heard: tuple[Message, ...] | list[Message]) -> list[Message]:
    """The same with runs of data as one."""
    found: list[Message] = []
    for message in heard:
        if isinstance(message, Data) and found and isinstance(found[-1], Data):
            found[-1] = Data(found[-1].data + message.data)
        else:
            found.append(message)
    return found
