"""Datagrams over UDP sockets (RFC 768)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Container
from contextlib import ExitStack

from portside.interfaces import Address, Buffer, DatagramReceiver, Datagrams, Door, Role, Tap
from portside.transport.connect import connect_error, resolve
from portside.transport.tapped import TappedDatagrams
from portside.transport.tcp import address_of

LARGEST_DATAGRAM = 65507
"""Bytes that one datagram carries over IPv4: 65,535 less the IP and the UDP header."""
DATAGRAMS_AT_ONCE = 64
"""Datagrams read before anybody else gets a turn."""
RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes asked of the kernel for datagrams that wait for us; it grants what its own limit allows."""

_log = logging.getLogger("portside.transport")


class SocketDatagrams:
    """A bound or connected, non-blocking UDP socket as ``Datagrams``."""

    def __init__(self, sock: socket.socket) -> None:
        """``sock`` is bound or connected; this object owns it from now on."""
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._receiver: DatagramReceiver | None = None
        self._open = True
        self._remote = self._connected_to()
        self.door = Door(address_of(sock.getsockname()), self._remote or Address("", 0))

    def _connected_to(self) -> Address | None:
        try:
            return address_of(self._sock.getpeername())
        except OSError:
            return None

    def start(self, receiver: DatagramReceiver) -> None:
        self._receiver = receiver
        self._loop.add_reader(self._sock.fileno(), self._readable)

    def _readable(self) -> None:
        for _ in range(DATAGRAMS_AT_ONCE):
            if not self._open:
                return
            try:
                data, name = self._sock.recvfrom(65535)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._refused(error)
                return
            self._receiver.datagram(data, address_of(name))  # type: ignore[union-attr]

    def _refused(self, error: OSError) -> None:
        """A connected socket hears that nobody listens there (ICMP); an unconnected one has others to serve."""
        if self._remote is not None and self._receiver is not None:
            self._receiver.lost(connect_error(self._remote, error))

    def send(self, data: Buffer, to: Address | None = None) -> None:
        if not self._open:
            return
        try:
            if to is None:
                self._sock.send(data)
            else:
                self._sock.sendto(data, (to.host, to.port))
        except (BlockingIOError, InterruptedError):
            _log.warning("a datagram to %s was dropped: the network is slower than we are", to or self._remote)
        except OSError as error:
            if to is None:
                self._loop.call_soon(self._refused, error)
            else:
                _log.warning("a datagram to %s was dropped: %s", to, error.strerror)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()
            receiver, self._receiver = self._receiver, None
            if receiver is not None:
                self._loop.call_soon(receiver.lost, None)


async def dial_datagrams(address: Address, *, tap: Tap | None = None, avoid: Container[int] = ()) -> Datagrams:
    """A UDP socket of a local port of its own, none of ``avoid`` while there is another, that hears ``address`` alone.

    Raises ``TransportError``.
    """
    target = (await resolve(address, socket.SOCK_DGRAM))[0]
    try:
        datagrams = SocketDatagrams(_connected(target, avoid))
    except OSError as error:
        raise connect_error(address, error) from error
    return datagrams if tap is None else TappedDatagrams(datagrams, tap, Role.CLIENT)


def _connected(target: Address, avoid: Container[int]) -> socket.socket:
    """What got a port to be avoided stays open until another one is there: the kernel gives no port twice.

    Where it has no other one to give, one of those has to do.
    """
    family = socket.AF_INET6 if ":" in target.host else socket.AF_INET
    with ExitStack() as others:
        held: socket.socket | None = None
        while True:
            sock = others.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            try:
                sock.connect((target.host, target.port))
            except OSError:
                if held is None:
                    raise
                return socket.socket(fileno=held.detach())
            if sock.getsockname()[1] not in avoid:
                return socket.socket(fileno=sock.detach())
            held = sock
