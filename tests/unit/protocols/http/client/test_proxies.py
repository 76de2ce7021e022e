"""Which proxy leads where, by the environment."""

from __future__ import annotations

import pytest

from portside.errors import UsageError
from portside.protocols.http.client.proxies import proxies_of
from portside.protocols.http.client.urls import parse_url


def leads(environment: dict[str, str], url: str) -> str | None:
    proxy = proxies_of(environment).for_url(parse_url(url))
    return None if proxy is None else str(proxy)


CASES = [
    ({}, "http://a/", None),
    ({"http_proxy": "http://p:3128"}, "http://a/", "http://p:3128/"),
    ({"http_proxy": "p:3128"}, "http://a/", "http://p:3128/"),
    ({"http_proxy": "http://p"}, "https://a/", None),
    ({"https_proxy": "http://p:1"}, "https://a/", "http://p:1/"),
    ({"HTTPS_PROXY": "http://p:1"}, "https://a/", "http://p:1/"),
    ({"HTTP_PROXY": "http://evil"}, "http://a/", None),
    ({"all_proxy": "http://p:1"}, "http://a/", "http://p:1/"),
    ({"ALL_PROXY": "http://p:1"}, "https://a/", "http://p:1/"),
    ({"all_proxy": "http://p:1", "http_proxy": "http://q:1"}, "http://a/", "http://q:1/"),
    ({"https_proxy": "https://p:1"}, "https://a/", "https://p:1/"),
    ({"http_proxy": ""}, "http://a/", None),
    ({"https_proxy": "", "HTTPS_PROXY": "http://p:1"}, "https://a/", None),
]


@pytest.mark.parametrize(("environment", "url", "proxy"), CASES)
def test_the_environment_names_the_proxy(environment: dict[str, str], url: str, proxy: str | None) -> None:
    assert leads(environment, url) == proxy


EXEMPT = [
    ("*", "http://a/", True),
    ("a", "http://a/", True),
    ("a", "http://b/", False),
    ("A.Test", "http://a.test/", True),
    ("a.test", "http://x.a.test/", True),
    (".a.test", "http://x.a.test/", True),
    (".a.test", "http://a.test/", True),
    ("*.a.test", "http://x.a.test/", True),
    ("a.test", "http://ba.test/", False),
    ("a.test:81", "http://a.test:81/", True),
    ("a.test:81", "http://a.test/", False),
    ("b, a", "http://a/", True),
    ("b a", "http://a/", True),
    ("127.0.0.1", "http://127.0.0.1:99/", True),
    ("127.0.0.0/8", "http://127.9.9.9/", True),
    ("10.0.0.0/8", "http://127.0.0.1/", False),
    ("10.0.0.0/8", "http://a/", False),
    ("::1", "http://[::1]/", True),
    ("[::1]:80", "http://[::1]/", True),
    ("[::1]:81", "http://[::1]/", False),
    ("fe80::/10", "http://[fe80::1]/", True),
    ("", "http://a/", False),
    (",,", "http://a/", False),
]


@pytest.mark.parametrize(("no_proxy", "url", "exempt"), EXEMPT)
def test_no_proxy_exempts_hosts_networks_and_ports(no_proxy: str, url: str, exempt: bool) -> None:
    assert (leads({"http_proxy": "http://p:1", "no_proxy": no_proxy}, url) is None) is exempt


@pytest.mark.parametrize("value", ["socks5://p:1", "http://", "p:x", "http://p\n"[:-1] + " q"])
def test_a_proxy_that_cannot_be_used_is_named(value: str) -> None:
    with pytest.raises(UsageError, match="http_proxy"):
        proxies_of({"http_proxy": value})


def test_a_password_of_a_proxy_is_not_shown() -> None:
    proxies = proxies_of({"http_proxy": "http://u:secret@p:1"})
    assert "secret" not in repr(proxies)
