"""Pages that a running program shows to the people at its machine: who may ask for them, and how they are answered.

Any website that these people visit can send requests here. What it cannot do is to hide where they come from: browsers
say so in Origin (RFC 6454) and Sec-Fetch-Site (Fetch Metadata §2.3).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakSet

from portside.errors import RemoteError
from portside.protocols.http.messages import FieldLine, Headers, Response

TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
"""What a page's own files are."""
JSON = b"application/json"
PLAIN = b"text/plain; charset=utf-8"
MOST_NUMBER = 1 << 63
MOST_SAID = 20
"""Names and values behind the question mark of an address: more are no question of ours."""

Files = dict[str, tuple[bytes, bytes]]
"""A page's own files: name, type and bytes."""


class Refused(RemoteError):
    """This request is not answered: ``status`` and a line that says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why, status)


def protected(policy: str) -> tuple[FieldLine, ...]:
    """The fields of every answer of a page, with ``policy`` for its content (Content Security Policy 3)."""
    return (
        (b"Content-Security-Policy", policy.encode()),
        (b"Referrer-Policy", b"no-referrer"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Cross-Origin-Opener-Policy", b"same-origin"),
        (b"Cross-Origin-Resource-Policy", b"same-origin"),
        (b"Cache-Control", b"no-store"),
    )


def the_one(headers: Headers, name: bytes) -> bytes:
    """The value of a field that may come once; several are as wrong as another value."""
    return b", ".join(headers.all(name)).strip()


def refuse_strangers(headers: Headers, host: bytes, *, is_page: bool) -> None:
    """Only the page itself may be arrived at from elsewhere: by a link to its address (a document).

    What belongs to it is asked for by the page (same-origin), or by somebody who has typed its address (none). Raises
    ``Refused`` (403). ``host`` is what the request says in Host.
    """
    origin = the_one(headers, b"origin")
    if origin and origin != b"http://" + host:
        raise Refused(403, "another site's page may not look here")
    site = the_one(headers, b"sec-fetch-site")
    arrives = is_page and the_one(headers, b"sec-fetch-dest") == b"document"
    if site not in (b"", b"same-origin", b"none") and not arrives:
        raise Refused(403, "another site's page may not look here")


class Answers:
    """Makes answers that all carry the same ``fields``."""

    def __init__(self, fields: tuple[FieldLine, ...]) -> None:
        self._fields = fields

    def fields(self, kind: bytes) -> Headers:
        """The fields of an answer of this type."""
        return Headers([(b"Content-Type", kind), *self._fields])

    def file(self, file: tuple[bytes, bytes]) -> Response:
        """One of the page's own files."""
        return Response(200, self.fields(file[0]), file[1])

    def json(self, value: dict[str, Any], status: int = 200) -> Response:
        """A value as JSON (RFC 8259)."""
        return Response(status, self.fields(JSON), json.dumps(value).encode())

    def plain(self, status: int, why: str, further: Sequence[FieldLine] = ()) -> Response:
        """One line of text."""
        fields = self.fields(PLAIN).with_lines(*further)
        return Response(status, fields, why.encode("utf-8", "replace") + b"\n")

    def refusal(self, refused: Refused, methods: Sequence[str]) -> Response:
        """An error 405 says what is allowed instead (RFC 9110 §15.5.6)."""
        allowed = [(b"Allow", ", ".join(methods).encode())] if refused.status == 405 else []
        return self.plain(refused.status, str(refused), allowed)


class Seat:
    """Somebody who is told of changes: from the answer on, and no longer than that, even if it is never sent."""

    __slots__ = ("__weakref__",)


class Seats:
    """Those who are told of changes, or wait for one; so many and no more."""

    def __init__(self) -> None:
        self._taken: WeakSet[Seat] = WeakSet()

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, most: int) -> Seat:
        """A seat, where fewer than ``most`` are taken; it is given back when nobody holds it. Raises ``Refused``."""
        if len(self._taken) >= most:
            raise Refused(503, "too many pages are open")
        seat = Seat()
        self._taken.add(seat)
        return seat

    def leave(self, seat: Seat) -> None:
        """Give a seat back, even if somebody (an error's traceback) still holds it."""
        self._taken.discard(seat)


def read_files(folder: Path, names: Iterable[str] = ()) -> Files:
    """The files of a page in ``folder``: those ``names``, or all of a type that pages are made of."""
    paths = [folder / name for name in names] or [path for path in folder.iterdir() if path.suffix in TYPES]
    return {path.name: (TYPES[path.suffix], path.read_bytes()) for path in paths}


def parse_query(query: str) -> dict[str, str]:
    """What an address asks for behind its question mark; what is said twice was said last. Raises ``Refused`` (400)."""
    try:
        return {name: values[-1] for name, values in parse_qs(query, max_num_fields=MOST_SAID).items()}
    except ValueError:
        raise Refused(400, "the query makes no sense") from None


def parse_number(said: str) -> int:
    """A whole number from 0 on. Raises ``Refused`` (400)."""
    if not said.isascii() or not said.isdigit() or len(said) > 19 or int(said) >= MOST_NUMBER:
        raise Refused(400, "a number is wanted there")
    return int(said)
