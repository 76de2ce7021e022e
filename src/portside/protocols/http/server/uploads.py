"""Writes into a served folder: whole or not at all, on the disk before they are acknowledged, and never outside.

Names come from ``syntax.targets``, one segment each. A folder is opened by its root, which asks the kernel where the
open folder truly lies; from then on every step is relative to that descriptor and follows no link, so a folder or
link that is swapped in between gains nothing.
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from portside.errors import RemoteError
from portside.files.refusals import STORING, refusal
from portside.files.room import room_at
from portside.files.root import Root
from portside.files.storing import Storing
from portside.files.temporaries import Temporary
from portside.protocols.http.messages import FieldLine, Headers, Request, Response
from portside.protocols.http.server.application import Arrival
from portside.protocols.http.server.form_uploads import FormUpload
from portside.protocols.http.server.origin import check_origin
from portside.protocols.http.server.validators import etag_of, last_modified
from portside.protocols.http.syntax.conditions import Precondition, evaluate
from portside.protocols.http.syntax.dates import serialise_date
from portside.protocols.http.syntax.forms import FormParser, boundary_of
from portside.protocols.http.syntax.targets import encode_name, encode_path, parse_target

FOLDERS_KNOWN = 4096
"""Folders of which it is kept in mind that they were tidied."""

Render = Callable[[str, int], Response]
"""The listing of the folder, with a notice above it and a status."""


class Uploads:
    """Stores what clients send into ``root``.

    In each folder, the first upload also removes what an earlier server left there when it was killed.
    """

    def __init__(self, root: Root) -> None:
        self._root = root
        self._tidied: set[tuple[int, int]] = set()

    # ---------------------------------------------------------------------------------------------- PUT

    async def put(self, request: Request, arrival: Arrival, names: tuple[str, ...]) -> Response:
        """Store the body as the file called ``names`` (RFC 9110 §9.3.4): 201 where it is new, 204 where it was there.

        Raises ``RemoteError``: 403 for a page of another origin, or where nothing may be written; 404 for a hidden
        name; 409 for the name of a folder, or in a folder that is missing; 412 for a condition that does not hold; 415
        for a body with a content coding; 507 where the disk is full; and 400.
        """
        check_origin(request, arrival.door)
        _check_put(request)
        with self._folder_of(request, names) as folder:
            conditions = _Conditions(self._root, request, names)
            conditions(folder)
            _check_room(request, folder)
            storing = Storing(folder, tidy=self._is_untidy(folder))
        try:
            async for piece in arrival.body():
                await storing.add(piece)
            status = await storing.finish(conditions.place)
        finally:
            await storing.close()
        return _stored(names, status, conditions.existed)

    @contextmanager
    def _folder_of(self, request: Request, names: Sequence[str]) -> Iterator[int]:
        """The descriptor of the folder that the file ``names`` is to stand in."""
        if not all(map(self._root.shows, names)):
            raise RemoteError("there is no such file", 404)
        if not names or parse_target(request.target, request.method).path.endswith("/"):
            raise RemoteError("a folder cannot be written as a file", 409)
        try:
            folder = self._root.open_folder_for_writing(names[:-1])
        except RemoteError as error:
            if error.status != 404:
                raise
            raise RemoteError("there is no such folder", 409) from error
        try:
            yield folder
        finally:
            os.close(folder)

    def _is_untidy(self, folder: int) -> bool:
        status = os.fstat(folder)
        key = (status.st_dev, status.st_ino)
        if key in self._tidied:
            return False
        if len(self._tidied) >= FOLDERS_KNOWN:
            self._tidied.clear()
        self._tidied.add(key)
        return True

    # --------------------------------------------------------------------------------------------- POST

    async def post_form(self, request: Request, arrival: Arrival, names: tuple[str, ...], render: Render) -> Response:
        """Store the files of a form (multipart/form-data) in the folder called ``names``; none is overwritten.

        Where all were stored the answer is 303 to the folder, with ``?uploaded=`` and their number; else the listing
        with a notice: 409 where a name is taken, or another status. Raises ``RemoteError``: 400 for a malformed form,
        403, 404, 409 for what is no folder, 415 for what is no form.
        """
        check_origin(request, arrival.door)
        _check_coding(request)
        parser = FormParser(boundary_of(request.headers.get(b"content-type") or b""))
        folder = self._root.open_folder_for_writing(names)
        try:
            _check_room(request, folder)
            upload = FormUpload(parser, self._root, lambda: Storing(folder, tidy=self._is_untidy(folder)))
            fates = await upload.receive(arrival.body())
        finally:
            os.close(folder)
        if fates.refused:
            return await asyncio.to_thread(render, fates.notice(), fates.status)
        if not fates.stored:
            return await asyncio.to_thread(render, "No file was chosen.", 400)
        return _see_folder(request, names, len(fates.stored))


class _Conditions:
    """The conditions of one PUT, looked at before its body is read, and again when it has come."""

    def __init__(self, root: Root, request: Request, names: Sequence[str]) -> None:
        self._root = root
        self._request = request
        self._names = names
        self.existed = False

    def __call__(self, folder: int) -> None:
        """Raises ``RemoteError``: 409 for what is no file, 412 for a condition that does not hold (§13.2)."""
        try:
            status = self._current(folder)
        except OSError as error:
            raise refusal(error, STORING) from error
        self.existed = status is not None
        etag = None if status is None else etag_of(status)
        modified = None if status is None else last_modified(status)
        request = self._request
        outcome = evaluate(request.method, request.headers, etag, modified, exists=self.existed, now=time.time())
        if outcome is not Precondition.PROCEED:
            raise RemoteError("what is here is not what the request expects", 412)

    def _current(self, folder: int) -> os.stat_result | None:
        """The file that stands under the name now, as a reader would see it."""
        try:
            status = os.stat(self._names[-1], dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(status.st_mode):
            try:
                found = self._root.open(self._names)
            except RemoteError:
                return None  # it leads nowhere, or out of the root: for everybody outside there is nothing
            found.close()
            status = found.status
        if not stat.S_ISREG(status.st_mode):
            raise RemoteError("what has this name is no file", 409)
        return status

    def place(self, temporary: Temporary) -> os.stat_result:
        """Give the file its name, if the conditions still hold."""
        name = self._names[-1]
        if (self._request.headers.get(b"if-none-match") or b"").strip() != b"*":
            return temporary.replace(name, self)
        try:
            return temporary.create(name)  # in one step, so of several processes one is the first
        except FileExistsError as error:
            raise RemoteError("there is something of this name already", 412) from error


def _check_put(request: Request) -> None:
    if b"content-range" in request.headers:  # RFC 9110 §14.5: a part must not be taken for the whole
        raise RemoteError("a part of a file cannot be written, only the whole", 400)
    _check_coding(request)


def _check_coding(request: Request) -> None:
    coding = request.headers.get(b"content-encoding")
    if coding is not None and coding.lower() != b"identity":
        raise RemoteError("what is uploaded must come without a content coding", 415)


def _check_room(request: Request, folder: int) -> None:
    """Raises ``RemoteError`` (507) where the disk cannot hold the body; better told before it was sent."""
    length = request.headers.get(b"content-length") or b""
    room = room_at(folder)
    if length.isdigit() and room is not None and int(length) > room:
        raise RemoteError("there is not enough room left on the disk", 507)


def _stored(names: Sequence[str], status: os.stat_result, existed: bool) -> Response:
    """The validators are those of the file just stored, so the client may go on with conditions (§9.3.4)."""
    lines: list[FieldLine] = [
        (b"ETag", etag_of(status)),
        (b"Last-Modified", serialise_date(last_modified(status))),
    ]
    if existed:
        return Response(204, Headers(lines))
    return Response(201, Headers([(b"Location", encode_path(names).encode("ascii")), *lines]))


def _see_folder(request: Request, names: Sequence[str], count: int) -> Response:
    """To the listing, by a relative reference: it holds also behind a proxy that adds a prefix.

    Within the folder it is a query alone: curl drops the folder's slash from what a ``./?`` leads to.
    """
    inside = not names or parse_target(request.target, request.method).path.endswith("/")
    place = f"{'' if inside else f'./{encode_name(names[-1])}/'}?uploaded={count}"
    return Response(303, Headers([(b"Location", place.encode("ascii"))]))
