"""Postfix as a peer: it queues what comes, and delivers what is for ``example.test`` into a Maildir.

It starts as root only, and works as users of the system that are there anyway. Its queue lies in a folder of its own
that those users can reach; nothing of a Postfix that may be installed is touched.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from grp import getgrnam
from pathlib import Path
from pwd import getpwnam

import pytest

from tests.support.ftp_peers import Identity, wait_until_accepting
from tests.support.peers import UNPACKED, need
from tests.support.ports import free_tcp_port
from tests.support.processes import running
from tests.support.smtp_peers import DOMAIN, Maildir, MailPeer, until

OWNER, GROUP = "daemon", "staff"
"""Whom its processes become, and the group that may not be the owner's: any that no mail is kept by."""

FOLDERS = (
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private",
    "public", "saved", "trace",
)  # fmt: skip

MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {home}
sendmail_path = {root}/usr/sbin/sendmail
import_environment = MAIL_CONFIG LD_LIBRARY_PATH
mail_owner = {owner}
setgid_group = {group}
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
myhostname = postfix.example.test
mydestination =
mynetworks = 127.0.0.0/8 [::1]/128
inet_protocols = all
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
local_header_rewrite_clients =
biff = no
alias_maps =
message_size_limit = 0
mailbox_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
tls_random_source = dev:/dev/urandom
smtpd_client_connection_count_limit = 0
{tls}
{more}
"""

TLS = """\
smtpd_tls_security_level = may
smtpd_tls_chain_files = {key}, {cert}
"""

MASTER = """\
{host}:{port} inet n - n - - smtpd
{host}:{tls_port} inet n - n - - smtpd
    -o smtpd_tls_wrappermode={wrapped}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
flush unix n - n 1000? 0 flush
scache unix - - n - 1 scache
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
"""


@contextlib.contextmanager
def serving(
    folder: Path, *more: str, host: str = "127.0.0.1", identity: Identity | None = None, place: Path | None = None
) -> Iterator[MailPeer]:
    """Postfix while the block runs; ``more`` are lines of its main.cf, ``folder`` receives what it says.

    Its queue and its mail lie in ``place``, unless that is None where temporary files are.
    """
    program = need("postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root only")
    with tempfile.TemporaryDirectory(prefix="portside-postfix-", dir=place) as name:
        home = Path(name)
        _make_folders(home)
        port, tls_port = free_tcp_port(host), free_tcp_port(host)
        _configure(home, _root(program), host, port, tls_port, identity, more)
        with running(["setsid", _root(program) / "usr/lib/postfix/sbin/master", "-c", home, "-d"], folder,
                     env=environment(program, home)) as process:  # fmt: skip
            wait_until_accepting(process, host, port, tls_port)
            ca = identity and identity.ca
            yield MailPeer(process, host, port, Maildir(home / "mail/box"), ca, tls_port if identity else 0)


def environment(program: str, home: Path | None = None) -> dict[str, str]:
    """What a program of Postfix finds its libraries by, which it looks for where it was built for, and its settings."""
    libraries = {"LD_LIBRARY_PATH": str(_root(program) / "usr/lib/postfix")}
    return libraries | ({"MAIL_CONFIG": str(home)} if home else {})


def log(peer: MailPeer) -> str:
    """What a running Postfix has written to its log until now; a process of its own does that, as soon as it can."""
    assert isinstance(peer.inbox, Maildir)
    file = peer.inbox.folder.parents[1] / "mail.log"
    return file.read_text("utf-8", "replace") if file.exists() else ""


def wait_until_logged(peer: MailPeer, words: str) -> str:
    """The first line of its log with ``words``, once it is there."""

    def line() -> str | None:
        return next((line for line in log(peer).splitlines() if words in line), None)

    return until(line, f"{words!r} in the log", peer.process)


def _root(program: str) -> Path:
    """The folder that stands for the root: the packages' own, or the system's."""
    unpacked = UNPACKED / "postfix"
    return unpacked if Path(program).is_relative_to(unpacked) else Path("/")


def _make_folders(home: Path) -> None:
    owner = getpwnam(OWNER).pw_uid
    home.chmod(0o755)
    for name in ("data", "mail", *(f"queue/{name}" for name in FOLDERS)):
        (home / name).mkdir(parents=True, mode=0o700)
        os.chown(home / name, owner, getgrnam(GROUP).gr_gid)
    os.chown(home / "queue", 0, 0)
    os.chown(home / "queue/pid", 0, 0)
    (home / "queue/public").chmod(0o710)
    (home / "queue/maildrop").chmod(0o730)


def _configure(
    home: Path, root: Path, host: str, port: int, tls_port: int, identity: Identity | None, more: tuple[str, ...]
) -> None:
    user = getpwnam(OWNER)
    tls = TLS.format(cert=identity.pair.cert, key=identity.pair.key) if identity else ""
    (home / "main.cf").write_text(
        MAIN.format(home=home, root=root, owner=OWNER, group=GROUP, domain=DOMAIN, uid=user.pw_uid, gid=user.pw_gid,
                    tls=tls, more="\n".join(more))
    )  # fmt: skip
    os.utime(home / "main.cf", (0, 0))  # it waits for a fresh one to be finished
    host = f"[{host}]" if ":" in host else host
    wrapped = "yes" if identity else "no"
    (home / "master.cf").write_text(MASTER.format(host=host, port=port, tls_port=tls_port, wrapped=wrapped))
    (home / "dynamicmaps.cf").write_text("")
    (home / "postfix-files").write_text("")
