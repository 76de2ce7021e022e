"""The side above a server's connection: hears requests, asks the application, says its answers."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from portside.engine.conversation import Conversation
from portside.errors import ConnectionLost, LocalError, PortsideError, RemoteError
from portside.interfaces import Door
from portside.protocols.http.messages import Data, End, FileBody, Message, Request, Response
from portside.protocols.http.rules.answers import bodyless
from portside.protocols.http.server.application import Answer, Application

BODY_AHEAD = 256 * 1024
"""Bytes of a request's body that wait for the application; then the client has to."""

_log = logging.getLogger("portside.http")


class Log(Protocol):
    """Where finished exchanges are written down."""

    def __call__(self, door: Door, request: Request | None, status: int, size: int) -> None: ...


class Exchange:
    """One connection's exchanges, one after the other. Is the ``Side`` of its conversation, and the ``Arrival``."""

    __slots__ = (
        "_application",
        "_conversation",
        "_failure",
        "_log",
        "_pieces",
        "_request",
        "_room",
        "_stored",
        "_task",
        "_wakes",
        "_whole",
    )

    def __init__(self, conversation: Conversation[Message], application: Application, log: Log | None) -> None:
        self._conversation = conversation
        self._application = application
        self._log = log
        self._request: Request | None = None
        self._task: asyncio.Task[None] | None = None
        self._pieces: deque[bytes] | None = None
        self._stored = 0
        self._whole = True
        self._failure: PortsideError | None = None
        self._wakes: asyncio.Event | None = None
        self._room: asyncio.Event | None = None

    @property
    def door(self) -> Door:
        door = self._conversation.door
        assert door is not None
        return door

    # ------------------------------------------------------------------------------------ what is heard

    def heard(self, message: Message) -> None:
        if type(message) is Request:
            self._request = message
            if message.body:
                self._pieces = deque()
                self._stored = 0
                self._whole = False
            try:
                answer = self._application(message, self)
            except Exception as error:
                answer = self._apologise(error)
            if type(answer) is Response:
                self._say(answer)
            else:
                self._wait_for(answer)
        elif type(message) is Data:
            self._store(message.data)
        else:
            self._whole = True
            self._wake()

    def lost(self, error: PortsideError | None) -> None:
        if isinstance(error, RemoteError):
            _log.debug("%s: %s", self.door.remote, error)
            if self._log is not None and (self._task is None or not self._whole):
                self._log(self.door, None if self._whole else self._request, error.status or 400, 0)
        self._failure = error or ConnectionLost("the client is gone")
        self._wake()
        if self._room is not None:
            self._room.set()
        if self._task is not None and self._whole:
            self._task.cancel()

    def drained(self) -> None:
        if self._room is not None:
            self._room.set()

    # --------------------------------------------------------------------------------- a request's body

    def _store(self, data: bytes) -> None:
        if self._pieces is None or not data:
            return
        self._pieces.append(data)
        self._stored += len(data)
        if self._stored > BODY_AHEAD:
            self._conversation.hold()
        self._wake()

    def _wake(self) -> None:
        if self._wakes is not None:
            self._wakes.set()

    async def body(self) -> AsyncIterator[bytes]:
        request = self._request
        pieces = self._pieces
        if pieces is None or request is None:
            return
        if not self._whole and not pieces and b"expect" in request.headers:
            self._conversation.say(Response(100))
        wakes = self._wakes = asyncio.Event()
        while True:
            while pieces:
                data = pieces.popleft()
                self._stored -= len(data)
                if self._stored <= BODY_AHEAD // 2:
                    self._conversation.release()
                yield data
            if self._pieces is not pieces:
                raise LocalError("the request has been answered: what is left of its body is gone")
            if self._whole:
                return
            if self._failure is not None:
                raise self._failure
            wakes.clear()
            await wakes.wait()

    def _forget_body(self) -> None:
        if self._pieces is not None:
            self._pieces.clear()
            self._pieces = None
            self._whole = True
            self._wake()
            self._wakes = None
            self._conversation.release()

    # -------------------------------------------------------------------------------------- the answer

    def _wait_for(self, answer: Answer) -> None:
        self._task = asyncio.ensure_future(self._answer_later(answer))

    async def _answer_later(self, answer: Answer) -> None:
        assert not isinstance(answer, Response)
        try:
            response = await answer
        except Exception as error:
            response = self._apologise(error)
        self._task = None
        if self._conversation.over:
            _let_go(response)
            return
        self._say(response)

    def _apologise(self, error: Exception) -> Response:
        """The answer to a request that the application could not answer."""
        if isinstance(error, RemoteError):
            return Response(error.status or 400)
        if not isinstance(error, PortsideError):
            _log.error("an application failed: %s: %s", type(error).__name__, error, exc_info=error)
        return Response(500)

    def _say(self, response: Response) -> None:
        request = self._request
        assert request is not None
        body = response.body
        if self._pieces is not None and not _streams(response, request):
            self._forget_body()
        try:
            self._conversation.say(response)
        except LocalError as error:
            _log.error("an answer could not be said: %s", error)
            _let_go(response)
            self._conversation.abort()
            return
        if type(body) is bytes:
            size = len(body)
        elif isinstance(body, FileBody):
            size = body.count
        elif bodyless(response.status, request.method):
            size = 0
        else:
            assert not isinstance(body, bytes)
            self._task = asyncio.ensure_future(self._stream(request, response, body))
            return
        if self._log is not None:
            self._log(self.door, request, response.status, 0 if request.method == "HEAD" else size)

    async def _stream(self, request: Request, response: Response, body: AsyncIterator[bytes]) -> None:
        size = 0
        self._room = asyncio.Event()
        try:
            async for piece in body:
                self._conversation.say(Data(piece))
                size += len(piece)
                while self._conversation.slow and not self._conversation.over:
                    self._room.clear()
                    await self._room.wait()
                if self._conversation.over:
                    return
            self._task = None  # what follows may be the next request
            self._forget_body()
            self._conversation.say(End())
        except Exception as error:
            _log.error("a body broke off: %s: %s", type(error).__name__, error)
            self._conversation.abort()
        finally:
            await _close_body(body)
            if self._log is not None:
                self._log(self.door, request, response.status, size)


def _streams(response: Response, request: Request) -> bool:
    """Whether the answer takes a while, in which the request's body may still be wanted."""
    return not isinstance(response.body, bytes | FileBody) and not bodyless(response.status, request.method)


def _let_go(response: Response) -> None:
    if isinstance(response.body, FileBody):
        response.body.file.close()


async def _close_body(body: AsyncIterator[bytes]) -> None:
    close: Callable[[], object] | None = getattr(body, "aclose", None)
    if close is not None:
        await close()  # type: ignore[misc]
