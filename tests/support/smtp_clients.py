"""Clients of mail that others wrote, run to their end against a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.support import commands, postfix
from tests.support.commands import Ended, run
from tests.support.peers import need
from tests.support.smtp_peers import ANN, FROM, PASSWORD, USER, MailPeer
from tests.support.smtp_wire import stuffed

LONG = 120.0
"""Seconds for thousands of messages."""
NAME = "client.test"
"""What they call themselves."""


def swaks(
    server: MailPeer, *options: str | Path, content: bytes = b"", to: Sequence[str] = (ANN,), code: int = 0
) -> str:
    """swaks sends ``content``, or a message of its own; what it printed. It uses TLS where there is a certificate."""
    words = ["--server", server.host, "--port", str(server.port), "--helo", NAME, "--from", FROM, "--to", ",".join(to)]
    given = ("--data", "-", "--no-data-fixup") if content else ()  # it would take a final line of "." for the end
    ended = run(need("swaks"), *words, *_swaks_tls(server), *given, *options, data=stuffed(content) + b".")
    assert ended.returncode == code, (
        ended.returncode,
        (ended.stdout + ended.stderr).decode("utf-8", "replace")[-3000:],
    )
    return ended.stdout.decode("utf-8", "replace")


def _swaks_tls(server: MailPeer) -> tuple[str | Path, ...]:
    if server.ca is None:
        return ()
    kind = "--tls-on-connect" if server.port == server.tls_port else "--tls"
    return (kind, "--tls-verify", "--tls-ca-path", server.ca)


def msmtp(server: MailPeer, *options: str | Path, content: bytes, to: Sequence[str] = (ANN,), code: int = 0) -> Ended:
    """msmtp sends ``content`` as it is."""
    words = [f"--host={server.host}", f"--port={server.port}", f"--domain={NAME}", f"--from={FROM}", "--timeout=30"]
    as_it_is = (
        "--set-from-header=off",
        "--set-date-header=off",
        "--set-msgid-header=off",
        "--undisclosed-recipients=off",
    )
    tls = ("--tls=on", f"--tls-trust-file={server.ca}") if server.ca else ("--tls=off",)
    at_once = ("--tls-starttls=off",) if server.port == server.tls_port else ()
    ended = run(need("msmtp"), "--file=/dev/null", *words, *as_it_is, *tls, *at_once, *options, "--", *to, data=content)
    assert ended.returncode == code, (ended.returncode, ended.stderr.decode("utf-8", "replace")[-3000:])
    return ended


def msmtp_login(how: str) -> tuple[str, ...]:
    """What msmtp is told so that it logs in by a mechanism."""
    return (f"--auth={how}", f"--user={USER}", f"--passwordeval=echo '{PASSWORD}'")


def curl(server: MailPeer, *options: str | Path, content: bytes, to: Sequence[str] = (ANN,), code: int = 0) -> Ended:
    """curl sends ``content``, whose lines end in CRLF."""
    scheme = server.tls_url if server.port == server.tls_port else server.url
    tls = ("--ssl-reqd", "--cacert", server.ca) if server.ca else ()
    recipients = [word for address in to for word in ("--mail-rcpt", address)]
    words = ("--mail-from", FROM, *recipients, "-T", "-", *tls, *options, f"{scheme}/{NAME}")
    return commands.curl(*words, data=content, code=code)


def smtp_source(server: MailPeer, *options: str | Path, count: int, sessions: int) -> None:
    """smtp-source sends ``count`` messages over so many sessions at once."""
    program = need("smtp-source")
    words = ["-s", str(sessions), "-m", str(count), "-f", FROM, "-t", ANN, "-M", NAME, *options, server.authority]
    environment = [f"{name}={value}" for name, value in postfix.environment(program).items()]
    ended = run(need("env"), *environment, program, *words, wait=LONG)
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")[-2000:]
