"""The side above one control connection: who is logged in, what they ask for, and what is answered.

A command is answered at once, by a transfer, or by a thread; in any case by one reply, and the next
command waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from portside.engine.conversation import Conversation
from portside.errors import PortsideError, RemoteError, UsageError
from portside.interfaces import Door
from portside.protocols.ftp.messages import Data, DataEnded, Reply
from portside.protocols.ftp.rules.turns import (
    Admit,
    Asked,
    Attempt,
    DataReady,
    HungUp,
    LoggedOut,
    Meanwhile,
    StatusAsked,
)
from portside.protocols.ftp.server.house import House
from portside.protocols.ftp.server.loading import Begun, Loading, Transfer
from portside.protocols.ftp.server.login import Visitor
from portside.protocols.ftp.server.receiving import FileIn
from portside.protocols.ftp.server.refusing import refused
from portside.protocols.ftp.server.tree import Tree
from portside.protocols.ftp.syntax.commands import Right, Setting, TimeOf
from portside.protocols.ftp.syntax.names import absolute

RIGHTS_KEPT = 64
"""Sets of rights that are kept as they are needed: there are as many as users differ."""

_log = logging.getLogger("portside.ftp")


class Session:
    """One control connection."""

    __slots__ = ("_asked", "_door", "_house", "_loading", "_talk", "_task", "_transfer", "_tree", "_user")

    def __init__(self, house: House, door: Door) -> None:
        self._house = house
        self._door = door
        self._tree: Tree | None = None
        self._user = "-"
        self._asked: Asked | None = None
        self._transfer: Transfer | None = None
        self._task: asyncio.Task[None] | None = None

    def speak_by(self, talk: Conversation[Any]) -> None:
        """What is answered goes to ``talk``."""
        self._talk = talk
        self._loading = Loading(talk, self._house, self._transferred)

    @property
    def speaks_only(self) -> bool:
        """Whether the transfer that runs goes outward."""
        return self._transfer is not None and not isinstance(self._transfer, FileIn)

    # --------------------------------------------------------------------------------------- what is heard

    def heard(self, message: Any) -> None:
        if type(message) is Data:
            if self._transfer is not None:
                self._transfer.take(message.data)
            return
        match message:
            case Asked():
                self._answer(message)
            case DataReady(link):
                if self._transfer is not None:
                    self._transfer.ready(link)
            case DataEnded(error):
                if self._transfer is not None:
                    self._transfer.ended(error if isinstance(error, RemoteError | None) else None)
            case Attempt():
                self._attempt(message)
            case StatusAsked():
                self._tell_progress()
            case HungUp():
                self._abandon_tree()
                if self._transfer is not None:
                    self._transfer.hung_up()
            case LoggedOut():
                self._tree, self._user = None, "-"

    def lost(self, error: PortsideError | None) -> None:
        if error is not None:
            _log.debug("%s", error)
        if self._task is not None:
            self._task.cancel()
        self._abandon_tree()
        if self._transfer is not None:
            self._transfer.abandon()

    def _abandon_tree(self) -> None:
        if self._tree is not None:
            self._tree.abandoned = True

    def drained(self) -> None:
        if self._transfer is not None:
            self._transfer.drained()

    # ------------------------------------------------------------------------------------------- who comes in

    def _attempt(self, attempt: Attempt) -> None:
        visitor = self._house.logins.without_password(attempt.user)
        if visitor is not None:
            self._admit(visitor)
            return
        self._task = asyncio.get_running_loop().create_task(self._judge(attempt))

    async def _judge(self, attempt: Attempt) -> None:
        verdict = await self._house.logins.judge(attempt.user, attempt.password, self._door.remote.host)
        if isinstance(verdict, Visitor):
            self._admit(verdict)
        else:
            _log.info("%s: a login as %s was wrong", self._door.remote.host, attempt.user)
            self._talk.say(verdict)

    def _admit(self, visitor: Visitor) -> None:
        try:
            self._tree = self._house.tree_of(visitor)
        except UsageError as error:
            _log.error("%s cannot come in: %s", visitor.user.name, error)
            self._talk.say(Reply(530, ("There is no folder for you here.",)))
            return
        self._user = visitor.user.name
        _log.info("%s: %s came in%s", self._door.remote.host, self._user, " over TLS" if self._is_secure else "")
        self._talk.say(Admit(_IN, _rights_of(visitor.user.rights)))

    @property
    def _is_secure(self) -> bool:
        return self._talk.door is not None and self._talk.door.tls is not None

    # --------------------------------------------------------------------------------------- what is asked for

    def _answer(self, asked: Asked) -> None:
        assert self._tree is not None, "the rules let nobody ask before a login"
        self._asked = asked
        try:
            begin = _BEGINNING.get(asked.verb)
            if begin is not None:
                self._begin(begin(self._loading, asked, self._tree))
            elif asked.verb in _SLOW:
                self._in_thread(_SLOW[asked.verb], asked, self._tree)
            else:
                self._reply(_QUICK[asked.verb](self._tree, asked))
        except RemoteError as error:
            self._reply(refused(error))

    def _begin(self, begun: Begun) -> None:
        self._transfer, begin = begun
        self._talk.say(begin)

    def _in_thread(self, work: _Answer, asked: Asked, tree: Tree) -> None:
        threads = self._house.hashing if asked.verb == "HASH" else None
        future = asyncio.get_running_loop().run_in_executor(threads, work, tree, asked)
        future.add_done_callback(self._worked)

    def _worked(self, future: asyncio.Future[Reply]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._reply(future.result())
        else:
            self._reply(refused(error if isinstance(error, RemoteError) else RemoteError(f"it failed: {error}", 451)))

    def _reply(self, reply: Reply, size: int | None = None) -> None:
        asked, self._asked = self._asked, None
        if asked is not None and asked.verb in _LOGGED:
            self._note(asked, reply, size)
        self._talk.say(reply)

    def _transferred(self, reply: Reply, size: int) -> None:
        self._transfer = None
        self._reply(reply, size)

    def _note(self, asked: Asked, reply: Reply, size: int | None) -> None:
        amount = "" if size is None else f" {size}"
        path = self._path_of(asked)
        _log.info("%s %s %s %s %d%s", self._door.remote.host, self._user, asked.verb, path, reply.code, amount)

    def _path_of(self, asked: Asked) -> str:
        """What a command was about, from the root."""
        value = asked.value
        if isinstance(value, Setting):
            return f"{value.name} {value.value}"
        path = value.path if isinstance(value, TimeOf) else value
        try:
            return absolute(self._tree.names(path)) if self._tree is not None else path
        except RemoteError:  # a path that nobody could mean
            return repr(path)

    def _tell_progress(self) -> None:
        if self._transfer is None or self._asked is None:
            return
        text = f"{self._asked.verb} goes on: {self._transfer.moved} bytes so far."
        self._talk.say(Meanwhile(Reply(213, (text,))))


_IN = Reply(230, ("You are in.",))


@lru_cache(maxsize=RIGHTS_KEPT)
def _rights_of(names: frozenset[str]) -> frozenset[Right]:
    return frozenset(right for right in Right if right.value in names)


_Answer = Callable[[Tree, Asked], Reply]


def _site(tree: Tree, asked: Asked) -> Reply:
    if asked.value.name == "CHMOD":
        return tree.set_mode(asked.value)
    if asked.value.name == "HELP":
        return Reply(214, ("SITE knows CHMOD and HELP.",))
    return Reply(504, ("SITE knows CHMOD and HELP.",))


def _allocate(tree: Tree, asked: Asked) -> Reply:
    room = tree.room
    if room is not None and asked.value > room:
        return Reply(552, ("There is no room for so much.",))
    return Reply(200, ("There is room.",))


def _status(tree: Tree, asked: Asked) -> Reply:
    if asked.value.strip():
        return tree.status(asked.value)
    terms = asked.terms
    kind = "A (text)" if terms.text else "I (bytes as they are)"
    return Reply(
        211, ("Status:", f" TYPE {kind}", f" MODE {'Z' if terms.packed else 'S'}", " No transfer runs.", "End")
    )


_QUICK: Mapping[str, _Answer] = {
    "CWD": lambda tree, asked: tree.enter(asked.value),
    "CDUP": lambda tree, _: tree.leave(),
    "PWD": lambda tree, _: tree.where(),
    "SIZE": lambda tree, asked: _no_size_of_text() if asked.terms.text else tree.size(asked.value),
    "MDTM": lambda tree, asked: tree.modified(asked.value),
    "MLST": lambda tree, asked: tree.facts(asked.value, asked.terms.facts),
    "MFMT": lambda tree, asked: tree.set_modified(asked.value),
    "RNFR": lambda tree, asked: tree.rename_from(asked.value),
    "RNTO": lambda tree, asked: tree.rename_to(asked.value),
    "MKD": lambda tree, asked: tree.make_folder(asked.value),
    "RMD": lambda tree, asked: tree.remove_folder(asked.value),
    "DELE": lambda tree, asked: tree.remove_file(asked.value),
    "SITE": _site,
    "ALLO": _allocate,
}
"""What is answered at once."""
_SLOW: Mapping[str, _Answer] = {
    "HASH": lambda tree, asked: tree.hash(asked.value, asked.terms.hash),
    "STAT": _status,
}
"""What a thread answers."""
_BEGINNING: Mapping[str, Callable[[Loading, Asked, Tree], Begun]] = {
    "RETR": Loading.retrieve,
    "STOR": Loading.store,
    "APPE": Loading.store,
    "STOU": Loading.store_unique,
    "LIST": Loading.listed,
    "NLST": Loading.listed,
    "MLSD": Loading.listed,
}
"""What needs a data connection."""
_LOGGED = frozenset({"DELE", "RMD", "MKD", "RNTO", "MFMT", "SITE", "RETR", "STOR", "APPE", "STOU"})
"""What the log tells of: files that pass, and changes."""


def _no_size_of_text() -> Reply:
    return Reply(550, ("SIZE goes with TYPE I: as text the file has another.",))
