"""FTP clients that others wrote, run to their end against a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from tests.support.commands import Ended, run
from tests.support.ftp_peers import FtpPeer
from tests.support.peers import need

LONG = 300.0
"""Seconds for the work on thousands of files."""


def curl_tls(server: FtpPeer) -> tuple[str | Path, ...]:
    """What curl is told so that it insists on TLS where the server does."""
    return ("--ssl-reqd", "--cacert", server.ca) if server.ca else ()


def encoded(name: str) -> str:
    """A path as it stands in a URL."""
    return quote(name)


def curl_many(server: FtpPeer, transfers: Sequence[tuple[str, str, Path]], folder: Path, *options: str) -> None:
    """One curl for all of ``transfers``: how (``output`` or ``upload-file``), a path on the server, a file here."""
    config = folder / "curl.conf"
    config.write_text(
        "".join(f'url = "{server.url(encoded(to))}"\n{how} = {_quoted(file)}\n' for how, to, file in transfers)
    )
    command = (need("curl"), "-q", "-sS", "--noproxy", "*", *curl_tls(server), *options, "-K", config)
    ended = run(*command, wait=LONG)
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")[-2000:]


def _quoted(file: Path) -> str:
    escaped = str(file).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def lftp(server: FtpPeer, *commands: str, folder: Path, code: int = 0) -> str:
    """lftp does ``commands`` in ``folder``; what it printed."""
    settings = [
        "set net:max-retries 2",
        "set net:timeout 30",
        "set net:reconnect-interval-base 1",
        "set cmd:fail-exit yes",
    ]
    if server.ca:
        settings += [f"set ssl:ca-file {server.ca}", "set ftp:ssl-force yes", "set ftp:ssl-protect-data yes"]
    else:
        settings += ["set ftp:ssl-allow no"]
    opening = f"open -u {server.user},{server.password} ftp://{server.authority}"
    ended = run(need("lftp"), "--norc", "-c", "; ".join([*settings, opening, *commands]), folder=folder, wait=LONG)
    assert ended.returncode == code, (ended.stderr + ended.stdout).decode("utf-8", "replace")[-2000:]
    return ended.stdout.decode("utf-8", "surrogateescape")


def tnftp(server: FtpPeer, *commands: str, folder: Path) -> str:
    """tnftp does ``commands`` in ``folder``, without asking back; what it printed."""
    host = server.host
    lines = [f"open {host} {server.port}", f"user {server.user} {server.password}", *commands, "bye"]
    ended = run(need("tnftp"), "-inv", data="".join(f"{line}\n" for line in lines).encode(), folder=folder)
    return ended.stdout.decode("utf-8", "replace")


def wget(server: FtpPeer, *arguments: str | Path, folder: Path, code: int = 0) -> Ended:
    """wget with the server's login, which tries once."""
    login = (f"--ftp-user={server.user}", f"--ftp-password={server.password}")
    tls = (f"--ca-certificate={server.ca}",) if server.ca else ()
    ended = run(
        need("wget"), "--no-config", "--no-proxy", "-nv", "-t1", *login, *tls, *arguments, folder=folder, wait=LONG
    )
    assert ended.returncode == code, ended.stderr.decode("utf-8", "replace")[-2000:]
    return ended
