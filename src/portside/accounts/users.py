"""Users, and the one question that servers ask about them: is this the password of that name?

The answer takes the same time for a name that nobody has, for a wrong password and for a right one that is said for
the first time; hashing it is a thread's work, and only some hashes run at once, since each takes memory and a core.
Who has proven a password is known by it from then on: clients come over several connections, and HTTP's say it with
each request.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias

from portside.accounts.passwords import BLOCK, COST, KEY, LANES, SALT, Hashed, hash_password, parse_hash
from portside.accounts.scram import ScramKeys, derive_keys, keys_of_nobody, prepare
from portside.errors import UsageError

HASHES_AT_ONCE = 2
"""Hashes that are calculated at once: 32 MB and two cores, however many guess."""
LONGEST_NAME = 128
"""Letters of a user's name."""

READ_ONLY = frozenset({"list", "read"})
READ_WRITE = READ_ONLY | {"write", "append", "delete", "rename", "mkdir", "times"}
EVERY_RIGHT = READ_WRITE | {"chmod"}
"""The names of all rights; a server heeds those that it knows."""

_SETS = {"ro": READ_ONLY, "rw": READ_WRITE, "all": EVERY_RIGHT, "none": frozenset[str]()}
_NAME = re.compile(r"[^\s:#][^:]*")


@dataclass(frozen=True, slots=True)
class User:
    """Who came in: ``root`` is the user's own folder, None for the server's; ``rights`` is of ``EVERY_RIGHT``."""

    name: str
    root: Path | None = None
    rights: frozenset[str] = READ_WRITE


class Accounts(Protocol):
    """Knows who may come in."""

    async def check(self, name: str, password: str) -> User | None:
        """The user of this name, where that is the password."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A user and the hash of the password; ``keys`` prove it without its being said, where they are kept."""

    user: User
    hashed: Hashed
    keys: ScramKeys | None = None


Source: TypeAlias = Callable[[], Mapping[str, Entry]]
"""Says who is known just now, by name; quickly, since it is asked for each login."""


class KnownAccounts:
    """Accounts from sources, of which the first that knows a name counts. To be used by one event loop."""

    def __init__(self, *sources: Source) -> None:
        self._sources = sources
        self._key = secrets.token_bytes(32)
        self._proven: dict[str, bytes] = {}
        self._turn = asyncio.Semaphore(HASHES_AT_ONCE)
        self._nobody = Hashed(COST, BLOCK, LANES, secrets.token_bytes(SALT), secrets.token_bytes(KEY))

    async def check(self, name: str, password: str) -> User | None:
        """The user of this name, where that is the password."""
        entry = self._find(name)
        hashed = self._nobody if entry is None else entry.hashed
        digest = self._digest(hashed, password)
        if not self._is_proven(name, digest) and not await self._matches(name, digest, hashed, password):
            return None
        return None if entry is None else entry.user

    def keys_of(self, name: str) -> ScramKeys:
        """What is kept of the password of ``name`` for SCRAM; of nobody, keys that no password has."""
        entry = self._find(name) or self._find(prepare(name))
        keys = None if entry is None else entry.keys
        return keys_of_nobody(name, self._key) if keys is None else keys

    @property
    def all_have_keys(self) -> bool:
        """Whether SCRAM can be offered: it would turn away who has no keys, and nobody could tell why."""
        entries = [entry for source in self._sources for entry in source().values()]
        return bool(entries) and all(entry.keys is not None for entry in entries)

    def is_user(self, name: str) -> bool:
        """Whether there is a user of this name; upper and lower case are the same."""
        wanted = name.lower()
        return any(known.lower() == wanted for source in self._sources for known in source())

    def _is_proven(self, name: str, digest: bytes) -> bool:
        return hmac.compare_digest(self._proven.get(name, b""), digest)

    def _find(self, name: str) -> Entry | None:
        found = [source().get(name) for source in self._sources]
        return next((entry for entry in found if entry is not None), None)

    def _digest(self, hashed: Hashed, password: str) -> bytes:
        """Of a password as it is said, and of the hash, so that it proves nothing once that was changed."""
        said = f"{hashed}{password}".encode("utf-8", "surrogateescape")
        return hmac.digest(self._key, said, hashlib.sha256)

    async def _matches(self, name: str, digest: bytes, hashed: Hashed, password: str) -> bool:
        """In a thread. Its turn ends with the thread, whatever becomes of who waits for it."""
        await self._turn.acquire()
        if self._is_proven(name, digest):  # by another connection of the same client, a moment ago
            self._turn.release()
            return True
        try:
            work = asyncio.get_running_loop().run_in_executor(None, hashed.matches, password)
        except BaseException:
            self._turn.release()
            raise
        work.add_done_callback(partial(self._note, name, digest))
        return await asyncio.shield(work)

    def _note(self, name: str, digest: bytes, work: asyncio.Future[bool]) -> None:
        """A hash is calculated: whoever waits for the same is told before their own turn comes."""
        if not work.cancelled() and work.exception() is None and work.result():
            self._proven[name] = digest
        self._turn.release()


def given(users: Iterable[tuple[User, str]], *, cost: int = COST, scram: bool = False) -> Source:
    """A source of users whose passwords are given; ``scram``: they are kept for that, too.

    Raises ``UsageError`` for a name or password that is none.
    """
    entries: dict[str, Entry] = {}
    for user, password in users:
        if check_name(user.name) in entries:
            raise UsageError(f"the user {user.name} is given twice")
        keys = derive_keys(password, secrets.token_bytes(SALT)) if scram else None
        entries[user.name] = Entry(user, parse_hash(hash_password(password, cost=cost)), keys)
    return lambda: entries


def check_name(name: str) -> str:
    """``name``, if a user may have it. Raises ``UsageError``."""
    if not _NAME.fullmatch(name) or not name.isprintable() or len(name) > LONGEST_NAME or name != name.strip():
        raise UsageError(
            f"a user's name has 1 to {LONGEST_NAME} letters, no colon, no # at its start, no space around it"
        )
    return name


def parse_rights(text: str) -> frozenset[str]:
    """Rights from text: ``ro``, ``rw``, ``all``, ``none``, or names with commas. Raises ``UsageError``."""
    if text in _SETS:
        return _SETS[text]
    rights = frozenset(text.split(","))
    unknown = sorted(rights - EVERY_RIGHT)
    if unknown:
        raise UsageError(f"'{unknown[0]}' is no right; there are ro, rw, all, none, {', '.join(sorted(EVERY_RIGHT))}")
    return rights


def serialise_rights(rights: frozenset[str]) -> str:
    """The shortest text of ``rights``."""
    return next((name for name, known in _SETS.items() if known == rights), ",".join(sorted(rights)))
