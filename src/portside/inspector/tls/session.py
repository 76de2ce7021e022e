"""The state of one TLS session as its handshake tells it: which cipher is in force in each direction."""

from __future__ import annotations

from portside.inspector.tls import hellos
from portside.inspector.tls.keys import MASTER, KeyLog
from portside.inspector.tls.names import (
    CLIENT_HELLO,
    ENCRYPTED_EXTENSIONS,
    END_OF_EARLY_DATA,
    FINISHED,
    HELLO_RETRY,
    KEY_UPDATE,
    SERVER_HELLO,
)
from portside.inspector.tls.opening import Opener, Opener13, fits, next_secret, openers12
from portside.inspector.tls.suites import SUITES, Suite
from portside.interfaces import Role

TLS12, TLS13 = 0x0303, 0x0304
TOLD = (CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS)
"""Handshake messages whose content decides about what follows."""
MASTER_SIZE = 48
_PREFIX = {Role.CLIENT: "CLIENT_", Role.SERVER: "SERVER_"}
EARLY, HANDSHAKES, APPLICATION = range(3)
"""The epochs of TLS 1.3; each Key Update begins one more."""


class Session:
    """What both directions share. ``told`` is called with every handshake message as soon as it is known."""

    def __init__(self, keys: KeyLog) -> None:
        self._keys = keys
        self._client_random = b""
        self._offered: list[int] = []
        self._suite: Suite | None = None
        self._openers: dict[tuple[Role, int], Opener | None] = {}
        self._secrets: dict[tuple[Role, int], bytes] = {}
        self._next12: dict[Role, Opener] = {}
        self.epochs = {Role.CLIENT: EARLY, Role.SERVER: HANDSHAKES}
        self.version = 0
        self.suite = 0
        self.server_name = ""
        self.alpn = ""

    @property
    def keyed(self) -> bool:
        """Whether anything may be decrypted."""
        return self._keys.knows(self._client_random)

    # ----------------------------------------------------------------------------------------- listening

    def told(self, role: Role, kind: int, body: bytes) -> None:
        """``role`` has said a whole handshake message; ``body`` is empty for those that decide nothing."""
        if kind == CLIENT_HELLO and len(body) > 34:
            self._client_hello(body)
        elif kind == SERVER_HELLO and len(body) > 34:
            self._server_hello(body)
        elif kind == ENCRYPTED_EXTENSIONS:
            found = {number: body[start:stop] for number, _, start, stop in hellos.extensions(body, 0)}
            self.alpn = next(iter(hellos.protocols(found.get(hellos.ALPN, b""))), "")
        elif self.version == TLS13:
            if kind == FINISHED and self.epochs[role] == HANDSHAKES:
                self.epochs[role] = APPLICATION
            elif kind == END_OF_EARLY_DATA and self.epochs[role] == EARLY:
                self.epochs[role] = HANDSHAKES
            elif kind == KEY_UPDATE and self.epochs[role] >= APPLICATION:
                self.epochs[role] += 1

    def _client_hello(self, body: bytes) -> None:
        self._client_random = body[2:34]
        self._offered = hellos.client_suites(body)
        found = hellos.client_extensions(body)
        self.server_name = hellos.server_name(found.get(hellos.SERVER_NAME, b"")) or self.server_name

    def _server_hello(self, body: bytes) -> None:
        random = body[2:34]
        found = hellos.server_extensions(body)
        self.version = hellos.server_version(body, found)
        self.suite = hellos.server_suite(body)
        if random == HELLO_RETRY:
            return
        self._suite = SUITES.get(self.suite)
        self.alpn = next(iter(hellos.protocols(found.get(hellos.ALPN, b""))), "")
        self._openers.clear()
        master = self._keys.find(self._client_random, MASTER)
        if self.version == TLS12 and self._suite is not None and master is not None and len(master) == MASTER_SIZE:
            then_mac = hellos.ENCRYPT_THEN_MAC in found
            client, server = openers12(self._suite, master, self._client_random, random, then_mac)
            self._next12 = {Role.CLIENT: client, Role.SERVER: server}

    # ------------------------------------------------------------------------------------------- ciphers

    def changed12(self, role: Role) -> Opener | None:
        """``role`` has sent Change Cipher Spec in TLS 1.2: the cipher that is in force from here on."""
        return self._next12.pop(role, None)

    def opener13(self, role: Role, epoch: int) -> Opener | None:
        """The cipher of an epoch of TLS 1.3; None where its secret is not known."""
        key = (role, epoch)
        opener = self._openers.get(key)
        if opener is None:
            secret = self._secret(role, epoch)
            suite = self._suite or (self._early_suite(secret) if epoch == EARLY else None)
            if secret is not None and suite is not None and fits(secret, suite):
                opener = self._openers[key] = Opener13(secret, suite)
        return opener

    def _secret(self, role: Role, epoch: int) -> bytes | None:
        if epoch > APPLICATION:
            known = self._secrets.get((role, epoch))
            if known is None and self._suite is not None:
                before = self._secret(role, epoch - 1)
                known = None if before is None else next_secret(before, self._suite)
                if known is not None:
                    self._secrets[role, epoch] = known
                    self._secrets.pop((role, epoch - 2), None)
            return known
        name = ("EARLY_TRAFFIC_SECRET", "HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0")[epoch]
        return self._keys.find(self._client_random, _PREFIX[role] + name)

    def _early_suite(self, secret: bytes | None) -> Suite | None:
        """Early data come before the choice: what is offered first and fits."""
        offered = (SUITES.get(number) for number in self._offered if number >> 8 == 0x13)
        return next((suite for suite in offered if suite is not None and secret and fits(secret, suite)), None)
