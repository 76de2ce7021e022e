"""What a client's caller gets: the head of an answer, and its body in whatever way it is wanted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from portside.errors import BrokenPromise, LimitExceeded, LocalError
from portside.protocols.http.client.connection import Exchange, Sink
from portside.protocols.http.client.urls import Url
from portside.protocols.http.messages import Headers, Response
from portside.protocols.http.syntax.decoding import Bounded, decoder_for
from portside.protocols.http.syntax.lists import parse_parameters

DECODED_AT_ONCE = 4096
"""Coded bytes that are unfolded before the reader gets them: what they unfold into waits in memory."""


class Answer:
    """A response to a request of a ``Client``.

    >>> # answer = await client.get("http://localhost:8080/")
    >>> # answer.status, answer.headers["content-type"], answer.text()
    """

    __slots__ = ("_content", "_decode", "_exchange", "_in_memory", "head", "history", "url")

    def __init__(self, exchange: Exchange, head: Response, url: Url, *, decode: bool, in_memory: int) -> None:
        self._exchange = exchange
        self._decode = decode
        self._in_memory = in_memory
        self._content: bytes | None = None
        self.head = head
        self.url = url
        self.history: tuple[Answer, ...] = ()

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.head.phrase}: {self.url}>"

    @property
    def status(self) -> int:
        """The status code."""
        return self.head.status

    @property
    def headers(self) -> Headers:
        """The fields of the head."""
        return self.head.headers

    @property
    def ok(self) -> bool:
        """Whether the status is below 400: no error."""
        return self.head.status < 400

    @property
    def trailers(self) -> Headers:
        """The fields behind the body; empty until it has been read."""
        return self._exchange.trailers

    @property
    def complete(self) -> bool:
        """Whether all of the body has come."""
        return self._exchange.ended

    @property
    def content(self) -> bytes:
        """The body, once it was read. Raises ``LocalError`` before."""
        if self._content is None:
            raise LocalError("the body was not read yet: await answer.read() first")
        return self._content

    def text(self, encoding: str | None = None) -> str:
        """The body as text, in the charset that the answer names, or UTF-8; what does not fit becomes U+FFFD."""
        charset = encoding or self._charset() or "utf-8"
        try:
            return self.content.decode(charset, "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def _charset(self) -> str:
        _, parameters = parse_parameters(self.headers.get(b"content-type") or b"")
        return parameters.get(b"charset", b"").decode("latin-1")

    def json(self) -> Any:
        """The body as JSON. Raises ``BrokenPromise`` where it is none."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise BrokenPromise(f"the answer of {self.url} is no JSON: {error}") from None

    # --------------------------------------------------------------------------------------------- body

    async def read(self) -> bytes:
        """All of the body. Raises ``LimitExceeded``, ``BrokenPromise``, ``TimedOut``, ``ConnectionLost``."""
        if self._content is None:
            pieces: list[bytes] = []
            size = 0

            def keep(data: bytes) -> None:
                nonlocal size
                size += len(data)
                if size > self._in_memory:
                    raise LimitExceeded(f"the body of {self.url} is longer than {self._in_memory:,} bytes: stream it")
                pieces.append(data)

            await self.pour(keep)
            self._content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return self._content

    async def pour(self, sink: Sink) -> None:
        """Hand the body to ``sink``, piece by piece, without a task switch between them. Raises as ``read`` does.

        ``sink`` is called while the event loop waits for it, so it has to be quick: a write to a file is.
        """
        try:
            decoder = self._decoder(sink)
            await self._exchange.pour(sink if decoder is None else decoder.feed)
            if decoder is not None:
                decoder.end()
        except BaseException:
            self.close()
            raise

    async def skip(self, sink: Sink) -> None:
        """As ``pour``, with every coding left on."""
        await self._exchange.pour(sink)

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The body's pieces, none of them empty. Raises as ``read`` does."""
        ready: list[bytes] = []
        try:
            decoder = self._decoder(ready.append)
            while piece := await self._exchange.piece():
                if decoder is None:
                    yield piece
                    continue
                for start in range(0, len(piece), DECODED_AT_ONCE):
                    decoder.feed(piece[start : start + DECODED_AT_ONCE])
                    for decoded in ready:
                        yield decoded
                    ready.clear()
            if decoder is not None:
                decoder.end()
        finally:
            self.close()

    def _decoder(self, sink: Sink) -> Bounded | None:
        return decoder_for(self.headers.get(b"content-encoding"), sink) if self._decode else None

    def close(self) -> None:
        """Nobody wants the rest; a connection in the middle of a body is closed, since it cannot be used again."""
        self._exchange.leave()
