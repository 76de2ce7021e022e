"""pyftpdlib as a peer, in a process of its own: one user with a password, who may read and write.

That process is this module as a program: it says ``ready PORT``. With a certificate it demands TLS on both connections.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.ftp_peers import PASSWORD, USER, FtpPeer, Identity
from tests.support.processes import running

TOP = Path(__file__).parents[2]


@contextlib.contextmanager
def serving(home: Path, root: Path, *, host: str = "127.0.0.1", identity: Identity | None = None) -> Iterator[FtpPeer]:
    """pyftpdlib serving ``root`` while the block runs; ``home`` receives what it says."""
    tls = (identity.pair.cert, identity.pair.key) if identity else ()
    command = [sys.executable, "-W", "ignore", "-m", __name__, host, root, *tls]
    with running(command, home, env={"PYTHONPATH": str(TOP)}) as process:
        port = int(process.wait_for_line(r"^ready ([0-9]+)$")[1])
        yield FtpPeer(process, host, port, root, USER, PASSWORD, identity and identity.ca)


def _serve(host: str, root: str, cert: str = "", key: str = "") -> None:
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.servers import FTPServer

    authorizer = DummyAuthorizer()
    authorizer.add_user(USER, PASSWORD, root, perm="elradfmwMT")
    handler = TLS_FTPHandler if cert else FTPHandler
    if cert:
        handler.certfile, handler.keyfile = cert, key
        handler.tls_control_required = handler.tls_data_required = True
    handler.authorizer = authorizer
    server = FTPServer((host, 0), handler)
    server.max_cons = server.max_cons_per_ip = 0  # as many as come
    print(f"ready {server.socket.getsockname()[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(*sys.argv[1:])
