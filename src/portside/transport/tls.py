"""TLS over any stream (RFC 8446, RFC 5246), by ``SSLContext.wrap_bio``.

asyncio's own TLS hides two things that are needed here: the bytes below TLS, and the session, which a second
connection resumes (FTPS). So the TLS engine sits between two streams' faces: towards the wire it is a receiver,
towards the conversation a stream.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import BinaryIO

from portside.errors import ConnectionLost, TimedOut, TlsError, TransportError
from portside.interfaces import Buffer, Door, Receiver, Stream, Tls
from portside.transport.outbox import Outbox
from portside.transport.tcp import HIGH_WATER
from portside.transport.trust import explain_failure

HANDSHAKE_TIMEOUT = 15.0
"""Seconds for a whole handshake: two round trips of the slowest network that people still use."""
ALERT_LINGER = 1.0
"""Seconds that the other side has to read why its handshake failed."""
RECORDS_AT_ONCE = 256 * 1024
"""Bytes of plaintext encrypted or decrypted in one go."""


class TlsStream:
    """TLS on top of ``below``, as a ``Stream``. Made by ``secure``; a handshake comes first."""

    def __init__(
        self,
        below: Stream,
        context: ssl.SSLContext,
        *,
        server_side: bool = False,
        server_name: str | None = None,
        session: ssl.SSLSession | None = None,
        speaks_only: bool = False,
    ) -> None:
        """``speaks_only``: nothing is wanted of the other side, so it may end in any manner (FTP's downloads)."""
        self._below = below
        self._speaks_only = speaks_only
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_name, session=session
        )
        self._asked_name = server_name
        self._receiver: Receiver | None = None
        self._outbox = Outbox(below, self._encrypt)
        self._secured: Callable[[TransportError | None], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._paused = True
        self._ended = False
        self._finishing: float | None = None
        self.door: Door = below.door

    @property
    def pending(self) -> int:
        return self._below.pending + self._outbox.waiting

    @property
    def session(self) -> ssl.SSLSession | None:
        """What a later connection can resume; with TLS 1.3 it comes only after something was read."""
        return self._tls.session

    @property
    def certificate(self) -> bytes:
        """The other side's certificate (DER), b"" where it showed none; whether it is believed is another question."""
        return self._tls.getpeercert(binary_form=True) or b""

    # ---------------------------------------------------------------------------------------- handshake

    def handshake(self, secured: Callable[[TransportError | None], None]) -> None:
        """Begin; ``secured`` is called once, with the error or None."""
        self._secured = secured
        self._timer = asyncio.get_running_loop().call_later(HANDSHAKE_TIMEOUT, self._too_slow)
        self._below.start(self)
        self._shake()

    def _shake(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except (ssl.SSLError, ssl.CertificateError) as error:
            self._flush()  # the alert that tells them why
            self._give_up(explain_failure(error, self._name()))
        else:
            self._flush()
            self.door = Door(self._below.door.local, self._below.door.remote, self._facts())
            self._below.pause()  # nobody listens until ``start``
            self._conclude(None)

    def _facts(self) -> Tls:
        tls = self._tls
        return Tls(
            version=tls.version() or "",
            cipher=(tls.cipher() or ("",))[0],
            alpn=tls.selected_alpn_protocol(),
            server_name=self._asked_name,
            resumed=bool(tls.session_reused),
        )

    def _name(self) -> str:
        return self._asked_name or str(self._below.door.remote)

    def _too_slow(self) -> None:
        self._conclude(TimedOut(f"the TLS handshake with {self._name()} took longer than {HANDSHAKE_TIMEOUT:g} s"))
        self.abort()

    def _give_up(self, error: TransportError) -> None:
        if self._secured is not None:
            self._conclude(error)
            self._finishing = ALERT_LINGER
            self._below.finish(ALERT_LINGER)

    def _conclude(self, error: TransportError | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        secured, self._secured = self._secured, None
        if secured is not None:
            secured(error)

    # ------------------------------------------------------------------------------------------ reading

    def start(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._paused = False
        self._below.resume()
        # what came behind the handshake in the same segment must not wait for the next one
        asyncio.get_running_loop().call_soon(self._decrypt)

    def pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._below.pause()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self._below.resume()
            asyncio.get_running_loop().call_soon(self._decrypt)

    def received(self, data: bytes) -> None:
        if self._finishing is not None:
            return  # after our goodbye nobody listens
        self._incoming.write(data)
        if self._secured is not None:
            self._shake()
        elif self._receiver is not None:
            self._decrypt()

    def _decrypt(self) -> None:
        while not self._paused and not self._ended and self._receiver is not None:
            try:
                data = self._tls.read(RECORDS_AT_ONCE)
            except ssl.SSLWantReadError:
                break
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError) as error:
                self._end(clean=isinstance(error, ssl.SSLZeroReturnError))
                return
            except ssl.SSLError as error:
                self._break(explain_failure(error, self._name()))
                return
            if not data:
                self._end(clean=True)
                return
            self._receiver.received(data)
        self._flush()  # key updates and answers to alerts

    def _end(self, clean: bool) -> None:
        self._ended = True
        if self._receiver is None:
            return
        if clean:
            self._receiver.ended()
        else:
            self._break(ConnectionLost(f"{self._name()} cut the connection off without the end that TLS asks for"))

    def _break(self, error: TransportError) -> None:
        receiver, self._receiver = self._receiver, None
        self._flush()
        self._below.abort()
        if receiver is not None:
            receiver.lost(error)

    def ended(self) -> None:
        if self._speaks_only and self._secured is None:
            self._end(clean=True)  # OpenSSL is not told: it would speak no more
            return
        self._incoming.write_eof()
        if self._secured is not None:
            self._give_up(TlsError(f"{self._name()} closed the connection during the TLS handshake"))
        else:
            self._decrypt()

    def lost(self, error: TransportError | None) -> None:
        if self._secured is not None:
            self._conclude(error or TlsError(f"{self._name()} closed the connection during the TLS handshake"))
        self._outbox.clear()
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.lost(error)

    # ------------------------------------------------------------------------------------------ writing

    def write(self, data: Buffer) -> None:
        if self._finishing is None:
            self._outbox.put(data)

    def write_urgent(self, data: Buffer) -> None:
        self.write(data)  # TLS knows no urgency: a record is taken whole or not at all

    def mind_urgent(self, coming: Callable[[], object]) -> None:
        """There is none."""

    def write_file(self, file: BinaryIO, offset: int, count: int) -> None:
        if self._finishing is None:
            self._outbox.put_file(file, offset, count)
        else:
            file.close()

    def _encrypt(self, data: Buffer) -> None:
        try:
            if len(data):
                self._tls.write(data)
        except ssl.SSLError as error:
            asyncio.get_running_loop().call_soon(self._break, explain_failure(error, self._name()))
            return
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._below.write(self._outgoing.read())

    def drained(self) -> None:
        self._outbox.pump()
        if self._finishing is not None and not self._outbox:
            self._say_goodbye()
        # Above the high-water mark the stream below tells once more; between the marks it would not.
        if self._receiver is not None and self.pending <= HIGH_WATER:
            self._receiver.drained()

    # ------------------------------------------------------------------------------------------ closing

    def finish(self, linger: float = 0.0) -> None:
        if self._finishing is None:
            self._finishing = linger
            if not self._outbox:
                self._say_goodbye()

    def _say_goodbye(self) -> None:
        with contextlib.suppress(ssl.SSLError):  # their goodbye has not come, or never will: ours is on its way
            self._tls.unwrap()
        self._flush()
        self._below.finish(self._finishing or 0.0)

    def abort(self) -> None:
        self._finishing = 0.0
        self._outbox.clear()
        self._below.abort()


async def secure(
    below: Stream, context: ssl.SSLContext, *, server_name: str, session: ssl.SSLSession | None = None
) -> TlsStream:
    """The client's side of TLS on ``below``, after its handshake. Raises ``TlsError`` and ``CertificateError``."""
    stream = TlsStream(below, context, server_name=server_name, session=session)
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def secured(error: TransportError | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    stream.handshake(secured)
    try:
        await done
    except BaseException:
        stream.abort()
        raise
    return stream
