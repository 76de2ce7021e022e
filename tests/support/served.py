"""``portside serve`` as a process, with the address it said it is ready at."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.processes import Running, running

PORTSIDE = Path(sys.executable).with_name("portside")
"""The command as installed beside the interpreter that runs the tests."""

READY = r"^ready (\S+)$"


@dataclass(frozen=True)
class Served:
    """A server that accepts: ``url`` is as printed, with a slash at its end."""

    process: Running
    url: str

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None, f"no port in {self.url!r}"
        return port

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port


@contextlib.contextmanager
def serving(folder: Path, *arguments: str | Path, **options: object) -> Iterator[Served]:
    """``portside serve ARGUMENTS --port 0`` while the block runs; ``folder`` receives what it says.

    A ``--port`` among the arguments is left as it is. Options as for ``Running``.
    """
    port = () if "--port" in arguments else ("--port", "0")
    with running([PORTSIDE, "serve", *arguments, *port], folder, **options) as process:
        yield Served(process, process.wait_for_line(READY)[1])
