"""From an open file to what may be sent of it: its type, its validators, its codings, and what is kept of it."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Awaitable, Sequence
from functools import partial

from portside.errors import RemoteError
from portside.files.root import Found, Root
from portside.protocols.http.messages import FieldLine, Request, Response
from portside.protocols.http.server.codings import CODERS, LARGEST_CODED, SIBLINGS, SMALLEST_CODED, encode
from portside.protocols.http.server.representations import Representation, signature, whole
from portside.protocols.http.server.settings import FolderSettings
from portside.protocols.http.server.validators import etag_of
from portside.protocols.http.syntax.negotiation import choose_coding
from portside.protocols.http.syntax.types import content_type, is_compressible

LARGEST_KEPT = 64 * 1024
"""Bytes of a file that is kept in memory; a larger one goes out faster by sendfile."""
KEPT_IN_ALL = 64 * 1024 * 1024
"""Bytes of all that is kept."""
KEPT_FILES = 4096
"""Targets under which files are kept."""
CODED_IN_ALL = 64 * 1024 * 1024
"""Bytes of larger files that are kept coded."""

SETTLED_AFTER = 2.0
"""Seconds after a change in which a file is read again each time: the clocks of file systems are that coarse, so two
changes of the same size may look like one."""

_VARY: FieldLine = (b"Vary", b"Accept-Encoding")
Signature = tuple[int, int, int, int, int]


class Kept:
    """A small file in memory. Its answers are made once and last until the file changes."""

    __slots__ = ("_answers", "_forms", "_identity", "codings", "settled", "signature", "until")

    def __init__(self, identity: Representation, codings: tuple[str, ...], mark: Signature) -> None:
        self._identity = identity
        self._forms: dict[str | None, Representation] = {None: identity}
        self._answers: dict[str | None, Response] = {}
        self.codings = codings
        self.signature = mark
        self.settled = False
        self.until = 0.0

    @property
    def content(self) -> bytes | None:
        """The file as it was read."""
        return self._identity.content

    def choose(self, accepted: bytes | None) -> Response:
        """The whole file, in the coding that suits ``accepted`` (the Accept-Encoding)."""
        coding = choose_coding(accepted, self.codings) if self.codings and accepted else None
        known = self._answers.get(coding)
        if known is None:
            known = self._answers[coding] = whole(self._form(coding), lasting=True)
        return known

    def representation(self, request: Request) -> Representation:
        """The form that suits ``request``; a part is always one of the file as it is."""
        accepted = None if b"range" in request.headers else request.headers.get(b"accept-encoding")
        return self._form(choose_coding(accepted, self.codings))

    def _form(self, coding: str | None) -> Representation:
        form = self._forms.get(coding)
        if form is None:
            identity = self._identity
            assert coding is not None
            assert identity.content is not None
            form = self._forms[coding] = coded(identity, coding, encode(coding, identity.content))
        return form


class Files:
    """What the files of a root look like to HTTP."""

    def __init__(self, root: Root, settings: FolderSettings) -> None:
        self._root = root
        self._settings = settings
        self._extra = _extra_lines(settings)
        self.kept: dict[str, Kept] = {}
        self._kept_bytes = 0
        self._coded: dict[tuple[Signature, str], bytes] = {}
        self._coded_bytes = 0

    # --------------------------------------------------------------------------------------------- kept

    def keep(self, target: str, names: Sequence[str], found: Found) -> Kept | None:
        """Keep the small file ``found`` in memory and close it; None, and still open, where it is large.

        What was kept under this target stays in use where the file has not changed.
        """
        if found.status.st_size > LARGEST_KEPT or self._siblings(names, found):
            return None
        mark = signature(found.status)
        known = self.kept.get(target)
        if known is not None and known.signature == mark and known.settled:
            found.close()
            return known
        with os.fdopen(found.fd, "rb") as file:
            content = file.read()
        if known is None or known.signature != mark or known.content != content:
            known = Kept(self._as_it_is(names, found, content), self._codings(names, len(content)), mark)
            self._make_room(len(content))
            self.kept[target] = known
        known.settled = len(content) == found.status.st_size and _is_settled(found.status)
        return known

    def _make_room(self, size: int) -> None:
        self._kept_bytes += size
        if self._kept_bytes > KEPT_IN_ALL or len(self.kept) >= KEPT_FILES:
            self.kept.clear()
            self._kept_bytes = size

    # --------------------------------------------------------------------------------------------- forms

    def choose(
        self, request: Request, names: Sequence[str], found: Found
    ) -> Representation | Awaitable[Representation]:
        """The form of a file that suits ``request``; coding a large one takes a while."""
        siblings = self._siblings(names, found)
        made = self._codings(names, found.status.st_size)
        offered = [coding for coding in SIBLINGS if coding in siblings or coding in made]
        coding = (
            None if b"range" in request.headers else choose_coding(request.headers.get(b"accept-encoding"), offered)
        )
        identity = self._as_it_is(names, found, None, varies=bool(offered))
        if coding is None:
            return identity
        if coding in siblings:
            return self._sibling(identity, names, coding)
        known = self._coded.get((signature(found.status), coding))
        return coded(identity, coding, known) if known is not None else self._encode_later(identity, found, coding)

    def _as_it_is(
        self, names: Sequence[str], found: Found, content: bytes | None, *, varies: bool | None = None
    ) -> Representation:
        size = found.status.st_size if content is None else len(content)
        varies = bool(self._codings(names, size)) if varies is None else varies
        return Representation(
            content_type(names[-1]),
            etag_of(found.status),
            found.status.st_mtime,
            size,
            content,
            os.fdopen(found.fd, "rb") if content is None else None,
            extra=(*self._extra, _VARY) if varies else self._extra,
        )

    def _codings(self, names: Sequence[str], size: int) -> tuple[str, ...]:
        """The codings that we make of a file of this name and size."""
        if not self._settings.compress or not SMALLEST_CODED <= size <= LARGEST_CODED:
            return ()
        return tuple(CODERS) if is_compressible(content_type(names[-1])) else ()

    def _siblings(self, names: Sequence[str], found: Found) -> tuple[str, ...]:
        """The codings that stand beside a file (``page.html.br``); one that is older than the file is of another."""
        if not self._settings.precompressed:
            return ()
        place = self._root.place(names)
        return tuple(coding for coding, ending in SIBLINGS.items() if _is_file_since(place + ending, found.status))

    def _sibling(self, identity: Representation, names: Sequence[str], coding: str) -> Representation:
        try:
            found = self._root.open((*names[:-1], names[-1] + SIBLINGS[coding]))
        except RemoteError:  # it vanished in this moment
            return identity
        identity.close()
        return Representation(
            identity.content_type,
            etag_of(found.status, coding),
            max(identity.modified, found.status.st_mtime),
            found.status.st_size,
            None,
            os.fdopen(found.fd, "rb"),
            coding,
            identity.extra,
        )

    def _keep_coded(self, key: tuple[Signature, str], data: bytes) -> None:
        self._coded_bytes += len(data)
        if self._coded_bytes > CODED_IN_ALL:
            self._coded.clear()
            self._coded_bytes = len(data)
        self._coded[key] = data

    async def _encode_later(self, identity: Representation, found: Found, coding: str) -> Representation:
        assert identity.file is not None
        with identity.file as file:
            content = await asyncio.to_thread(file.read)
            kept = _is_settled(found.status) and signature(os.fstat(file.fileno())) == signature(found.status)
        data = await asyncio.to_thread(partial(encode, coding, content))
        if kept:
            self._keep_coded((signature(found.status), coding), data)
        return coded(identity, coding, data)


def _is_settled(status: os.stat_result) -> bool:
    """Whether the file has stood still for so long that its next change is sure to show in its times."""
    return time.time() - max(status.st_mtime, status.st_ctime) > SETTLED_AFTER


def _is_file_since(path: str, status: os.stat_result) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_mtime_ns >= status.st_mtime_ns


def coded(identity: Representation, coding: str, data: bytes) -> Representation:
    """The coded form of ``identity``, with a tag of its own (RFC 9110 §8.8.3.3)."""
    identity.close()
    tag = identity.etag[:-1] + b"-" + coding.encode("ascii") + b'"'
    return Representation(identity.content_type, tag, identity.modified, len(data), data, None, coding, identity.extra)


def _extra_lines(settings: FolderSettings) -> tuple[FieldLine, ...]:
    if not settings.cache_control:
        return settings.field_lines
    return (*settings.field_lines, (b"Cache-Control", settings.cache_control.encode("latin-1")))
