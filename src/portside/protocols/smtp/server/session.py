"""The side above one connection: who is in, what the handler thinks of it, and what becomes of the message.

A message is acknowledged when the store says that it is kept, and not before. A client that has gone meanwhile, after
the end of its content, changes nothing about that (RFC 5321 §4.1.1.4): it is kept all the same.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

from portside.engine.conversation import Conversation
from portside.errors import PortsideError
from portside.interfaces import Door
from portside.mail.envelope import Envelope, Origin
from portside.mail.storing import Incoming, StoreError, StoreFull
from portside.protocols.smtp.messages import Content, ContentEnded, Reply
from portside.protocols.smtp.rules.turns import Asked, Attempt, Began, Dropped, GoOn, Guessed, Hook, KeysWanted, Spoilt
from portside.protocols.smtp.server.handing import Refused
from portside.protocols.smtp.server.handler import Visit
from portside.protocols.smtp.server.house import House
from portside.protocols.smtp.server.log import Kept, note
from portside.protocols.smtp.server.logging_in import Judging

FULL = Reply(452, ("There is no room for the message now.",), "4.3.1")
UNABLE = Reply(451, ("The message can't be kept now.",), "4.3.0")
BROKEN = Reply(451, ("An error of ours; try again later.",), "4.3.0")

_log = logging.getLogger("portside.smtp")


class Session:
    """One connection."""

    __slots__ = (
        "_began", "_door", "_held", "_house", "_incoming", "_judging", "_refusal", "_size", "_talk", "_visit",
    )  # fmt: skip

    def __init__(self, house: House, door: Door) -> None:
        self._house = house
        self._door = door
        self._visit: Visit | None = None
        self._judging: Judging | None = None
        self._began: Began | None = None
        self._incoming: Incoming | None = None
        self._refusal: Reply | None = None  # what the message will be answered, since it can't be kept
        self._size = 0
        self._held = False

    def speak_by(self, talk: Conversation[Any]) -> None:
        """What is answered goes to ``talk``."""
        self._talk = talk

    # ---------------------------------------------------------------------------------------- what is heard

    def heard(self, message: Any) -> None:
        kind = type(message)
        if kind is Content:
            self._write(message.data)
        elif kind is Began:
            self._begin(message)
        elif kind is ContentEnded:
            self._keep()
        else:
            self._heard_of_others(message)

    def _heard_of_others(self, message: Any) -> None:
        match message:
            case Dropped():
                self._drop()
            case Asked():
                self._ask(message)
            case Attempt() | KeysWanted() | Guessed():
                self._judge(message)

    def lost(self, error: PortsideError | None) -> None:
        if error is not None:
            _log.debug("%s: %s", self._door.remote, error)
        self._drop()
        if self._held:
            self._house.backlog.forget(self)

    def drained(self) -> None:
        """Replies are short: nobody waits for them."""

    # ------------------------------------------------------------------------------------------- the message

    def _begin(self, began: Began) -> None:
        self._began, self._size, self._refusal = began, 0, None
        try:
            self._incoming = self._house.receive(self._visitor(began.helo, began.user), began.envelope)
        except StoreError as error:
            self._spoil(error)

    def _write(self, data: bytes) -> None:
        incoming = self._incoming
        if incoming is None:
            return
        self._size += len(data)
        try:
            incoming.write(data)
        except StoreError as error:
            self._drop()
            self._spoil(error)
        if self._house.backlog.is_full and not self._held:
            self._held = True
            self._house.backlog.hold(self)
            self._talk.hold()

    def release(self) -> None:
        """The store has caught up: what comes is read again."""
        self._held = False
        self._talk.release()

    def _spoil(self, error: StoreError) -> None:
        self._refusal = refusal_of(error)
        _log.warning("a message from %s is not taken: %s", self._door.remote, error)
        self._talk.say(Spoilt(self._refusal))

    def _drop(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.drop()

    def _keep(self) -> None:
        incoming, self._incoming, began = self._incoming, None, self._began
        if incoming is None or began is None:
            self._talk.say(self._refusal or BROKEN)
            return
        size, house = self._size, self._house
        origin = self._origin(began)
        future = incoming.keep(began.envelope, origin)
        if future.done():
            self._kept(future, began.envelope, origin, size)
            return
        house.backlog.add(size)
        house.running.add(future)
        future.add_done_callback(lambda done: self._kept_later(done, began.envelope, origin, size))

    def _kept_later(self, future: asyncio.Future[str], envelope: Envelope, origin: Origin, size: int) -> None:
        self._house.running.discard(future)
        self._house.backlog.done(size)
        self._kept(future, envelope, origin, size)

    def _kept(self, future: asyncio.Future[str], envelope: Envelope, origin: Origin, size: int) -> None:
        error = None if future.cancelled() else future.exception()
        if error is None and not future.cancelled():
            name = future.result()
            note(Kept(name, envelope, origin, size))
            reply = Reply(250, (f"Kept as {name}.",), "2.0.0")
        else:
            reply = refusal_of(error)
            _tell(envelope, error)
        if not self._talk.over:
            self._talk.say(reply)

    def _origin(self, began: Began) -> Origin:
        door = self._talk.door or self._door
        tls = "" if door.tls is None else f"{door.tls.version} {door.tls.cipher}"
        remote = door.remote
        by = self._house.policy.name
        return Origin(
            by, time.time(), remote.host, remote.port, began.helo, began.protocol, began.user, tls, door.local.port
        )

    # ------------------------------------------------------------------------------------ what hooks think

    def _visitor(self, helo: str, user: str) -> Visit:
        door = self._talk.door or self._door
        if self._visit is None:
            self._visit = Visit(door)
        self._visit.door, self._visit.helo, self._visit.user = door, helo, user
        return self._visit

    def _ask(self, asked: Asked) -> None:
        visit = self._visitor(asked.helo, asked.user)
        hook = self._house.hooks[asked.hook]
        match asked.hook:
            case Hook.CONNECT:
                answer = hook(visit)
            case Hook.RECIPIENT:
                answer = hook(visit, asked.envelope, asked.value)
            case _:
                answer = hook(visit, asked.value)
        self._house.start(self._answer(answer))

    async def _answer(self, answer: Coroutine[Any, Any, Any]) -> None:
        reply = await self._safely(answer)
        if not self._talk.over:
            self._talk.say(reply if isinstance(reply, Reply) and not reply.is_good else GoOn())

    async def _safely(self, answer: Coroutine[Any, Any, Any]) -> Any:
        """What a hook answers. Its errors are its own: they are told, and the client hears 451.

        So is the end of a task that it waited for: only where we are cancelled ourselves does the wait end unanswered.
        """
        try:
            return await answer
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            _log.error("a handler met an error: %s: %s", type(error).__name__, error, exc_info=error)
            return BROKEN

    # ----------------------------------------------------------------------------------------------- logins

    def _judge(self, message: Attempt | KeysWanted | Guessed) -> None:
        if self._judging is None:
            self._judging = Judging(self._house, self._door.remote.host)
        if isinstance(message, Guessed):
            self._judging.guessed(message)
        else:
            self._house.start(self._log_in(message, self._judging))

    async def _log_in(self, message: Attempt | KeysWanted, judging: Judging) -> None:
        if isinstance(message, KeysWanted):
            verdict: Any = await judging.keys(message.user)
        elif (judge := self._house.judges[message.token]) is not None:
            hook = judge(self._visitor("", ""), message.user, message.secret)
            verdict = await judging.by_hook(message, self._safely(hook))
        else:
            verdict = await judging.password(message)
        if not self._talk.over:
            self._talk.say(verdict)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tell(envelope: Envelope, error: BaseException | None) -> None:
    if error is None or isinstance(error, StoreError):
        _log.warning("a message of <%s> is not kept: %s", envelope.sender, error or "the server stops")
    else:
        _log.error("a message of <%s> met an error of ours: %r", envelope.sender, error, exc_info=error)


def refusal_of(error: BaseException | None) -> Reply:
    """What a client hears of a message that is not kept."""
    if isinstance(error, Refused):
        return error.reply
    return FULL if isinstance(error, StoreFull) else UNABLE
