"""How a transfer begins: which file, from where on, and by which way its bytes go."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

from portside.engine.conversation import Conversation
from portside.errors import RemoteError
from portside.interfaces import Link
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.terms import Terms
from portside.protocols.ftp.rules.turns import Asked, Begin
from portside.protocols.ftp.server import listing
from portside.protocols.ftp.server.house import House
from portside.protocols.ftp.server.parts import BEYOND, Part
from portside.protocols.ftp.server.receiving import Decoder, FileIn, inflated, plain_text
from portside.protocols.ftp.server.sending import FileOut, Pieces, PiecesOut, as_text, packed, pieces_of, split
from portside.protocols.ftp.server.tree import Tree

UNIQUE = 6
"""Random bytes in the name that STOU gives."""

Finished = Callable[[Reply, int], None]


class Transfer(Protocol):
    """What passes on one data connection."""

    @property
    def moved(self) -> int:
        """Bytes so far."""
        ...

    def ready(self, link: Link) -> None: ...

    def take(self, data: bytes) -> None: ...

    def drained(self) -> None: ...

    def ended(self, error: RemoteError | None) -> None: ...

    def hung_up(self) -> None: ...

    def abandon(self) -> None: ...


Begun = tuple[Transfer, Begin]


class Loading:
    """Begins the transfers of one conversation; ``finished`` is told how each ended. Raises ``RemoteError``."""

    def __init__(self, talk: Conversation[Any], house: House, finished: Finished) -> None:
        self._talk = talk
        self._house = house
        self._finished = finished

    def retrieve(self, asked: Asked, tree: Tree) -> Begun:
        """RETR."""
        file, status = tree.open_file(asked.value)
        size = status.st_size
        if asked.offset > size:
            file.close()
            raise RemoteError(f"the file has only {size} bytes", BEYOND)
        if asked.terms.text or asked.terms.packed:
            return self._made(file, asked), _begin(f"Sending {asked.value}.")
        left = size - asked.offset
        transfer = FileOut(self._talk, self._finished, file, asked.offset, left)
        return transfer, _begin(f"Sending {asked.value} ({left} bytes).")

    def _made(self, file: BinaryIO, asked: Asked) -> Transfer:
        pieces = pieces_of(file, asked.offset)
        if asked.terms.text:
            pieces = as_text(pieces)
        return PiecesOut(self._talk, self._finished, _packed(pieces, asked.terms), file.close)

    def listed(self, asked: Asked, tree: Tree) -> Begun:
        """LIST, NLST and MLSD. Folders are read by the thread; whether what was asked for is there is known before."""
        path: str = asked.value
        names = tree.names(path)
        if asked.verb == "MLSD" and not tree.listing.is_folder(names):
            raise RemoteError("MLSD is for folders; MLST tells of a file.", 501)
        folder = asked.verb == "MLSD" or tree.listing.may_be_listed(names)

        def pieces() -> Pieces:
            seen = tree.listing.entries(names) if folder else tree.listing.found(names, path)
            if asked.verb == "MLSD":
                yield from split(listing.mlsd(seen, asked.terms.facts))
            elif asked.verb == "LIST":
                yield from split(listing.ls(seen))
            else:
                yield from split(listing.nlst(seen, _before(path, folder=folder)))

        transfer = PiecesOut(self._talk, self._finished, _packed(pieces(), asked.terms))
        return transfer, _begin("The listing comes.")

    def store(self, asked: Asked, tree: Tree) -> Begun:
        """STOR and APPE."""
        return self._store(asked, tree, asked.value, "Send it.", "The file is stored.")

    def store_unique(self, asked: Asked, tree: Tree) -> Begun:
        """STOU: the name stands in the first reply (RFC 1123 §4.1.2.9)."""
        name = f"ftp-{secrets.token_hex(UNIQUE)}"
        return self._store(asked, tree, name, f"FILE: {name}", f"The file is stored as {name}.")

    def _store(self, asked: Asked, tree: Tree, path: str, first: str, last: str) -> Begun:
        part = Part(tree.root, tree.user, tree.names(path))
        appends = asked.verb == "APPE"
        offset = None if appends else asked.offset  # None: behind all that is there
        try:
            part.check(asked.offset, at_its_end=appends and asked.offset > 0)
            prepare = self._prepare(part, offset)
        except RemoteError:
            part.leave()
            raise
        transfer = FileIn(
            self._talk,
            self._finished,
            part,
            largest=self._house.settings.largest_upload,
            prepare=prepare,
            decoder=_decoder(asked.terms),
            said=last,
        )
        return transfer, Begin(Reply(150, (first,)), inward=True)

    def _prepare(self, part: Part, offset: int | None) -> Callable[[], None]:
        untidy = self._house.is_untidy(part)

        def prepare() -> None:
            if untidy:
                part.sweep()
            part.start_at(offset)

        return prepare


def _begin(text: str) -> Begin:
    return Begin(Reply(150, (text,)), inward=False)


def _packed(pieces: Pieces, terms: Terms) -> Pieces:
    return packed(pieces, terms.level) if terms.packed else pieces


def _decoder(terms: Terms) -> Decoder | None:
    text = plain_text() if terms.text else None
    return inflated(text) if terms.packed else text


def _before(path: str, *, folder: bool) -> str:
    """What stands before each name of NLST, so that it can be asked for as it is told (RFC 1123 §4.1.2.7)."""
    if folder:
        return "" if path in ("", ".", "./") else path.rstrip("/") + "/"
    head, slash, _ = path.rpartition("/")
    return head + slash
