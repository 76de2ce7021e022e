"""Sitting at a terminal: keys go to the server, what it says to the screen, and one key leads to the client itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
from collections.abc import Mapping
from pathlib import Path

from portside.cli.terminal.agreement import Agreement
from portside.cli.terminal.escape import PROMPT, carry_out
from portside.cli.terminal.keys import parse_key, shown_key
from portside.cli.terminal.log import Log
from portside.cli.terminal.tty import Tty, window
from portside.errors import LocalError, PortsideError, UsageError
from portside.protocols.telnet.client.connection import Connection
from portside.protocols.telnet.client.settings import variables
from portside.protocols.telnet.client.text import Translation, lookup
from portside.protocols.telnet.messages import CharsetChosen, Control, Data, Environment, Message, Sayable, Signal
from portside.syntax.visible import visible

KEYS_AT_ONCE = 64 * 1024
"""Bytes of typing that are read at once: a paste."""
CLOSING = 3.0
"""Seconds within which a server has to take what was said last, where we leave: a person waits for it."""
IN, OUT, ERR = 0, 1, 2


class Sitting:
    """One person's session; ``run`` returns when it is over. ``left`` tells whether it was the person who ended it.

    ``charset`` is the terminal's own character set, ``theirs`` the server's until something else is agreed upon.
    """

    def __init__(
        self,
        *,
        escape: bytes,
        charset: str,
        theirs: str | None = None,
        environment: Mapping[str, str],
        log: Log | None = None,
        crlf: bool = False,
    ) -> None:
        self._escape = escape
        self._charset = charset
        self._environment = dict(environment)
        self._log = log
        self._agreement = Agreement(crlf=crlf)
        self._connection: Connection | None = None
        self._tty: Tty | None = None
        self._shown: Translation | None = None
        self._keyed: Translation | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._prompting = False
        self._words = b""
        self._at_left = True  # whether the cursor is in the first column, as far as we know
        self.left = False
        self._translate(theirs or charset)

    # -------------------------------------------------------------------------------------------- the server

    def heard(self, message: Message) -> None:
        """See ``Connection``."""
        match message:
            case Data(data):
                self._show(data)
            case CharsetChosen(name):
                self._translate(name)
            case _ if self._agreement.hear(message):
                self._arrange()

    def lost(self, error: PortsideError | None) -> None:
        """See ``Connection``."""
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)

    def _show(self, data: bytes) -> None:
        if self._log is not None:
            self._log.write(data)
        self._at_left = data.endswith(b"\n")
        if self._shown is not None:
            data = self._shown(data)
        try:
            _write(OUT, data)
        except OSError as error:  # the terminal is gone, or whoever reads our stdout
            self._end(error)

    def _translate(self, theirs: str) -> None:
        """The server speaks in this character set from now on."""
        found, ours = lookup(theirs), lookup(self._charset)
        if found is None or ours is None:
            return
        same = found.name == ours.name
        self._shown = None if same else Translation(found.name, ours.name)
        self._keyed = None if same else Translation(ours.name, found.name)

    # ------------------------------------------------------------------------------------------- the terminal

    async def run(self, connection: Connection) -> None:
        """Sit there until the conversation is over. Raises what broke it."""
        self._connection = self._agreement.connection = connection
        connection.when_drained(self._read_keys)
        self._tty = Tty(IN)
        loop = asyncio.get_running_loop()
        handled = {
            signal.SIGWINCH: self._resized,
            signal.SIGINT: self._interrupted,
            signal.SIGQUIT: self._aborted,
            signal.SIGTSTP: self._stopped,
            signal.SIGCONT: self._continued,
        }
        try:
            for number, call in handled.items():
                loop.add_signal_handler(number, call)
            self._arrange()
            self._read_keys()
            await self._over
        finally:
            connection.when_drained(None)
            loop.remove_reader(IN)
            for number in handled:
                loop.remove_signal_handler(number)
            self._tty.close()

    def _arrange(self) -> None:
        """Set the terminal as what was agreed upon asks for."""
        if self._tty is not None and not self._prompting:
            self._tty.set(self._agreement.manner, self._escape)

    def _resized(self) -> None:
        size = window(IN)
        if size is not None:
            self._say(size)

    def _interrupted(self) -> None:
        if self._prompting:
            self._words = b""
            self._commanded(b"\n")
        else:
            self.signal(Control.IP)
            self.signal(Control.SYNCH)

    def _aborted(self) -> None:
        if self._agreement.signals and not self._prompting:
            self.signal(Control.ABORT)
        elif self._tty is not None:
            self._tty.end(signal.SIGQUIT)

    def _stopped(self) -> None:
        if self._agreement.signals and not self._prompting:
            self.signal(Control.SUSP)
        else:
            self.suspend()

    def _continued(self) -> None:
        """Whoever stopped us may have left the terminal and its window in any state."""
        self._arrange()
        self._resized()

    # ------------------------------------------------------------------------------------------------- keys

    def _read_keys(self) -> None:
        asyncio.get_running_loop().add_reader(IN, self._readable)

    def _readable(self) -> None:
        try:
            data = os.read(IN, KEYS_AT_ONCE)
        except BlockingIOError:
            return
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
            if after:  # pasted, so that the terminal has not shown it, nor gone to the next line
                self._at_left = False
                self._commanded(after)

    def _send(self, data: bytes) -> None:
        data = self._agreement.typed(data)
        if self._keyed is not None:
            data = self._keyed(data)
        if data:
            self._say(Data(data))
        if self._connection is not None and self._connection.slow:
            asyncio.get_running_loop().remove_reader(IN)  # a paste that the server does not take; see ``when_drained``

    def _ended(self) -> None:
        """^D in a line of its own, or the terminal has gone."""
        if not os.isatty(IN) or not self._agreement.edits:
            self.quit()
        elif self._agreement.signals:
            self.signal(Control.EOF)
        else:
            self._say(Data(b"\x04"))

    def _say(self, message: Sayable) -> None:
        if self._connection is not None:
            self._connection.say(message)

    # ---------------------------------------------------------------------------------------- the escape prompt

    def tell(self, text: str) -> None:
        """Lines of ours for the person, wherever the cursor is and however the terminal is set."""
        begin, self._at_left = "" if self._at_left else "\r\n", True
        with contextlib.suppress(OSError):  # nobody is there to be told
            _write(_screen(), (begin + "".join(f"\r{visible(line)}\r\n" for line in text.splitlines())).encode())

    def _prompt(self) -> None:
        """The server waits while somebody is at the prompt: what it says would be in between."""
        self._prompting, self._words = True, b""
        if self._tty is not None:
            self._tty.restore()
        if self._connection is not None:
            self._connection.hold()
        self._at_left = True  # after what is typed there
        with contextlib.suppress(OSError):
            _write(_screen(), b"\r\n" + PROMPT.encode())

    def _commanded(self, data: bytes) -> None:
        self._words += data.replace(b"\r", b"\n")
        line, end, rest = self._words.partition(b"\n")
        if not end and data:
            return  # the rest of what was pasted
        self._leave_prompt()
        self._carry_out(line.decode("utf-8", "replace"))
        if not data:
            self.quit()
        self._arrange()
        if rest:
            self._typed(rest)

    def _leave_prompt(self) -> None:
        self._prompting, self._words = False, b""
        if self._connection is not None:
            self._connection.release()

    def _carry_out(self, line: str) -> None:
        try:
            shown = carry_out(line, self)
        except (UsageError, LocalError) as error:
            shown = [str(error)]
        self.tell("\n".join(shown))

    def quit(self) -> None:
        """End the conversation."""
        self.left = True
        if self._connection is not None:
            self._connection.close()
            asyncio.get_running_loop().call_later(CLOSING, self._connection.abort)

    def suspend(self) -> None:
        """Let the shell have the terminal, until it gives it back; where there is none to do so, nothing happens."""
        if self._tty is None:
            return
        loop = asyncio.get_running_loop()
        self._leave_prompt()
        self._tty.restore()
        loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(0, signal.SIGTSTP)
        loop.add_signal_handler(signal.SIGTSTP, self._stopped)
        self._continued()

    def signal(self, kind: Control) -> None:
        """Say one control function. Raises ``LocalError`` for one that may not be said now."""
        self._say(Signal(kind))

    def send_escape(self) -> None:
        """Say the escape character itself."""
        self._send(self._escape)

    def status(self) -> list[str]:
        """What was agreed upon."""
        door = None if self._connection is None else self._connection.door
        lines = [] if door is None else [f"connected to {door.remote}" + (f", {door.tls.version}" if door.tls else "")]
        return [*lines, *self._agreement.lines(), f"escape character: {shown_key(self._escape)}"]

    def toggle(self, what: str) -> str:
        """Turn something on or off; returns what holds now. Raises ``UsageError`` for what there is not."""
        return self._agreement.set(what, not self._agreement.is_set(what))

    def set(self, what: str, value: str) -> str:
        """Give something a value; returns what holds now. Raises ``UsageError``."""
        if what == "escape":
            self._escape = parse_key(value)
            return f"escape character: {shown_key(self._escape)}"
        if value not in ("on", "off"):
            raise UsageError(f"write: set {what} on, or set {what} off")
        return self._agreement.set(what, value == "on")

    def mode(self, edit: bool) -> None:
        """Edit lines here, or send each key at once."""
        self._agreement.edit(edit)

    def log(self, path: str) -> str:
        """Keep what is said in a file from now on. Raises ``UsageError``."""
        new = None if path == "off" else Log(Path(path))
        if self._log is not None:
            self._log.close()
        self._log = new
        return "nothing is kept any more" if new is None else f"what the server says is kept in {path}"

    def environment(self, words: list[str]) -> list[str]:
        """What the server may know; with a word, something more or less of it."""
        for word in words:
            name, equals, value = word.partition("=")
            if equals and not value:
                self._environment.pop(name, None)
            else:
                self._environment[name] = value if equals else os.environ.get(name, "")
        if words:
            self._say(Environment(variables(self._environment)))
        return [f"{name}={value}" for name, value in self._environment.items()] or ["the server may know nothing"]


def _screen() -> int:
    """Where a person sees what is ours: stdout is for what the server says, unless both are one terminal."""
    return OUT if os.isatty(OUT) else ERR


def _write(descriptor: int, data: bytes) -> None:
    """All of it. A terminal that was stopped (^S) stops us, and thereby the server: that is what it is for."""
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:  # whoever shares this terminal with us has made it so
            select.select([], [descriptor], [])
