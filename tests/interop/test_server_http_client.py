"""Python's ``http.client`` against our server: one connection that is used again and again, whatever was asked."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import quote

import pytest

from portside.transport.authority.local import authorities
from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder, digest

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]
WAIT = 20.0


def connect(server: Served) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(*server.address, timeout=WAIT)


def ask(
    connection: http.client.HTTPConnection, method: str, target: str, **more: object
) -> tuple[http.client.HTTPResponse, bytes]:
    """The answer, read to its end, so that the connection is free again."""
    connection.request(method, target, **more)  # type: ignore[arg-type]
    response = connection.getresponse()
    return response, response.read()


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def test_one_connection_serves_every_kind_of_request(served: Serve, web: WebFolder) -> None:
    with closing(connect(served(web.path, "--upload"))) as connection:
        connection.connect()
        sock = connection.sock
        for name, content in FILES.items():
            response, body = ask(connection, "GET", "/" + quote(name))
            assert (response.status, digest(body)) == (200, digest(content))
            response, body = ask(connection, "HEAD", "/" + quote(name))
            assert (response.status, response.getheader("Content-Length"), body) == (200, str(len(content)), b"")
        for method, target, status in (
            ("GET", "/folder", 301),
            ("GET", "/folder/", 200),
            ("GET", "/missing", 404),
            ("OPTIONS", "/", 204),
            ("OPTIONS", "*", 204),
            ("DELETE", "/small.txt", 405),
            ("GARDEN", "/small.txt", 501),
            ("GET", "/%zz", 400),
        ):
            response, body = ask(connection, method, target)
            assert (target, response.status) == (target, status)
        assert connection.sock is sock  # it would be None had the server closed


def test_a_body_that_nobody_wants_does_not_cost_the_connection(served: Serve, web: WebFolder) -> None:
    with closing(connect(served(web.path))) as connection:
        connection.connect()
        sock = connection.sock
        response, _ = ask(connection, "POST", "/small.txt", body=b"x" * 10_000)
        assert response.status == 405
        response, body = ask(connection, "GET", "/small.txt")
        assert digest(body) == digest(FILES["small.txt"])
        assert connection.sock is sock


@pytest.mark.parametrize("size", [1, 7, 4096, 100_000])
def test_chunks_of_any_size_make_the_same_file(served: Serve, web: WebFolder, size: int) -> None:
    content = FILES["large.bin"][: 200 * size] if size < 1000 else FILES["large.bin"]
    with closing(connect(served(web.path, "--upload"))) as connection:
        headers = {"Transfer-Encoding": "chunked"}
        response, _ = ask(
            connection, "PUT", "/sent.bin", body=pieces(content, size), headers=headers, encode_chunked=True
        )
        assert response.status == 201
        assert digest(web.read("sent.bin")) == digest(content)
        response, body = ask(connection, "GET", "/sent.bin")
        assert digest(body) == digest(content)


def test_a_listing_is_read_by_programs_as_json(served: Serve, web: WebFolder) -> None:
    with closing(connect(served(web.path))) as connection:
        response, body = ask(connection, "GET", "/folder/", headers={"Accept": "application/json"})
    entries = {entry["href"]: entry["size"] for entry in json.loads(body)["entries"]}
    assert response.getheader("Content-Type") == "application/json"
    assert entries == {"./deeper/": None, "./a.txt": 10, "./b.bin": 70_000}


def test_http_1_0_closes_after_an_answer_unless_it_asks_to_be_kept(served: Serve, web: WebFolder) -> None:
    server = served(web.path)
    with closing(connect(server)) as connection:
        connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]
        response, body = ask(connection, "GET", "/large.bin")
        assert (response.status, digest(body)) == (200, digest(FILES["large.bin"]))
        assert connection.sock is None
        response, body = ask(connection, "GET", "/small.txt", headers={"Connection": "keep-alive"})
        assert response.getheader("Connection", "").lower() == "keep-alive"
        assert connection.sock is not None


def test_over_tls(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--tls", "--upload")
    context = ssl.create_default_context(cafile=authorities()[0].path)
    with closing(http.client.HTTPSConnection("localhost", server.port, context=context, timeout=WAIT)) as connection:
        connection.connect()
        sock = connection.sock
        response, _ = ask(connection, "PUT", "/sent.bin", body=FILES["large.bin"])
        assert response.status == 201
        for name in ("large.bin", "small.txt", "sent.bin", "folder/b.bin"):
            response, body = ask(connection, "GET", "/" + name)
            assert (response.status, digest(body)) == (200, digest(web.read(name)))
        assert connection.sock is sock
