"""nginx in front of our server, as many run it: what comes through is what we have, whichever way nginx asks."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.support.commands import curl
from tests.support.nginx import Nginx
from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder, digest

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]
Proxy = Callable[..., Nginx]

ONCE = "location / {{ proxy_pass http://127.0.0.1:{port}; client_max_body_size 0; }}"
"""nginx's default: HTTP/1.0, and a connection for each request."""

KEPT = """
location / {{
    proxy_pass http://ours; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_request_buffering off; client_max_body_size 0; proxy_set_header Host localhost;
}}
"""
POOL = "upstream ours {{ server 127.0.0.1:{port}; keepalive 4; }}"

WAYS = pytest.mark.parametrize(("server", "http"), [(ONCE, ""), (KEPT, POOL)], ids=["1.0", "1.1"])


def through(nginx: Proxy, ours: Served, web: WebFolder, server: str, http: str) -> str:
    """The URL of an nginx in front of ``ours``."""
    return nginx(web.path, server=server.format(port=ours.port), http=http.format(port=ours.port)).url


@WAYS
def test_every_file_comes_through(served: Serve, nginx: Proxy, web: WebFolder, server: str, http: str) -> None:
    url = through(nginx, served(web.path), web, server, http)
    got = {name: digest(curl("--compressed", url + quote(name)).stdout) for name in FILES}
    assert got == {name: digest(content) for name, content in FILES.items()}


@WAYS
def test_parts_and_conditions_come_through(served: Serve, nginx: Proxy, web: WebFolder, server: str, http: str) -> None:
    url = through(nginx, served(web.path), web, server, http) + "large.bin"
    assert curl("-r", "1000-1999", url).stdout == FILES["large.bin"][1000:2000]
    tag = curl("-o", os.devnull, "-w", "%header{etag}", url).stdout.decode()
    assert tag.startswith('"')
    assert curl("-o", os.devnull, "-w", "%{http_code}", "-H", f"If-None-Match: {tag}", url).stdout == b"304"


@WAYS
def test_uploads_come_through(served: Serve, nginx: Proxy, web: WebFolder, server: str, http: str) -> None:
    url = through(nginx, served(web.path, "--upload"), web, server, http)
    curl("-f", "-T", "-", url + "folder/sent.bin", data=FILES["large.bin"])
    curl("-f", "-X", "PUT", "--data-binary", "@-", url + "folder/known.bin", data=FILES["large.bin"])
    for name in ("folder/sent.bin", "folder/known.bin"):
        assert digest(web.read(name)) == digest(FILES["large.bin"])


def test_a_folder_behind_another_prefix_keeps_its_links(served: Serve, nginx: Proxy, web: WebFolder) -> None:
    ours = served(web.path, "--upload")
    location = f"location /here/ {{ proxy_pass http://127.0.0.1:{ours.port}/; }}"
    url = nginx(web.path, server=location).url + "here/folder/"
    page = curl(url).stdout.decode()
    assert 'href="./a.txt"' in page
    assert 'href="/' not in page
    ended = curl("-L", "-w", "%{url_effective}", "-o", os.devnull, "-F", "file=@-;filename=new.txt", url, data=b"new")
    assert ended.stdout.decode() == f"{url}?uploaded=1"
