"""``portside send`` towards a mail server, run to its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.commands import Ended, run
from tests.support.served import PORTSIDE
from tests.support.smtp_peers import ANN, FROM, MailPeer

ANY = -1
"""For an exit code that the caller looks at."""
LONG = 120.0
"""Seconds for thousands of messages."""


def send(
    server: MailPeer | None,
    *options: str | Path,
    data: bytes = b"",
    to: Sequence[str] = (ANN,),
    sender: str = FROM,
    code: int = 0,
) -> Ended:
    """Send what ``options`` or ``data`` say; to whom MX names where there is no server. TLS is insisted on."""
    recipients = [word for address in to for word in ("--to", address)]
    where = [] if server is None else [_url(server)]
    tls: tuple[str | Path, ...] = ("--cacert", server.ca, "--starttls", "require") if server and server.ca else ()
    words = (PORTSIDE, "send", "--from", sender, *recipients, *tls, *options, *where)
    ended = run(*words, data=data, wait=LONG)
    said = (ended.stdout + ended.stderr).decode("utf-8", "replace")
    assert code in (ended.returncode, ANY), (ended.returncode, said[-3000:])
    return ended


def told(ended: Ended) -> list[dict[str, Any]]:
    """What ``--json`` printed: one object for each recipient."""
    return [json.loads(line) for line in ended.stdout.splitlines()]


def as_folder(folder: Path, contents: Sequence[bytes]) -> Path:
    """A folder of .eml files."""
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / f"{number:04}.eml").write_bytes(content)
    return folder


def _url(server: MailPeer) -> str:
    return server.tls_url if server.port == server.tls_port else server.url
