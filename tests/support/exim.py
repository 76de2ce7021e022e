"""Exim as a peer: it takes mail for everybody, knows one login, and delivers into a Maildir.

As built by Debian it wants a user of its own, which only an installed Exim has. So it runs where such a user seems to
be there: with mounts of its own, which end with it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from pwd import getpwnam

import pytest

from tests.support.commands import run
from tests.support.ftp_peers import Identity, wait_until_accepting
from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.processes import running
from tests.support.smtp_peers import PASSWORD, USER, Maildir, MailPeer

OWNER = "daemon"
"""Whose numbers that user gets: of one that is there on every Debian and owns no files."""

MOUNTED = 'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/group && shift 2 && exec "$@"'

CONFIGURATION = """\
primary_hostname = exim.example.test
exim_user = {uid}
exim_group = {gid}
deliver_drop_privilege
spool_directory = {home}/spool
log_file_path = {home}/log/%s
pid_file_path = {home}/exim.pid
never_users =
keep_environment =
timezone = UTC
host_lookup =
rfc1413_hosts =
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
message_size_limit = 0
smtputf8_advertise_hosts = *
chunking_advertise_hosts = *
dsn_advertise_hosts = *
auth_advertise_hosts = *
acl_smtp_rcpt = arriving
acl_smtp_data = accept
{tls}

begin acl
arriving:
{login}
  accept

begin routers
everybody:
  driver = accept
  transport = box

begin transports
box:
  driver = appendfile
  directory = {home}/mail
  maildir_format
  create_directory
  user = {uid}
  group = {gid}

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""

TLS = """\
tls_advertise_hosts = *
tls_certificate = {cert}
tls_privatekey = {key}
tls_on_connect_ports = {tls_port}
"""

LOGIN = """\
  deny
    !authenticated = *
    message = 5.7.0 who are you?
"""


@contextlib.contextmanager
def serving(
    folder: Path, *, host: str = "127.0.0.1", identity: Identity | None = None, login: bool = False
) -> Iterator[MailPeer]:
    """Exim while the block runs; with ``login`` it takes mail only from ``USER``. ``folder`` receives what it says."""
    program = need("exim4")
    if os.geteuid() != 0 or run(need("unshare"), "-m", "true").returncode != 0:
        pytest.skip("mounting is not allowed")
    with tempfile.TemporaryDirectory(prefix="portside-exim-") as name:
        home = Path(name)
        port, tls_port = free_tcp_port(host), free_tcp_port(host)
        _configure(home, tls_port, identity, login)
        ports = f"<; [{host}]:{port} ; [{host}]:{tls_port}"
        words = [program, "-C", home / "exim.conf", "-bdf", "-oX", ports]
        with running([need("unshare"), "-m", "sh", "-c", MOUNTED, "sh", home / "passwd", home / "group", *words],
                     folder) as process:  # fmt: skip
            wait_until_accepting(process, host, port, tls_port)
            ca = identity and identity.ca
            yield MailPeer(process, host, port, Maildir(home / "mail"), ca, tls_port if identity else 0)


def _configure(home: Path, tls_port: int, identity: Identity | None, login: bool) -> None:
    user = getpwnam(OWNER)
    home.chmod(0o755)
    for name in ("spool", "log", "mail"):
        (home / name).mkdir()
        os.chown(home / name, user.pw_uid, user.pw_gid)
    line = f"Debian-exim:x:{user.pw_uid}:{user.pw_gid}::/nonexistent:/usr/sbin/nologin\n"
    (home / "passwd").write_text(Path("/etc/passwd").read_text() + line)
    (home / "group").write_text(Path("/etc/group").read_text() + f"Debian-exim:x:{user.pw_gid}:\n")
    tls = _tls(home, identity, tls_port) if identity else "tls_advertise_hosts ="
    settings = {"home": home, "uid": user.pw_uid, "gid": user.pw_gid, "user": USER, "password": PASSWORD}
    (home / "exim.conf").write_text(CONFIGURATION.format(**settings, tls=tls, login=LOGIN if login else ""))


def _tls(home: Path, identity: Identity, tls_port: int) -> str:
    """Its key is read by the user that it becomes."""
    key = home / "key.pem"
    key.write_bytes(identity.pair.key.read_bytes())
    cert = home / "cert.pem"
    cert.write_bytes(identity.pair.cert.read_bytes())
    for file in (key, cert):
        os.chown(file, getpwnam(OWNER).pw_uid, 0)
        file.chmod(0o400)
    return TLS.format(cert=cert, key=key, tls_port=tls_port)
