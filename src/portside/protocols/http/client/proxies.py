"""Which proxy leads to a URL, as the environment says it: ``http_proxy``, ``https_proxy``, ``all_proxy``, ``no_proxy``.

The names are read in lower case first, then in upper case; ``HTTP_PROXY`` in upper case is never read, since a CGI
program finds there what its visitor has sent as a field ``Proxy`` (CVE-2016-5385).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from portside.errors import UsageError
from portside.protocols.http.client.urls import DEFAULT_PORTS, Url, parse_url

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Exemption:
    """One entry of ``no_proxy``: a name and what lies below it, or a network; with a port, that port alone."""

    name: str = ""
    network: Network | None = None
    port: int = 0

    def covers(self, url: Url) -> bool:
        """Whether ``url`` is reached without a proxy."""
        if self.port and self.port != url.port:
            return False
        if self.name == "*":
            return True
        if self.network is not None:
            return _lies_in(url.host, self.network)
        host = url.host.rstrip(".")
        return host == self.name or host.endswith("." + self.name)


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies for each scheme, and who is reached without one."""

    by_scheme: Mapping[str, Url] = field(default_factory=dict)
    exceptions: tuple[Exemption, ...] = ()

    def for_url(self, url: Url) -> Url | None:
        """The proxy that leads to ``url``, or None."""
        proxy = self.by_scheme.get(url.scheme)
        if proxy is None or any(one.covers(url) for one in self.exceptions):
            return None
        return proxy


NO_PROXIES = Proxies()


def proxies_of(environment: Mapping[str, str]) -> Proxies:
    """The proxies that ``environment`` names. Raises ``UsageError`` for one that is no URL of a web proxy."""
    by_scheme: dict[str, Url] = {}
    for scheme in DEFAULT_PORTS:
        found = _lookup(environment, f"{scheme}_proxy") or _lookup(environment, "all_proxy")
        if found is not None:
            by_scheme[scheme] = _proxy(*found)
    _, listed = _lookup(environment, "no_proxy") or ("", "")
    entries = listed.replace(",", " ").split()
    return Proxies(by_scheme, tuple(one for entry in entries if (one := _exception(entry)) is not None))


def _lookup(environment: Mapping[str, str], name: str) -> tuple[str, str] | None:
    if name in environment:
        return (name, environment[name]) if environment[name] else None
    if name == "http_proxy":
        return None
    value = environment.get(name.upper(), "")
    return (name.upper(), value) if value else None


def _proxy(name: str, value: str) -> Url:
    try:
        return parse_url(value)
    except UsageError as error:
        raise UsageError(f"the proxy in {name} cannot be used: {error}") from None


def _exception(entry: str) -> Exemption | None:
    """``name``, ``.name``, ``*.name``, ``address``, ``network/bits``, each with ``:port`` or without; ``*`` is all."""
    host, port = _split_port(entry.lower())
    try:
        return Exemption(network=ip_network(host.strip("[]"), strict=False), port=port)
    except ValueError:
        name = host if host == "*" else host.removeprefix("*").strip(".")
        return Exemption(name=name, port=port) if name else None


def _split_port(entry: str) -> tuple[str, int]:
    host, colon, port = entry.rpartition(":")
    if colon and port.isascii() and port.isdigit() and (":" not in host or host.endswith("]")):
        return host, int(port[:6])
    return entry, 0


def _lies_in(host: str, network: Network) -> bool:
    try:
        return ip_address(host.partition("%")[0]) in network
    except ValueError:
        return False
