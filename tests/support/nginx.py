"""nginx in the foreground, in a folder of its own, as a peer to talk to.

Its port is held by a bound socket of ours that does not listen (SO_REUSEPORT lets both have it), so that
nobody else is given the same port before nginx has it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.peers import need
from tests.support.ports import held_tcp_port
from tests.support.processes import Running, running

CONFIGURATION = """\
daemon off;
master_process off;
pid {home}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 1024; }}
http {{
    types {{
        text/html html;
        text/css css;
        text/plain txt;
        text/javascript js;
        application/json json;
        image/png png;
        image/svg+xml svg;
    }}
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    {http}
    server {{
        listen 127.0.0.1:{port} reuseport{tls};
        server_name localhost;
        root {root};
        {certificate}
        {server}
    }}
}}
"""

LISTENS = r"getrlimit\(RLIMIT_NOFILE\)"
"""nginx notes this limit when its sockets listen, and before it serves."""


@dataclass(frozen=True)
class Nginx:
    """A running nginx: ``url`` names 127.0.0.1, with a slash at its end."""

    process: Running
    scheme: str
    port: int

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"


@contextlib.contextmanager
def serving(
    home: Path, root: Path, *, server: str = "", http: str = "", cert: Path | None = None, key: Path | None = None
) -> Iterator[Nginx]:
    """nginx serving ``root`` while the block runs.

    ``home`` is an empty folder for its own files. ``server`` and ``http`` are more lines for those two blocks
    of its configuration. With ``cert`` and ``key`` it speaks TLS alone.
    """
    program = need("nginx")
    certificate = f"ssl_certificate {cert}; ssl_certificate_key {key};" if cert and key else ""
    with held_tcp_port() as port:
        tls = " ssl" if certificate else ""
        text = CONFIGURATION.format(
            home=home, root=root, port=port, tls=tls, certificate=certificate, http=http, server=server
        )
        configuration = home / "nginx.conf"
        configuration.write_text(text, "utf-8")
        arguments = [program, "-p", home, "-e", "stderr", "-c", configuration]
        with running(arguments, home) as process:
            process.wait_for_line(LISTENS, output="stderr")
            yield Nginx(process, "https" if certificate else "http", port)
