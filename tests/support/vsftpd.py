"""vsftpd in the foreground as a peer: anonymous users may write, and over TLS each data connection resumes the session.

It runs as whoever runs the tests, which leaves it without chroot: paths are seen from the login's folder, or are those
of the machine.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from pwd import getpwuid

from tests.support.ftp_peers import FtpPeer, Identity, wait_until_accepting
from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.processes import running

CONFIGURATION = """\
background=NO
run_as_launching_user=YES
anonymous_enable=YES
no_anon_password=YES
ftp_username={user}
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
anon_root={root}
mdtm_write=YES
force_dot_files=YES
use_localtime=NO
secure_chroot_dir={home}
seccomp_sandbox=NO
xferlog_enable=NO
{listen}
{tls}
"""

TLS = """\
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_ciphers=HIGH
rsa_cert_file={cert}
rsa_private_key_file={key}
"""


@contextlib.contextmanager
def serving(home: Path, root: Path, *, host: str = "127.0.0.1", identity: Identity | None = None) -> Iterator[FtpPeer]:
    """vsftpd serving ``root`` while the block runs; ``home`` is an empty folder for its own files."""
    program = need("vsftpd")
    port = free_tcp_port(host)
    six = ":" in host
    listen = f"listen{'_ipv6' if six else ''}=YES\nlisten_address{'6' if six else ''}={host}\nlisten_port={port}"
    tls = TLS.format(cert=identity.pair.cert, key=identity.pair.key) if identity else ""
    configuration = home / "vsftpd.conf"
    user = getpwuid(os.getuid()).pw_name  # it wants to know one, also where it does not change to it
    configuration.write_text(CONFIGURATION.format(root=root, home=home, user=user, listen=listen, tls=tls))
    with running([program, configuration], home) as process:
        wait_until_accepting(process, host, port)
        yield FtpPeer(process, host, port, root, "anonymous", "tester@example.org", identity and identity.ca)
