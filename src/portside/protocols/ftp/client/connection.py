"""One control connection with a server, and the data connections that belong to it.

One thing at a time runs on it: a row of commands, or a transfer. Whoever waits for it waits for one future; the data
goes to and from the sockets without a task switch for each piece.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from portside.engine.conversation import Conversation
from portside.errors import ConnectionLost, LocalError, PortsideError, RemoteError
from portside.interfaces import Door
from portside.protocols.ftp.messages import Command, Data, Reply
from portside.protocols.ftp.rules.client import ClientRules
from portside.protocols.ftp.rules.limits import MOST_WAITING
from portside.protocols.ftp.rules.orders import (
    Begun,
    DataDone,
    DataFile,
    Ended,
    Entered,
    Hears,
    Leave,
    Noted,
    Row,
    Said,
    Transfer,
)
from portside.transport.tcp import HIGH_WATER

Take = Callable[[bytes], object]
"""Takes a piece of data; what it raises ends the connection, and is raised to whoever waits for the transfer."""
Pieces = AsyncGenerator[Data | DataFile, None]
"""What an upload says, in pieces small enough to notice soon that the server wants no more."""


class Connection:
    """A side of the conversation, for one caller at a time."""

    __slots__ = (
        "_conversation", "_count", "_drained", "_future", "_left", "_missing", "_problem", "_replies", "_rules",
        "_small", "_take", "began", "cwd", "entered", "stirred", "server",
    )  # fmt: skip

    def __init__(self, conversation: Conversation[Any], rules: ClientRules, server: str) -> None:
        self._conversation = conversation
        self._rules = rules
        self._future: asyncio.Future[Any] | None = None
        self._replies: list[Reply] = []
        self._missing = 0
        self._take: Take | None = None
        self._count: int | None = None
        self._left = False
        self._small: bytes | None = None
        self._problem: BaseException | None = None
        self._drained = asyncio.Event()
        self.began: Reply | None = None
        self.entered: Entered | None = None
        self.cwd = ""
        self.stirred = True
        self.server = server

    @property
    def usable(self) -> bool:
        """Whether something may be asked on it."""
        return self._rules.usable and not self._conversation.over and self._future is None

    @property
    def over(self) -> bool:
        """Whether it is closed."""
        return self._conversation.over

    @property
    def door(self) -> Door | None:
        """Both addresses, and the TLS facts."""
        return self._rules.door

    def features(self) -> dict[str, str]:
        """What the server says it has."""
        return self.entered.features if self.entered is not None else {}

    # -------------------------------------------------------------------------------- from the conversation

    def heard(self, message: Hears) -> None:
        self.stirred = True
        match message:
            case Data(data):
                self._taken(data)
            case Ended():
                self._drained.set()
                self._settle(message)
            case Begun(reply):
                self._begin(reply)
            case Reply():
                self._replies.append(message)
                if len(self._replies) >= self._missing:
                    self._settle(self._replies)
            case Entered():
                self.entered = message
                self._settle(message)
            case Noted():
                pass  # a step of what we wait for

    def _settle(self, value: object) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(value)

    def lost(self, error: PortsideError | None) -> None:
        self._problem = self._problem or error or ConnectionLost(f"{self.server} closed the control connection")
        self._drained.set()
        if self._future is not None and not self._future.done():
            self._future.set_exception(self._problem)

    def drained(self) -> None:
        self._drained.set()

    def _taken(self, data: bytes) -> None:
        if self._take is None or self._left:
            return
        if self._count is not None:
            data = data[: self._count]
            self._count -= len(data)
        try:
            self._take(data)
        except Exception as error:  # raised again where somebody waits for the transfer
            self._problem = error
            self._conversation.abort()
            return
        if self._count == 0:
            self._left = True
            self._conversation.say(Leave())

    def _begin(self, reply: Reply) -> None:
        self.began = reply
        if self._small is not None:
            if self._small:
                self._conversation.say(Data(self._small))
            self._conversation.say(DataDone())
            self._small = None
        else:
            self._drained.set()

    # ------------------------------------------------------------------------------------ for whoever waits

    async def enter(self) -> Entered:
        """Wait until we are in. Raises ``LoginFailed``, ``TlsError``, ``RemoteError`` and ``TransportError``."""
        entered: Entered = await self._wait(self._new_future())
        return entered

    async def ask(self, *commands: Command) -> list[Reply]:
        """Say ``commands`` in one go, and wait for the reply to each. Replies of any code are returned."""
        replies: list[Reply] = []
        for first in range(0, len(commands), MOST_WAITING // 2):
            replies += await self._ask(commands[first : first + MOST_WAITING // 2])
        return replies

    async def _ask(self, commands: tuple[Command, ...]) -> list[Reply]:
        self._replies, self._missing = [], len(commands)
        future = self._new_future()
        try:
            self._conversation.say(Row(commands))
        except LocalError:  # nothing was said
            self._future = None
            raise
        replies: list[Reply] = await self._wait(future)
        return replies

    async def order(self, verb: str, argument: str = "") -> Reply:
        """Say one command. Raises ``RemoteError`` where the answer is an error."""
        (reply,) = await self.ask(Command(verb, argument))
        if reply.code >= 400:
            raise refusal(self.server, reply)
        return reply

    async def retrieve(self, command: Command, take: Take, offset: int = 0, count: int | None = None) -> Ended:
        """Have ``command`` carried out, giving what comes to ``take``: from ``offset``, ``count`` bytes at most.

        Raises what ends the connection, and what ``take`` raises. What went wrong with this transfer alone stands in
        what is returned (a transfer that was left at ``count`` went well, though there are servers that hang up then).
        """
        self._take, self._count, self._left = take, count, False
        try:
            ended = await self._transfer(Transfer(command, inward=True, offset=offset))
        except ConnectionLost:
            if not self._left:
                raise
            return Ended(None, None)
        return Ended(ended.reply, None) if self._left else ended

    async def store_bytes(self, command: Command, data: bytes) -> Ended:
        """Have ``command`` carried out with ``data``, which all is in memory."""
        self._small = data
        return await self._transfer(Transfer(command, inward=False))

    async def store(self, command: Command, pieces: Pieces, offset: int = 0) -> Ended:
        """Have ``command`` carried out with ``pieces``; the server begins at ``offset`` of the file."""
        self._small = None
        self._drained.clear()
        self.began = None
        future = self._new_future()
        self._conversation.say(Transfer(command, inward=False, offset=offset))
        try:
            await self._say(pieces, future)
        except BaseException:
            self._future = None  # nobody waits for what comes of it
            self._conversation.abort()
            raise
        ended: Ended = await self._wait(future)
        return ended

    async def _say(self, pieces: Pieces, future: asyncio.Future[Any]) -> None:
        await self._drained.wait()  # until it has begun, or is over
        async with aclosing(pieces):
            while not future.done():
                piece = await anext(pieces, None)
                if future.done():
                    _let_go(piece)
                elif piece is None:
                    self._conversation.say(DataDone())
                    return
                else:
                    await self._say_piece(piece)

    async def _say_piece(self, piece: Data | DataFile) -> None:
        self._drained.clear()
        self._conversation.say(piece)
        if self._conversation.pending(self._rules.link) > HIGH_WATER:
            await self._drained.wait()

    async def _transfer(self, order: Transfer) -> Ended:
        self.began = None
        future = self._new_future()
        self._conversation.say(order)
        ended: Ended = await self._wait(future)
        return ended

    def _new_future(self) -> asyncio.Future[Any]:
        if self._problem is not None:
            raise self._problem
        if self._future is not None:
            raise RuntimeError("two at a time on one connection")
        self._future = asyncio.get_running_loop().create_future()
        return self._future

    async def _wait(self, future: asyncio.Future[Any]) -> Any:
        try:
            return await future
        except asyncio.CancelledError:
            self._conversation.abort()  # what runs cannot be called back
            raise
        finally:
            self._future = self._take = self._small = None

    def say(self, message: Said) -> None:
        """Say ``message`` whatever follows."""
        self._conversation.say(message)

    async def close(self) -> None:
        """Take leave, and close."""
        if not self._conversation.over:
            self._conversation.stop()
        await asyncio.sleep(0)  # the socket goes in the loop's next turn

    def abort(self) -> None:
        """Close at once."""
        self._conversation.abort()


def _let_go(piece: Data | DataFile | None) -> None:
    """Nobody wants it any more."""
    if isinstance(piece, DataFile):
        piece.file.close()


def refusal(server: str, reply: Reply, what: str = "") -> RemoteError:
    """The error for a reply that is one; ``what`` is what was asked for."""
    about = f" about {what}" if what else ""
    return RemoteError(f"{server} answered {reply.code} {reply.text}".rstrip() + about, reply.code)
