"""aiosmtpd as a peer, in a process of its own: each message becomes a file, and beside it stands its envelope.

That process is this module as a program: it says ``ready PORT``. With a login it takes mail only from who has said it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.ftp_peers import Identity
from tests.support.processes import running
from tests.support.smtp_peers import PASSWORD, USER, MailPeer

TOP = Path(__file__).parents[2]
MOST = 64 * 1024 * 1024
"""Octets of a message."""


@dataclass(frozen=True)
class Files:
    """An inbox of files: ``NUMBER.eml`` has the content, ``NUMBER.json`` the envelope."""

    folder: Path

    def arrived(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted(self.folder.glob("*.eml"))]

    def envelopes(self) -> list[dict[str, Any]]:
        """``sender``, ``recipients``, ``options``, ``user`` of each, in the order of ``arrived``."""
        return [json.loads(file.with_suffix(".json").read_text()) for file in sorted(self.folder.glob("*.eml"))]


@contextlib.contextmanager
def serving(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    identity: Identity | None = None,
    login: bool = False,
    at_once: bool = False,
    lmtp: bool = False,
) -> Iterator[MailPeer]:
    """aiosmtpd while the block runs. With an identity it offers STARTTLS, or has TLS ``at_once``."""
    inbox = folder / "inbox"
    inbox.mkdir()
    settings = {
        "host": host,
        "inbox": str(inbox),
        "cert": str(identity.pair.cert) if identity else "",
        "key": str(identity.pair.key) if identity else "",
        "login": login,
        "at_once": at_once,
        "lmtp": lmtp,
    }
    command = [sys.executable, "-W", "ignore", "-m", __name__, json.dumps(settings)]
    with running(command, folder, env={"PYTHONPATH": str(TOP)}) as process:
        port = int(process.wait_for_line(r"^ready ([0-9]+)$")[1])
        yield MailPeer(process, host, port, Files(inbox), identity and identity.ca, port if at_once else 0)


class _Keeping:
    """Writes what comes into files."""

    def __init__(self, inbox: Path) -> None:
        self._inbox, self._count = inbox, 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Takes everybody but who is to be refused, and says so of who is busy."""
        refused = {"nobody": "550 5.1.1 no such user", "busy": "450 4.2.1 busy"}.get(address.partition("@")[0])
        if refused is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.append(options)
        return refused or "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._count += 1
        file = self._inbox / f"{self._count:06}.eml"
        told = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "user": session.auth_data if session.authenticated else None,
            "tls": session.ssl is not None,
        }
        file.with_suffix(".json").write_text(json.dumps(told, default=repr))
        file.with_suffix(".part").write_bytes(envelope.original_content or b"")
        file.with_suffix(".part").rename(file)
        return "250 2.0.0 kept"


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
    from aiosmtpd.smtp import AuthResult

    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False, auth_data=data.login.decode() if good else None)


async def _serve(settings: dict[str, Any]) -> None:
    from aiosmtpd.lmtp import LMTP
    from aiosmtpd.smtp import SMTP

    context = None
    if settings["cert"]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings["cert"], settings["key"])
    at_once = settings["at_once"]
    options = {
        "data_size_limit": MOST,
        "enable_SMTPUTF8": True,
        "tls_context": None if at_once else context,
        "authenticator": _login,
        "auth_required": settings["login"],
        "auth_require_tls": context is not None and not at_once,
        "hostname": "aiosmtpd.example.test",
    }
    keeping = _Keeping(Path(settings["inbox"]))
    server = await asyncio.get_running_loop().create_server(
        lambda: (LMTP if settings["lmtp"] else SMTP)(keeping, **options),
        settings["host"],
        0,
        ssl=context if at_once else None,
    )
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(json.loads(sys.argv[1])))
    os._exit(0)
