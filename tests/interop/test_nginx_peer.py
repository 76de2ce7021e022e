"""nginx itself, as the tests start it: before our client is measured by it."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import certificates
from tests.support.nginx import Nginx

pytestmark = pytest.mark.peer


def fetch(url: str, context: ssl.SSLContext | None = None) -> bytes:
    with urllib.request.urlopen(url, timeout=10, context=context) as response:
        body: bytes = response.read()
        return body


def test_it_serves_a_folder(nginx: Callable[..., Nginx], tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"over the wire")
    assert fetch(nginx(tmp_path).url + "x.txt") == b"over the wire"


def test_it_speaks_tls_with_a_given_certificate(nginx: Callable[..., Nginx], tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"under seal")
    ca = certificates.make_ca(tmp_path)
    leaf = certificates.good(tmp_path, ca)
    sealed = nginx(tmp_path, cert=leaf.cert, key=leaf.key)
    assert fetch(sealed.url + "x.txt", ssl.create_default_context(cafile=ca.cert)) == b"under seal"


def test_it_takes_more_configuration(nginx: Callable[..., Nginx], tmp_path: Path) -> None:
    assert fetch(nginx(tmp_path, server="location /here { return 200 yes; }").url + "here") == b"yes"


def test_a_mistake_in_its_configuration_is_told_in_its_words(nginx: Callable[..., Nginx], tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="bogus"):
        nginx(tmp_path, server="bogus on;")
