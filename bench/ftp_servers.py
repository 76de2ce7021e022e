"""FTP servers on the server's core, each serving the same folder to anonymous, who may write in ``pub``."""

from __future__ import annotations

import contextlib
import getpass
import grp
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from bench.measure import SERVER_CORE, free_port, pinned, program, serving, wait_until_open

_VSFTPD = """\
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
run_as_launching_user={as_user}
anonymous_enable=YES
anon_root={root}
anon_upload_enable=YES
anon_other_write_enable=YES
anon_mkdir_write_enable=YES
anon_umask=022
no_anon_password=YES
write_enable=YES
local_enable=NO
seccomp_sandbox=NO
use_localtime=NO
xferlog_enable=NO
secure_chroot_dir={home}/empty
ftp_username={user}
"""

_PROFTPD = """\
ServerName bench
ServerType standalone
DefaultServer on
DefaultAddress 127.0.0.1
Port {port}
UseIPv6 off
UseReverseDNS off
User {user}
Group {group}
PidFile {home}/proftpd.pid
ScoreboardFile none
SystemLog none
TransferLog none
WtmpLog off
MaxInstances 400
RootLogin on
RequireValidShell off
DelayEngine off
AuthOrder mod_auth_file.c
AuthUserFile {home}/users
<Anonymous {root}>
  User {user}
  Group {group}
  UserAlias anonymous {user}
  RequireValidShell off
  AnonRequirePassword off
  AllowOverwrite on
</Anonymous>
"""


@contextlib.contextmanager
def portside(home: Path) -> Iterator[int]:
    """Our server; gives its port."""
    with serving("ftp", home / "www", "--anonymous", "rw", "--quiet") as (port, _):
        yield port


@contextlib.contextmanager
def pyftpdlib(home: Path) -> Iterator[int]:
    """pyftpdlib's own server; gives its port."""
    port = free_port()
    arguments = [sys.executable, "-W", "ignore", "-m", "pyftpdlib", "-i", "127.0.0.1", "-p", str(port), "-w"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with pinned([*arguments, "-d", home / "www"], SERVER_CORE, **quiet):
        wait_until_open(port)
        yield port


@contextlib.contextmanager
def vsftpd(home: Path) -> Iterator[int]:
    """vsftpd, whose anonymous root must not be writable; gives its port."""
    port = free_port()
    (home / "empty").mkdir(exist_ok=True)
    (home / "www").chmod(0o555)
    is_root = getpass.getuser() == "root"
    text = _VSFTPD.format(
        port=port,
        root=home / "www",
        home=home,
        user="daemon" if is_root else getpass.getuser(),  # an anonymous root must not be writable, and to root all is
        as_user="NO" if is_root else "YES",
    )
    configuration = home / "vsftpd.conf"
    configuration.write_text(text)
    with pinned([program("vsftpd"), configuration], SERVER_CORE, stderr=subprocess.DEVNULL):
        wait_until_open(port)
        yield port


@contextlib.contextmanager
def proftpd(home: Path) -> Iterator[int]:
    """ProFTPD; gives its port."""
    port = free_port()
    text = _PROFTPD.format(
        port=port, root=home / "www", home=home, user=getpass.getuser(), group=grp.getgrgid(os.getgid()).gr_name
    )
    users = home / "users"
    users.write_text(f"{getpass.getuser()}:x:{os.getuid()}:{os.getgid()}::{home}/www:/bin/sh\n")
    users.chmod(0o600)
    configuration = home / "proftpd.conf"
    configuration.write_text(text)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with pinned([program("proftpd"), "-n", "-q", "-c", configuration], SERVER_CORE, **quiet):
        wait_until_open(port)
        yield port


SERVERS: dict[str, Callable[[Path], AbstractContextManager[int]]] = {
    "portside": portside,
    "pyftpdlib": pyftpdlib,
    "vsftpd": vsftpd,
    "ProFTPD": proftpd,
}
