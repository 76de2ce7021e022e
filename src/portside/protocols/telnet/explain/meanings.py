"""Telnet's numbers in words: commands, and options whether this package speaks them or not."""

from __future__ import annotations

from typing import NamedTuple

from portside.protocols.telnet.messages import Control, Function, Level, Verb

UNKNOWN = "unknown"


class Meaning(NamedTuple):
    """A name, what it stands for, and where it is specified."""

    name: str
    text: str
    source: str


OPTIONS = {
    0: Meaning("BINARY", "all bytes are data, CR too", "RFC 856"),
    1: Meaning("ECHO", "who does it sends back what is typed", "RFC 857"),
    3: Meaning("SGA", "suppress go ahead: both may speak at any time", "RFC 858"),
    5: Meaning("STATUS", "tells what is agreed upon", "RFC 859"),
    6: Meaning("TIMING-MARK", "tells when all before it has been processed", "RFC 860"),
    17: Meaning("EXTEND-ASCII", "characters of more than 8 bits", "RFC 698"),
    18: Meaning("LOGOUT", "forces the end of a login", "RFC 727"),
    23: Meaning("SEND-LOCATION", "tells where the terminal stands", "RFC 779"),
    24: Meaning("TTYPE", "tells the terminal's type", "RFC 1091"),
    25: Meaning("EOR", "marks the end of a record or a prompt", "RFC 885"),
    31: Meaning("NAWS", "tells the window's size", "RFC 1073"),
    32: Meaning("TSPEED", "tells the terminal's speed", "RFC 1079"),
    33: Meaning("LFLOW", "obeys XON and XOFF where the terminal is", "RFC 1372"),
    34: Meaning("LINEMODE", "lines are edited where the terminal is", "RFC 1184"),
    35: Meaning("XDISPLOC", "tells the X display", "RFC 1096"),
    36: Meaning("OLD-ENVIRON", "tells environment variables, the old way", "RFC 1408"),
    37: Meaning("AUTHENTICATION", "proves who one is", "RFC 2941"),
    38: Meaning("ENCRYPT", "encrypts the stream", "RFC 2946"),
    39: Meaning("NEW-ENVIRON", "tells environment variables", "RFC 1572"),
    42: Meaning("CHARSET", "proposes character sets", "RFC 2066"),
    44: Meaning("COM-PORT", "controls a serial port", "RFC 2217"),
    45: Meaning("SUPPRESS-LOCAL-ECHO", "what is typed is not shown", "IANA registry"),
    46: Meaning("START_TLS", "begins TLS", "IANA registry"),
    69: Meaning("MSDP", "tells variables of a game", "MSDP"),
    70: Meaning("MSSP", "tells a game server's status", "MSSP"),
    85: Meaning("MCCP1", "compresses what the server says, the old way", "MCCP"),
    86: Meaning("MCCP2", "compresses what the server says", "MCCP"),
    87: Meaning("MCCP3", "compresses what the client says", "MCCP"),
    90: Meaning("MSP", "plays sounds", "MSP"),
    91: Meaning("MXP", "marks up text", "MXP"),
    93: Meaning("ZMP", "sends messages of a game", "ZMP"),
    200: Meaning("ATCP", "sends messages of a game, the old way", "ATCP"),
    201: Meaning("GMCP", "sends messages of a game", "GMCP"),
    255: Meaning("EXOPL", "options beyond 255", "RFC 861"),
}

COMMANDS = {
    int(Control.EOF): Meaning("EOF", "end of file", "RFC 1184 §2.5"),
    int(Control.SUSP): Meaning("SUSP", "suspend process", "RFC 1184 §2.5"),
    int(Control.ABORT): Meaning("ABORT", "abort process", "RFC 1184 §2.5"),
    int(Control.EOR): Meaning("EOR", "end of record", "RFC 885"),
    240: Meaning("SE", "end of subnegotiation", "RFC 854"),
    int(Control.NOP): Meaning("NOP", "no operation", "RFC 854"),
    int(Control.SYNCH): Meaning("DM", "data mark: end of what is to be thrown away", "RFC 854"),
    int(Control.BRK): Meaning("BRK", "break", "RFC 854"),
    int(Control.IP): Meaning("IP", "interrupt process", "RFC 854"),
    int(Control.AO): Meaning("AO", "abort output", "RFC 854"),
    int(Control.AYT): Meaning("AYT", "are you there?", "RFC 854"),
    int(Control.EC): Meaning("EC", "erase character", "RFC 854"),
    int(Control.EL): Meaning("EL", "erase line", "RFC 854"),
    int(Control.GA): Meaning("GA", "go ahead: it is the other's turn", "RFC 854"),
}

VERBS = {
    Verb.WILL: Meaning("WILL", "offers to do it, or agrees to", "RFC 854"),
    Verb.WONT: Meaning("WONT", "does not do it, or no longer", "RFC 854"),
    Verb.DO: Meaning("DO", "asks the other to do it, or agrees that it does", "RFC 854"),
    Verb.DONT: Meaning("DONT", "wants the other not to do it", "RFC 854"),
}
SAID = {Verb.WILL: "will", Verb.WONT: "won't", Verb.DO: "do", Verb.DONT: "don't"}

LEVELS = {
    Level.NOSUPPORT: "not supported",
    Level.CANTCHANGE: "cannot be changed",
    Level.VALUE: "has this value",
    Level.DEFAULT: "as you have it by default",
}
FUNCTIONS = {int(function): function.name for function in Function}
FLOWS = ("off", "on", "any key restarts", "XON restarts")


def option_name(number: int) -> str:
    """The name of an option, or its number."""
    known = OPTIONS.get(number)
    return f"option {number}" if known is None else known.name


def command_name(code: int) -> str:
    """What a command of two bytes stands for."""
    known = COMMANDS.get(code)
    return f"command {code}" if known is None else f"{known.text} ({known.name})"
