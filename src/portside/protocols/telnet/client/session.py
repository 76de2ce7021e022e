"""A session with a server for a program: wait for what it says, and answer.

>>> # async with telnet("localhost", 2323) as session:
>>> #     await session.expect("name: ")
>>> #     session.send_line("Ann")
>>> #     found = await session.expect([r"Welcome, (\\w+)", "taken"])
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from portside.errors import ConnectionLost, LocalError, PortsideError, TimedOut
from portside.interfaces import Address
from portside.protocols.telnet.client.connection import Connection, connect
from portside.protocols.telnet.client.expecting import Found, Pattern, Waiting, compiled
from portside.protocols.telnet.client.settings import PORT, Settings, variables
from portside.protocols.telnet.client.text import Decoding, encode
from portside.protocols.telnet.messages import (
    CharsetChosen,
    Control,
    Data,
    Environment,
    Gmcp,
    Message,
    Mssp,
    Option,
    OptionChanged,
    Party,
    Signal,
    WindowSize,
)
from portside.transport.dial import ClientTls

PATIENCE = 30.0
"""Seconds that ``expect`` waits unless it is told otherwise."""
MOST_GMCP = 256
"""GMCP messages that are kept until somebody takes them: a busy minute of a game; older ones go."""
CLOSING = 5.0
"""Seconds within which the server has to take what was said last; then the conversation ends without that."""


class TelnetSession:
    """A server, as a program meets it. Made by ``telnet``.

    Text is in the character set that was agreed upon, lines end with a newline both ways. What came and was not taken
    is kept, bounded: beyond ``expecting.MOST_KEPT`` characters the server has to wait.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        self._address = address
        self._settings = settings
        self._decoding = Decoding(settings.charset, settings.errors)
        self._waiting = Waiting()
        self._changed = asyncio.Event()
        self._connection: Connection | None = None
        self._held = False
        self._over = False
        self._error: PortsideError | None = None
        self._environment = dict(settings.environment)
        self.gmcp: deque[Gmcp] = deque(maxlen=MOST_GMCP)
        self.server_variables: Mapping[str, tuple[str, ...]] = {}

    # -------------------------------------------------------------------------------------------- what comes

    def heard(self, message: Message) -> None:
        """See ``Side``."""
        match message:
            case Data(data):
                self._waiting.add(self._decoding.decode(data))
                self._mind_the_pressure()
            case CharsetChosen(name):
                self._decoding.change(name)
            case Gmcp():
                self.gmcp.append(message)
            case Mssp(variables):
                self.server_variables = dict(variables)
            case OptionChanged():
                pass  # ``on`` tells
            case _:
                return
        self._changed.set()

    def _mind_the_pressure(self) -> None:
        if self._connection is not None and self._waiting.full is not self._held:
            self._held = self._waiting.full
            if self._held:
                self._connection.hold()
            else:
                self._connection.release()

    def lost(self, error: PortsideError | None) -> None:
        """See ``Side``."""
        self._waiting.add(self._decoding.end())
        self._over, self._error = True, error
        self._changed.set()

    async def expect(self, patterns: Pattern | Sequence[Pattern], *, timeout: float | None = PATIENCE) -> Found:
        """Wait until one of ``patterns`` (regular expressions) matches, and take everything up to its end.

        Raises ``TimedOut`` after ``timeout`` s (None: never), ``ConnectionLost`` where the server closes before, or
        what broke the conversation, and ``LimitExceeded`` where too much comes without it.

        A pattern that tries countless ways, such as ``(a+)+$``, holds up the whole loop, and so the timeout.
        """
        wanted = compiled(patterns)
        found = self._waiting.find(wanted)
        try:
            async with asyncio.timeout(timeout):
                while found is None:
                    await self._more(wanted)
                    found = self._waiting.find(wanted)
        except TimeoutError:
            raise TimedOut(
                f"{self._address} did not say {_named(wanted)} within {timeout:g} s; it said {self._waiting.shown}"
            ) from None
        self._mind_the_pressure()
        return found

    async def _more(self, wanted: Sequence[re.Pattern[str]]) -> None:
        if self._over:
            if self._error is not None:
                raise self._error
            raise ConnectionLost(
                f"{self._address} closed the connection without saying {_named(wanted)}; it said {self._waiting.shown}"
            )
        self._changed.clear()
        await self._changed.wait()

    async def read_until(self, text: str, *, timeout: float | None = PATIENCE) -> str:
        """Everything up to ``text`` and it, too. Raises as ``expect`` does."""
        found = await self.expect(re.compile(re.escape(text)), timeout=timeout)
        return found.before + found.text

    async def read(self) -> str:
        """What has come; waits for something, and is empty once the server has closed. Raises what broke it."""
        while not self._waiting and not self._over:
            self._changed.clear()
            await self._changed.wait()
        if self._error is not None and not self._waiting:
            raise self._error
        return self.read_available()

    def read_available(self) -> str:
        """What has come, which may be nothing."""
        text = self._waiting.take()
        self._mind_the_pressure()
        return text

    # ------------------------------------------------------------------------------------------ what we say

    def send(self, text: str) -> None:
        """Say ``text``; newlines end lines. Raises ``ConnectionLost`` once the conversation is over."""
        data = encode(text, self._decoding.charset, binary=self.on(Option.BINARY, Party.US))
        if data:
            self._open().say(Data(data))

    def send_line(self, text: str = "") -> None:
        """Say ``text``, and the end of the line."""
        self.send(text + "\n")

    def send_secret(self, secret: str) -> None:
        """Say a password, and the end of the line.

        Raises ``LocalError`` for one with control characters in it: what follows a line end would answer the next
        question, where it might be shown.
        """
        if not secret.isprintable():
            raise LocalError("a password with control characters in it is more than one line can carry")
        self.send_line(secret)

    def send_bytes(self, data: bytes) -> None:
        """Say these bytes."""
        if data:
            self._open().say(Data(data))

    def signal(self, kind: Control) -> None:
        """Say one control function. Raises ``LocalError`` for one that may not be said now."""
        self._open().say(Signal(kind))

    def interrupt(self) -> None:
        """Interrupt what runs there: IP, and a Synch that hurries it through what is still on its way (RFC 854)."""
        self.signal(Control.IP)
        self.signal(Control.SYNCH)

    def window(self, columns: int, rows: int) -> None:
        """Our window has this size from now on."""
        self._open().say(WindowSize(columns, rows))

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that the server may know, and no others."""
        return self._environment

    def tell_environment(self, environment: Mapping[str, str]) -> None:
        """The server may know these variables from now on, and is told what has changed where it asks for such."""
        self._open().say(Environment(variables(environment)))
        self._environment = dict(environment)

    def send_gmcp(self, package: str, data: str = "") -> None:
        """Say a package's name and its JSON. Raises ``LocalError`` where GMCP is not on."""
        self._open().say(Gmcp(package, data))

    def _open(self) -> Connection:
        if self._connection is None or self._over or not self._connection.is_open:
            raise self._error or ConnectionLost(f"{self._address} has closed the connection")
        return self._connection

    async def drain(self) -> None:
        """Return when a slow server has taken most of what was said, or is gone."""
        connection = self._connection
        if connection is None:
            return
        connection.when_drained(self._changed.set)
        while connection.slow and not self._over:
            self._changed.clear()
            await self._changed.wait()

    # ---------------------------------------------------------------------------------------- what is known

    @property
    def charset(self) -> str:
        """The character set of what is said, by Python's name for it."""
        return self._decoding.charset

    @property
    def pending(self) -> int:
        """Bytes that were said, and that a slow server has not taken; see ``drain``."""
        return 0 if self._connection is None else self._connection.pending

    @property
    def closed(self) -> bool:
        """Whether nothing more comes."""
        return self._over

    def on(self, option: Option, party: Party) -> bool:
        """Whether an option is on, on our side or on theirs."""
        return self._connection is not None and self._connection.on(option, party)

    async def start(self) -> None:
        """Connect. Raises as ``telnet`` does."""
        self._connection = await connect(self._address, self._settings, self.heard, self.lost)

    async def close(self) -> None:
        """End the conversation, and return when it is over: at once, or when what was said last has been taken."""
        if self._connection is None or self._over:
            return
        self._connection.release()
        self._connection.close()
        try:
            async with asyncio.timeout(CLOSING):
                while not self._over:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self._connection.abort()


def _named(patterns: Sequence[re.Pattern[str]]) -> str:
    return " or ".join(f"'{pattern.pattern}'" for pattern in patterns)


@asynccontextmanager
async def telnet(
    host: str, port: int = PORT, settings: Settings | None = None, *, tls: ClientTls | None = None
) -> AsyncIterator[TelnetSession]:
    """A session with the server at ``host``, closed at the end of the block. ``tls``: whom to trust, where it is TLS.

    Raises ``ResolveError``, ``ConnectError``, ``TlsError``, ``CertificateError`` and ``TimedOut``.
    """
    wanted = settings or Settings()
    session = TelnetSession(Address(host, port), wanted if tls is None else replace(wanted, tls=tls))
    await session.start()
    try:
        yield session
    finally:
        await session.close()
