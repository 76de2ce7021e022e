"""Sitting at a terminal: keys go to the server, what it says to the screen, and one key leads to the client itself.

How keys are taken follows from what both sides agreed upon: each at once where the server suppresses go-ahead (or
LINEMODE says so), in lines that are edited here otherwise; shown here unless the server echoes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from portside.cli.screen import tell
from portside.cli.terminal.escape import PROMPT, carry_out
from portside.cli.terminal.log import Log
from portside.cli.terminal.tty import Manner, Tty, window
from portside.errors import LocalError, PortsideError, UsageError
from portside.protocols.telnet.client.connection import Connection
from portside.protocols.telnet.client.text import Decoding
from portside.protocols.telnet.messages import (
    CharsetChosen,
    Control,
    Data,
    Environment,
    Gmcp,
    LineMode,
    Message,
    Option,
    OptionChanged,
    Party,
    Signal,
    Variable,
    Want,
)
from portside.syntax.visible import visible

KEYS_AT_ONCE = 64 * 1024
"""Bytes of typing that are read at once: a paste."""
IN, OUT = 0, 1


class Sitting:
    """One person's session; ``run`` returns when it is over."""

    def __init__(
        self,
        *,
        escape: bytes,
        charset: str,
        environment: dict[str, str],
        log: Log | None = None,
        crlf: bool = False,
        verbose: bool = False,
    ) -> None:
        self._escape = escape
        self._charset = charset
        self._environment = dict(environment)
        self._log = log
        self._crlf = crlf
        self._verbose = verbose
        self._connection: Connection | None = None
        self._tty: Tty | None = None
        self._decoding: Decoding | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line_mode: LineMode | None = None
        self._asked_edit: bool | None = None
        self._echo: bool | None = None
        self._prompting = False

    # -------------------------------------------------------------------------------------------- the server

    def heard(self, message: Message) -> None:
        """See ``Connection``."""
        match message:
            case Data(data):
                self._show(data)
            case OptionChanged():
                self._arrange()
            case LineMode():
                self._line_mode = message
                self._arrange()
            case CharsetChosen(name):
                self._decoding = None if _same(name, self._charset) else Decoding(name)
            case Gmcp(package, data) if self._verbose:
                tell(f"GMCP {package} {data}".rstrip())

    def lost(self, error: PortsideError | None) -> None:
        """See ``Connection``."""
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)

    def _show(self, data: bytes) -> None:
        if self._log is not None:
            self._log.write(data)
        if self._decoding is not None:
            data = self._decoding.decode(data).replace("\n", "\r\n").encode(self._charset, "replace")
        _write(data)

    # ------------------------------------------------------------------------------------------- the terminal

    async def run(self, connection: Connection) -> None:
        """Sit there until the conversation is over. Raises what broke it."""
        self._connection = connection
        self._tty = Tty(IN)
        loop = asyncio.get_running_loop()
        handled = {signal.SIGWINCH: self._resized, signal.SIGINT: self._interrupted, signal.SIGTSTP: self._stopped}
        try:
            for number, call in handled.items():
                loop.add_signal_handler(number, call)
            self._arrange()
            loop.add_reader(IN, self._readable)
            await self._over
        finally:
            loop.remove_reader(IN)
            for number in handled:
                loop.remove_signal_handler(number)
            self._tty.close()

    def _resized(self) -> None:
        size = window(OUT)
        if size is not None and self._connection is not None:
            self._connection.say(size)

    def _interrupted(self) -> None:
        self.signal(Control.IP)
        self.signal(Control.SYNCH)

    def _stopped(self) -> None:
        if self._line_mode is not None and self._line_mode.trapsig:
            self.signal(Control.SUSP)
        else:
            self.suspend()

    @property
    def _edits(self) -> bool:
        if self._line_mode is not None:
            return self._line_mode.edit
        if self._asked_edit is not None:
            return self._asked_edit
        return not self._on(Option.SGA, Party.THEM)

    def _on(self, option: Option, party: Party) -> bool:
        return self._connection is not None and self._connection.on(option, party)

    def _arrange(self) -> None:
        """Set the terminal as what was agreed upon asks for."""
        if self._tty is None or self._prompting:
            return
        if not self._on(Option.LINEMODE, Party.US):
            self._line_mode = None
        edits = self._edits
        traps = self._line_mode.trapsig if self._line_mode is not None else edits
        echoes = not self._on(Option.ECHO, Party.THEM) if self._echo is None else self._echo
        self._tty.set(Manner(edits, traps, echoes, self._on(Option.BINARY, Party.US)), self._escape)

    # ------------------------------------------------------------------------------------------------- keys

    def _readable(self) -> None:
        try:
            data = os.read(IN, KEYS_AT_ONCE)
        except OSError:  # the terminal is gone
            data = b""
        if self._prompting:
            self._commanded(data)
        elif data:
            self._typed(data)
        else:
            self._ended()

    def _typed(self, data: bytes) -> None:
        before, escape, after = data.partition(self._escape) if self._escape else (data, b"", b"")
        self._send(before)
        if escape:
            self._prompt()
            if after.strip():
                self._commanded(after)

    def _send(self, data: bytes) -> None:
        if not data or self._connection is None:
            return
        binary = self._on(Option.BINARY, Party.US)
        if self._edits:
            data = data.replace(b"\n", b"\r\n")
        elif self._crlf and not binary:
            data = data.replace(b"\r", b"\r\n")
        if self._decoding is not None:
            data = data.decode(self._charset, "replace").encode(self._decoding.charset, "replace")
        self._connection.say(Data(data))

    def _ended(self) -> None:
        """^D in a line of its own, or the terminal has gone."""
        if self._on(Option.LINEMODE, Party.US):
            self.signal(Control.EOF)
        elif self._edits and os.isatty(IN):
            self._say(Data(b"\x04"))
        else:
            self.quit()

    def _say(self, message: Data) -> None:
        if self._connection is not None:
            self._connection.say(message)

    # ---------------------------------------------------------------------------------------- the escape prompt

    def _prompt(self) -> None:
        assert self._tty is not None
        self._prompting = True
        self._tty.restore()
        _write(b"\r\n" + PROMPT.encode())

    def _commanded(self, data: bytes) -> None:
        for line in data.decode("utf-8", "replace").splitlines() or [""]:
            try:
                shown = carry_out(line, self)
            except (UsageError, LocalError) as error:
                shown = [str(error)]
            _write("".join(f"{visible(each)}\n" for each in shown).encode())
        self._prompting = False
        if not data:
            self.quit()
        self._arrange()

    def quit(self) -> None:
        """End the conversation."""
        if self._connection is not None:
            self._connection.close()

    def suspend(self) -> None:
        """Let the shell have the terminal, until it gives it back."""
        assert self._tty is not None
        self._prompting = False
        self._tty.suspend()
        self._arrange()
        self._resized()

    def signal(self, kind: Control) -> None:
        """Say one control function. Raises ``LocalError`` for one that may not be said now."""
        if self._connection is not None:
            self._connection.say(Signal(kind))

    def send_escape(self) -> None:
        """Say the escape character itself."""
        self._send(self._escape)

    def status(self) -> list[str]:
        """What was agreed upon."""
        assert self._connection is not None
        door = self._connection.door
        lines = [] if door is None else [f"connected to {door.remote}" + (f", {door.tls.version}" if door.tls else "")]
        lines.append("lines are edited here" if self._edits else "each key is sent at once")
        for party, whose in ((Party.US, "we"), (Party.THEM, "the server")):
            on = [str(option) for option in Option if self._connection.on(option, party)]
            lines.append(f"{whose}: {', '.join(on) or 'no options'}")
        lines.append(f"escape character: {shown_key(self._escape)}")
        return lines

    def toggle(self, what: str) -> str:
        """Turn something on or off; returns what holds now. Raises ``UsageError`` for what there is not."""
        if what == "crlf":
            self._crlf = not self._crlf
            return f"Enter sends {'CR LF' if self._crlf else 'CR NUL'}"
        if what == "echo":
            self._echo = not (not self._on(Option.ECHO, Party.THEM) if self._echo is None else self._echo)
            return f"what is typed is {'shown' if self._echo else 'not shown'} here"
        if what != "binary":
            raise UsageError(f"'{what}' can't be toggled; there are binary, crlf, echo")
        assert self._connection is not None
        on = not self._on(Option.BINARY, Party.US)
        for party in Party:
            self._connection.say(Want(Option.BINARY, party, on))
        return f"binary is asked {'for' if on else 'to end'}"

    def mode(self, edit: bool) -> None:
        """Edit lines here, or send each key at once."""
        assert self._connection is not None
        if self._line_mode is not None:
            self._connection.say(LineMode(edit=edit, trapsig=self._line_mode.trapsig))
        else:
            self._asked_edit = edit
            for option in (Option.SGA, Option.ECHO):
                self._connection.say(Want(option, Party.THEM, not edit))

    def log(self, path: str) -> str:
        """Keep what is said in a file from now on. Raises ``UsageError``."""
        if self._log is not None:
            self._log.close()
            self._log = None
        if path == "off":
            return "nothing is kept any more"
        self._log = Log(Path(path))
        return f"what the server says is kept in {path}"

    def environment(self, words: list[str]) -> list[str]:
        """What the server may know; with a word, something more or less of it."""
        for word in words:
            name, equals, value = word.partition("=")
            if equals and not value:
                self._environment.pop(name, None)
            else:
                self._environment[name] = value if equals else os.environ.get(name, "")
        if words and self._connection is not None:
            variables = tuple(Variable(name, value, user=True) for name, value in self._environment.items())
            self._connection.say(Environment(variables))
        return [f"{name}={value}" for name, value in self._environment.items()] or ["the server may know nothing"]


def _same(one: str, other: str) -> bool:
    return one.lower().replace("_", "-") == other.lower().replace("_", "-")


def shown_key(key: bytes) -> str:
    """A key as people write it: ^] for the one with the code 29."""
    if not key:
        return "none"
    return f"^{chr(key[0] ^ 0x40)}" if key[0] < 32 or key[0] == 127 else key.decode("latin-1")


def parse_key(text: str) -> bytes:
    """``^]``, one character, or ``none``. Raises ``UsageError``."""
    if text.lower() == "none" or not text:
        return b""
    if len(text) == 2 and text[0] == "^" and "?" <= text[1].upper() <= "_":
        return bytes([ord(text[1].upper()) ^ 0x40])
    if len(text) == 1 and text.isascii():
        return text.encode()
    raise UsageError(f"'{text}' is no key; write ^] or one character, or none")


def _write(data: bytes) -> None:
    """All of it. A terminal that was stopped (^S) stops us, and thereby the server: that is what it is for."""
    left = memoryview(data)
    while left:
        with contextlib.suppress(BlockingIOError):
            left = left[os.write(OUT, left) :]
