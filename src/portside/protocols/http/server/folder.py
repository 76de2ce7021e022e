"""The application that serves a folder: its files, its listings, its redirects, and what is uploaded into it.

Small files that are asked for again are kept, with their codings, and looked at anew twice a second; so what
changes on disk is served changed within one second, and what does not change costs no system call. Anything but a
plain GET of the whole takes the long way, as does every file that is large.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from portside.errors import RemoteError
from portside.files.root import Found, Root
from portside.protocols.http.messages import FieldLine, Headers, Request, Response
from portside.protocols.http.server.application import Answer, Arrival
from portside.protocols.http.server.failures import failure
from portside.protocols.http.server.files import Files, Kept
from portside.protocols.http.server.listings import render_folder
from portside.protocols.http.server.representations import CONDITIONAL, answer
from portside.protocols.http.server.settings import FolderSettings
from portside.protocols.http.server.uploads import Uploads
from portside.protocols.http.syntax.targets import Target, encode_path, parse_target, segments

LOOK_AGAIN = 0.5
"""Seconds for which a kept file is served unseen: with the keeping above it, below the promised second."""

_READS = ("GET", "HEAD")
_KNOWN = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "DELETE", "PATCH", "TRACE", "CONNECT"})


class Folder:
    """Serves one folder. Raises ``UsageError`` where it is none."""

    def __init__(self, settings: FolderSettings) -> None:
        self._settings = settings
        self._root = Root(settings.root, hidden=settings.hidden)
        self._files = Files(self._root, settings)
        self._uploads = Uploads(self._root) if settings.upload else None
        self._fields = settings.field_lines
        self._allow: FieldLine = (b"Allow", b"GET, HEAD, OPTIONS" + (b", PUT, POST" if settings.upload else b""))

    def __call__(self, request: Request, arrival: Arrival) -> Answer:
        if request.method == "GET":
            kept = self._files.kept.get(request.target)
            if kept is not None and time.monotonic() < kept.until and not request.headers.any_of(CONDITIONAL):
                return kept.choose(request.headers.get(b"accept-encoding"))
        try:
            answer = self._dispatch(request, arrival)
        except RemoteError as error:
            answer = self._fail(request, error.status or 400, str(error))
        return self._dress(answer) if self._fields else answer

    def _dress(self, answer: Answer) -> Answer:
        """``answer`` with the fields that every response has to have."""
        if not isinstance(answer, Response):
            return self._dress_later(answer)
        missing = [line for line in self._fields if line[0].lower() not in answer.headers]
        return replace(answer, headers=answer.headers.with_lines(*missing)) if missing else answer

    async def _dress_later(self, answer: Awaitable[Response]) -> Response:
        dressed = self._dress(await answer)
        assert isinstance(dressed, Response)
        return dressed

    def _dispatch(self, request: Request, arrival: Arrival) -> Answer:
        method = request.method
        if method not in _KNOWN:
            return self._fail(request, 501, f"the method {method} is not known here")
        if method not in _READS and method != "OPTIONS" and not (self._uploads and method in ("PUT", "POST")):
            return self._fail(request, 405, f"{method} is not allowed here", self._allow)
        target = parse_target(request.target, method)
        if method == "OPTIONS":
            return Response(204, Headers([self._allow]))
        names = segments(target.path)
        if method in _READS:
            return self._read(request, target, names)
        return self._guarded(request, self._write(request, arrival, target, names))

    # ------------------------------------------------------------------------------------------- reading

    def _read(self, request: Request, target: Target, names: Sequence[str]) -> Answer:
        found = self._root.open(names)
        if not found.is_folder:
            if target.path.endswith("/"):
                found.close()
                raise RemoteError("there is no such folder", 404)
            return self._serve(request, target, names, found)
        if not target.path.endswith("/"):
            found.close()
            return self._redirect(names, target)
        for index in self._settings.index:
            try:
                file = self._root.open((*names, index))
            except RemoteError:
                continue
            if not file.is_folder:
                found.close()
                return self._serve(request, target, (*names, index), file)
            file.close()
        return self._list(request, target, names, found)

    def _serve(self, request: Request, target: Target, names: Sequence[str], found: Found) -> Answer:
        plain = not request.headers.any_of(CONDITIONAL)
        kept = self._files.keep(target.path, names, found)
        if kept is not None and plain and request.method == "GET":
            kept.until = time.monotonic() + LOOK_AGAIN
            return kept.choose(request.headers.get(b"accept-encoding"))
        return self._answer(request, names, found, kept)

    def _answer(self, request: Request, names: Sequence[str], found: Found, kept: Kept | None) -> Answer:
        """The long way: conditions, ranges, large files."""
        if kept is not None:
            return self._finish(request, answer(request, kept.representation(request)))
        chosen = self._files.choose(request, names, found)
        if not isinstance(chosen, Awaitable):
            return self._finish(request, answer(request, chosen))

        async def later() -> Response:
            return self._finish(request, answer(request, await chosen))

        return later()

    def _finish(self, request: Request, response: Response) -> Response:
        if response.status in (412, 416):
            return failure(request, response.status, "", *response.headers.lines)
        return response

    def _redirect(self, names: Sequence[str], target: Target) -> Response:
        place = encode_path(names, folder=True) + (f"?{target.query}" if target.query is not None else "")
        lines = [(b"Location", place.encode("ascii")), (b"Content-Type", b"text/plain; charset=utf-8")]
        return Response(301, Headers(lines), f"The folder is at {place}\n".encode("ascii"))

    # ------------------------------------------------------------------------------------------ listings

    def _list(self, request: Request, target: Target, names: Sequence[str], found: Found) -> Answer:
        if not self._settings.listing:
            found.close()
            raise RemoteError("this folder is not listed", 403)
        return self._list_later(request, target, names, found)

    async def _list_later(self, request: Request, target: Target, names: Sequence[str], found: Found) -> Response:
        try:
            return await asyncio.to_thread(self._render, request, target, names, found)
        finally:
            found.close()

    def _render(
        self, request: Request, target: Target, names: Sequence[str], found: Found, notice: str | None = None
    ) -> Response:
        entries = self._root.entries(found, names)
        return render_folder(
            request, names, entries, query=target.query or "", upload=self._uploads is not None, notice=notice
        )

    # ------------------------------------------------------------------------------------------- writing

    async def _write(self, request: Request, arrival: Arrival, target: Target, names: tuple[str, ...]) -> Response:
        assert self._uploads is not None
        try:
            if request.method == "PUT":
                if target.path.endswith("/"):
                    raise RemoteError("a folder cannot be written as a file", 409)
                return await self._uploads.put(request, arrival, names)
            return await self._uploads.post_form(request, arrival, names, self._renderer(request, target, names))
        finally:
            self._files.kept.clear()  # who has written something reads it from then on

    def _renderer(self, request: Request, target: Target, names: Sequence[str]) -> Callable[[str, int], Response]:
        def render(notice: str, status: int) -> Response:
            found = self._root.open(names)
            try:
                page = self._render(request, target, names, found, notice)
            finally:
                found.close()
            return Response(status, page.headers, page.body)

        return render

    async def _guarded(self, request: Request, answer: Awaitable[Response]) -> Response:
        try:
            return await answer
        except RemoteError as error:
            return self._fail(request, error.status or 400, str(error))

    # ------------------------------------------------------------------------------------------ failures

    def _fail(self, request: Request, status: int, detail: str, *fields: FieldLine) -> Response:
        """The site's own page for this status (``404.html`` in its root), or ours."""
        try:
            found = self._root.open((f"{status}.html",))
        except RemoteError:
            return failure(request, status, detail, *fields)
        if found.is_folder:
            found.close()
            return failure(request, status, detail, *fields)
        with os.fdopen(found.fd, "rb") as file:
            body = file.read(1024 * 1024)
        return Response(status, Headers([*fields, (b"Content-Type", b"text/html; charset=utf-8")]), body)
