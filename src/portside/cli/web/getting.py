"""``get`` by HTTP: a body to stdout or a device as it comes, or into a file, whole or not at all."""

from __future__ import annotations

import stat
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from portside.cli.clients import at_most
from portside.cli.endings import end
from portside.cli.order import Order
from portside.cli.screen import is_watched, tell
from portside.cli.web.client import fields_of, settings_of
from portside.cli.web.options import WebOptions
from portside.cli.web.outcome import judge, report
from portside.cli.web.progress import bar
from portside.errors import PortsideError, RemoteError, UsageError
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.asks import BodyIn
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.download import Download, Wish, remote_name
from portside.protocols.http.client.uploads import FileContent
from portside.syntax.visible import visible

FORM = "application/x-www-form-urlencoded"


async def get(urls: Sequence[str], order: Order, web: WebOptions) -> int:
    """Fetch each of ``urls``; the exit code is that of the first that failed. Raises ``PortsideError``."""
    _check(order, web, len(urls))
    body = _body(order.data)
    return await _get_all([_wish(url, order, web, body) for url in urls], order, web)


def _check(order: Order, web: WebOptions, count: int) -> None:
    if order.output is not None and order.remote_name:
        raise UsageError("-o and -O each name a file; use one of them")
    if count > 1 and order.output is not None and _is_file_to_be(Path(order.output)) and order.output != "-":
        raise UsageError("-o names one file, and there are several URLs; use -O")
    if order.resume and not order.saves:
        raise UsageError("--resume continues a file; name it with -o or -O")
    if web.json and not (order.saves or order.head):
        raise UsageError("--json and the body would both go to stdout; save the body with -o or -O")
    if order.head and (order.saves or order.data):
        raise UsageError("-I fetches no body, and sends none")


async def _get_all(wishes: Sequence[Wish], order: Order, web: WebOptions) -> int:
    """The exit code: that of the first URL that failed."""
    code = 0
    async with Client(settings_of(web)) as client:
        for wish in wishes:
            try:
                async with at_most(web.max_time):
                    await _get(client, wish, order, web)
            except PortsideError as error:
                if len(wishes) == 1:
                    raise
                code = code or end(error)
    return code


async def _get(client: Client, wish: Wish, order: Order, web: WebOptions) -> None:
    target = _target(wish.url, order)
    if target is None or not _is_file_to_be(target):
        await _get_through(client, wish, order, web, target)
    else:
        await _get_file(client, wish, order, web, target.resolve())  # a link stays, and what it leads to is replaced


def _target(url: str, order: Order) -> Path | None:
    if order.remote_name:
        return Path(remote_name(url))
    return None if order.output in (None, "-") else Path(order.output or "")


def _is_file_to_be(path: Path) -> bool:
    """Whether a regular file is there, or nothing yet: that is written whole or not at all, unlike a device or pipe."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True
    if stat.S_ISDIR(mode):
        raise UsageError(f"{path} is a folder; name a file in it")
    return stat.S_ISREG(mode)


def _wish(url: str, order: Order, web: WebOptions, body: BodyIn) -> Wish:
    fields = fields_of(web)
    if body is not None and not any(name.lower() == "content-type" for name, _ in fields):
        fields.append(("Content-Type", FORM))
    method = order.method or ("HEAD" if order.head else "POST" if body is not None else "GET")
    return Wish(url, method, tuple(fields), body)


def _body(data: tuple[str, ...]) -> BodyIn:
    """The body of ``-d``: several are joined by ``&``; one file alone is streamed."""
    if not data:
        return None
    if len(data) == 1 and data[0].startswith("@") and data[0] != "@-":
        return FileContent(Path(data[0][1:]))
    return b"&".join(_piece(one) for one in data)


def _piece(said: str) -> bytes:
    if said == "@-":
        return sys.stdin.buffer.read()
    return Path(said[1:]).read_bytes() if said.startswith("@") else said.encode("utf-8", "surrogateescape")


# --------------------------------------------------------------------------------- to stdout, or a device


async def _get_through(client: Client, wish: Wish, order: Order, web: WebOptions, target: Path | None) -> None:
    began = time.monotonic()
    came = 0
    async with client.stream(
        wish.method, wish.url, headers=wish.headers, body=wish.body, compressed=target is None and not order.head
    ) as answer:
        with _opened(target) as file:
            if (order.head or order.include) and not web.json:
                file.write(_head(answer))
            write = _writer(file, is_watched(sys.stdout) and target is None)

            def take(data: bytes) -> None:
                nonlocal came
                came += len(data)
                write(data)

            async with bar(str(answer.url), lambda: (came, _length(answer)), wanted=_wants_bar(web, target)):
                await answer.pour(take)
            file.flush()
    if web.json:
        report(answer, came, began, target)
    judge(answer)


def _opened(target: Path | None) -> Any:
    return _Stdout() if target is None else target.open("wb", buffering=0)


class _Stdout:
    """stdout as a file that is not closed at the end of its block."""

    def __enter__(self) -> BinaryIO:
        return sys.stdout.buffer

    def __exit__(self, *_: object) -> None:
        """It stays open."""


def _writer(file: BinaryIO, on_screen: bool) -> Callable[[bytes], object]:
    """What takes the body; a terminal is spared what is no text."""
    if not on_screen:
        return lambda data: _write_all(file, data)

    def write(data: bytes) -> None:
        if b"\0" in data:
            raise UsageError("this is no text, and might upset the terminal; save it with -o FILE")
        file.write(data)

    return write


def _write_all(file: BinaryIO, data: bytes) -> None:
    """A file without a buffer may take less than all."""
    written = file.write(data)
    while written < len(data):
        data = data[written:]
        written = file.write(data)


def _head(answer: Answer) -> bytes:
    first = f"HTTP/1.{answer.head.minor} {answer.status} {answer.head.reason}".rstrip()
    lines = [first, *(f"{name}: {value}" for name, value in answer.headers)]
    return "".join(f"{visible(line)}\n" for line in lines).encode("utf-8") + b"\n"


def _length(answer: Answer) -> int | None:
    text = answer.headers.text("content-length")
    return int(text) if text.isascii() and text.isdigit() and b"content-encoding" not in answer.headers else None


# ---------------------------------------------------------------------------------------------- to a file


async def _get_file(client: Client, wish: Wish, order: Order, web: WebOptions, target: Path) -> None:
    download = Download(client, wish, target, resume=order.resume)
    began = time.monotonic()
    what = target.name
    async with bar(what, lambda: (download.offset + download.received, download.total), wanted=_wants_bar(web, target)):
        answer = await download.run()
    if not download.saved:
        judge(answer)
        raise RemoteError(f"{answer.url} answered {answer.status} {answer.head.phrase}: nothing to save", answer.status)
    if web.json:
        report(answer, download.received, began, target)
    if is_watched(sys.stderr) and not web.quiet:
        tell(f"saved {target.name}: {download.offset + download.received:,} bytes")


def _wants_bar(web: WebOptions, target: Path | None) -> bool:
    return not web.quiet and not web.verbose and (target is not None or not is_watched(sys.stdout))
