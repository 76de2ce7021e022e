"""ProFTPD in the foreground as a peer: one user with a password, who may read and write."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from grp import getgrgid
from pathlib import Path
from pwd import getpwuid

from tests.support.ftp_peers import PASSWORD, USER, FtpPeer, Identity, wait_until_accepting
from tests.support.peers import UNPACKED, need
from tests.support.ports import free_tcp_port
from tests.support.processes import running

HASH = "$6$portside$KLFRx0B3HwGysvEzfweDPevnI6o9//eu.sLVlD70jF3Sb1MjsXYuBSZ1LucNlus7VxjFiCNGGwdKMMNSGPNgo1"
"""Of ``PASSWORD``: ``openssl passwd -6 -salt portside``."""

CONFIGURATION = """\
ServerType standalone
DefaultAddress {host}
SocketBindTight on
Port {port}
UseIPv6 on
ModulePath {modules}
LoadModule mod_tls.c
User {user}
Group {group}
RootLogin on
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile {home}/users
ScoreboardFile none
PidFile {home}/proftpd.pid
WtmpLog off
TransferLog none
DelayEngine off
UseReverseDNS off
TimesGMT on
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
{root}
{tls}
"""

TLS = """\
TLSEngine on
TLSRequired on
TLSECCertificateFile {cert}
TLSECCertificateKeyFile {key}
TLSProtocol TLSv1.2 TLSv1.3
TLSLog none
"""


@contextlib.contextmanager
def serving(home: Path, root: Path, *, host: str = "127.0.0.1", identity: Identity | None = None) -> Iterator[FtpPeer]:
    """ProFTPD serving ``root`` while the block runs; ``home`` is an empty folder for its own files."""
    program = need("proftpd")
    port = free_tcp_port(host)
    users = home / "users"
    users.write_text(f"{USER}:{HASH}:{os.getuid()}:{os.getgid()}::{root}:/bin/sh\n")
    users.chmod(0o600)
    home.chmod(0o700)  # it reads no users from a folder that others may write
    configuration = home / "proftpd.conf"
    configuration.write_text(
        CONFIGURATION.format(
            host=host,
            port=port,
            modules=_modules(program),
            user=getpwuid(os.getuid()).pw_name,
            group=getgrgid(os.getgid()).gr_name,
            home=home,
            root="DefaultRoot ~" if os.getuid() == 0 else "",  # only root may confine
            tls=TLS.format(cert=identity.pair.cert, key=identity.pair.key) if identity else "",
        )
    )
    with running([program, "-n", "-c", configuration], home) as process:
        wait_until_accepting(process, host, port)
        yield FtpPeer(process, host, port, root, USER, PASSWORD, identity and identity.ca)


def _modules(program: str) -> Path:
    """Where its modules are, which it looks for in the place that it was built for."""
    unpacked = UNPACKED / "proftpd" / "usr" / "lib" / "proftpd"
    return unpacked if Path(program).is_relative_to(UNPACKED) else Path("/usr/lib/proftpd")
