"""A client's way to the other side: connect, and secure the stream where TLS is asked for."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portside.errors import PortsideError, TimedOut
from portside.interfaces import Address, Role, Stream, Tap
from portside.syntax.hosts import is_loopback
from portside.transport.connect import CONNECT_TIMEOUT, connect
from portside.transport.tapped import TappedStream
from portside.transport.tls import TlsStream, secure
from portside.transport.trust import client_context


@dataclass(frozen=True, slots=True)
class ClientTls:
    """How a client wants TLS: whom it trusts, and which protocols it offers (ALPN).

    The local CA is trusted by itself where the address that was really connected to is loopback.
    """

    verify: bool = True
    cafile: Path | None = None
    local_ca: bool = False
    alpn: tuple[str, ...] = ()

    def context(self, *, near: bool = False, tap: Tap | None = None) -> ssl.SSLContext:
        """The context of connections whose TLS peer is on loopback (``near``), or anywhere.

        A session can be resumed only within the context that it was made in. ``tap`` is the one that watches the stream
        below: it may want the keys. Raises ``UsageError`` and ``TlsError``.
        """
        key_log = None if tap is None else tap.key_log
        context = client_context(
            verify=self.verify,
            cafile=self.cafile,
            local_ca=self.local_ca or near,
            alpn=self.alpn,
            shared=key_log is None,
        )
        if key_log is not None:
            context.keylog_filename = key_log
        return context


async def dial(
    address: Address,
    tls: ClientTls | None = None,
    *,
    server_name: str | None = None,
    tap: Tap | None = None,
    timeout: float = CONNECT_TIMEOUT,
    source: str = "",
    known: Sequence[str] = (),
    second: bool = False,
) -> Stream:
    """A stream to ``address``, secured where ``tls`` is given.

    ``server_name`` is the name that the certificate must prove (``address.host`` by itself; localhost for a Unix
    socket, which is always near); ``source`` is the address of ours to come from ("": any); ``known`` are the numeric
    addresses of ``address.host``, where they are known already; ``tap`` hears of a ``second`` stream as of one. Raises
    ``ResolveError``, ``ConnectError``, ``TlsError``, ``CertificateError``, or ``TimedOut`` after ``timeout`` s.
    """
    deadline = asyncio.get_running_loop().time() + timeout
    below: Stream = await connect(address, timeout=timeout, source=source, known=known)
    if tap is not None:
        below = TappedStream(below, tap, Role.CLIENT, second=second)
    if tls is None:
        return below
    near = bool(address.path) or is_loopback(below.door.remote.host)
    try:
        async with asyncio.timeout_at(deadline):
            return await upgrade(below, tls, server_name or address.host or "localhost", near=near, tap=tap)
    except TimeoutError:
        raise TimedOut(f"{address} did not finish the TLS handshake within {timeout:g} s") from None


async def upgrade(
    below: Stream,
    tls: ClientTls,
    server_name: str,
    *,
    near: bool = False,
    session: ssl.SSLSession | None = None,
    tap: Tap | None = None,
) -> TlsStream:
    """TLS on a stream that is open already (after CONNECT or STARTTLS). Raises as ``dial`` does.

    ``near`` says that the TLS peer itself is on loopback, so that the local CA is trusted; a proxy's address
    says nothing about whom it connects us to. ``tap`` is the one that watches ``below``: it may want the keys.
    """
    try:
        context = tls.context(near=near, tap=tap)
    except PortsideError:
        below.abort()
        raise
    return await secure(below, context, server_name=server_name, session=session)
