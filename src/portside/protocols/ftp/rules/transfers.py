"""What a server's rules do about data connections: one at a time, and one transfer over it."""

from __future__ import annotations

from portside.errors import RemoteError, TransportError
from portside.interfaces import (
    NOTHING,
    Address,
    Buffer,
    Close,
    Door,
    Heard,
    Link,
    Outputs,
    Send,
    SendFile,
    Wake,
)
from portside.protocols.ftp.messages import Data, DataEnded, Reply
from portside.protocols.ftp.rules.data import DataConnection, Stage
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.policy import Policy
from portside.protocols.ftp.rules.turns import Begin
from portside.protocols.ftp.syntax.addresses import serialise_epsv, serialise_port
from portside.protocols.ftp.syntax.lines import serialise_reply
from portside.syntax.hosts import same_host

LOWEST_PORT = 1024
"""Ports below it are those of well-known services, which nobody is to be sent to (RFC 2577 §3)."""
NOT_THERE = 504
NOT_OPENED = 425
BROKEN = 426
NOT_SECURE = 522


class Transfers:
    """The data connections of one control connection. ``running``: a transfer has begun, and its data is not over.

    ``protected``: data passes over TLS (PROT P). ``epsv_only``: EPSV ALL was said (RFC 2428 §4).
    """

    __slots__ = (
        "_data", "_door", "_greeting", "_limits", "_links", "_seen", "_short", "epsv_only", "policy", "protected",
        "running",
    )  # fmt: skip

    def __init__(self, policy: Policy, limits: ServerLimits) -> None:
        self.policy = policy
        self._limits = limits
        self._door: Door | None = None
        self._data: DataConnection | None = None
        self._links = 0
        self._greeting: Outputs = NOTHING
        self._short = False
        self._seen = 0
        self.running = False
        self.protected = False
        self.epsv_only = False

    def opened(self, door: Door | None) -> None:
        """The control connection is there."""
        self._door = door

    # ------------------------------------------------------------------------------------------ where to meet

    def wait(self, *, extended: bool) -> Outputs:
        """PASV, or EPSV: listen. ``listening`` tells the reply, ``failed`` does where there is none."""
        self._mind_epsv_all(extended)
        door = self._known_door()
        if not extended and ":" in door.local.host:
            raise RemoteError("PASV knows IPv4 only; use EPSV.", NOT_OPENED)
        self._short = not extended
        dropped = self.drop()
        self._data = data = DataConnection.awaited(self._new_link())
        return [*dropped, *data.listen(door, self.policy.passive_ports)]

    def go_to(self, address: Address) -> Outputs:
        """PORT, or EPRT: go there once a transfer begins. Raises ``RemoteError`` for a place of somebody else."""
        self._mind_epsv_all(False)
        door = self._known_door()
        if not self.policy.active:
            raise RemoteError("Data connections are opened by clients here: use EPSV or PASV.", 502)
        if not same_host(address.host, door.remote.host.partition("%")[0]):  # a zone means nothing to the other side
            raise RemoteError("Data goes only to where the control connection comes from.", NOT_THERE)
        if address.port < LOWEST_PORT:
            raise RemoteError(f"Data goes to no port below {LOWEST_PORT}.", NOT_THERE)
        dropped = self.drop()
        self._data = DataConnection.named(
            self._new_link(), Address(door.remote.host, address.port), source=door.local.host
        )
        return dropped

    def _mind_epsv_all(self, extended: bool) -> None:
        if self.epsv_only and not extended:
            raise RemoteError("EPSV ALL was said: only EPSV is taken.", 503)

    def check_family(self, wanted: str) -> None:
        """EPSV with a protocol: only that of the control connection is there. Raises ``RemoteError`` (522)."""
        family = "2" if ":" in self._known_door().local.host else "1"
        if wanted not in ("", family):
            raise RemoteError(f"Network protocol not supported, use ({family})", NOT_SECURE)

    def _known_door(self) -> Door:
        if self._door is None or self._door.local.path or not self._door.local.host:
            raise RemoteError("There is no way for a data connection here.", NOT_OPENED)
        return self._door

    def _new_link(self) -> Link:
        self._links += 1
        return Link(f"data {self._links}")

    def listening(self, link: Link, address: Address) -> Reply | None:
        """The reply to PASV or EPSV; None where it is not the last one that listens."""
        data = self._of(link)
        if data is None or self._door is None:
            return None
        data.bound()
        if not self._short:
            return Reply(229, (f"Entering Extended Passive Mode ({serialise_epsv(address.port)})",))
        place = serialise_port(self.policy.announced(self._door, address))
        return Reply(227, (f"Entering Passive Mode ({place})",))

    def _of(self, link: Link) -> DataConnection | None:
        return self._data if self._data is not None and self._data.link == link else None

    # ------------------------------------------------------------------------------------------- its beginning

    def begin(self, begin: Begin, now: float) -> Outputs:
        """A transfer wants to begin."""
        if self._data is None:
            error = RemoteError("There is no data connection: EPSV or PASV comes first.", NOT_OPENED)
            return [Heard(DataEnded(error))]
        self.running = True
        self._greeting = [Send(serialise_reply(begin.reply))]
        outputs = self._data.begin(self._greeting, inward=begin.inward, protected=self.protected)
        return [Wake("meeting", now + self._limits.meeting), *self._watched(outputs, now)]

    def _watched(self, outputs: Outputs, now: float) -> Outputs:
        """Once data may pass, it has to."""
        if self._data is None or not self._data.open:
            return outputs
        self._seen = 0
        return [Wake("meeting", None), Wake("stall", now + self._limits.stall), *outputs]

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        """A data connection is there."""
        data = self._of(link)
        if data is None:
            return [Close(link, cut=True)]
        return self._watched(data.linked(door, self._greeting), now)

    def secured(self, link: Link, door: Door, now: float) -> Outputs:
        """It is secure."""
        data = self._of(link)
        if data is None:
            return NOTHING
        if self.policy.same_session and not (door.tls is not None and door.tls.resumed):
            return self.cut(RemoteError("A data connection resumes the control connection's TLS session.", NOT_SECURE))
        return self._watched(data.ready(door), now)

    # ---------------------------------------------------------------------------------------------- its data

    def received(self, data: bytes, link: Link) -> Outputs:
        """Something came. What is said where we speak is passed over."""
        connection = self._data
        if connection is None or not connection.inward or connection.link != link or connection.stage is not Stage.OPEN:
            return NOTHING
        connection.moved += len(data)
        return [Heard(Data(data))]

    def say(self, data: Buffer) -> Outputs:
        """Say this."""
        connection = self._data
        if connection is None or connection.stage is not Stage.OPEN:
            return NOTHING
        connection.moved += len(data)
        return [Send(data, connection.link)]

    def say_file(self, file: SendFile) -> Outputs:
        """Say this part of a file; it is closed in any case."""
        if self._data is None or self._data.stage is not Stage.OPEN:
            file.file.close()
            return NOTHING
        file.to = self._data.link
        return [file]

    def finish(self) -> Outputs:
        """All is said."""
        if self._data is None or self._data.stage is not Stage.OPEN:
            return NOTHING
        return [Wake("stall", None), *self._data.finish()]  # the transport minds those who read nothing

    def look(self, now: float) -> Outputs:
        """Data has to move, be it slowly."""
        data = self._data
        if data is None or not data.inward or data.stage is not Stage.OPEN:
            return NOTHING
        if data.moved - self._seen < self._limits.least:
            return self.cut(RemoteError("The data came too slowly.", BROKEN))
        self._seen = data.moved
        return [Wake("stall", now + self._limits.stall)]

    # ----------------------------------------------------------------------------------------------- its end

    def ended(self, link: Link) -> Outputs:
        """They have finished: of what comes to us, this is the end."""
        data = self._of(link)
        if data is None or not data.inward or data.stage is not Stage.OPEN:
            return NOTHING
        return [Close(link), *self._over(None)]

    def closed(self, link: Link) -> Outputs:
        """All that we said has left."""
        return NOTHING if self._of(link) is None else self._over(None)

    def failed(self, link: Link, error: TransportError) -> Outputs:
        """It did not come about, or broke."""
        data = self._of(link)
        if data is None:
            return NOTHING
        if not data.begun:
            self._data = None
            return NOTHING
        if data.open:
            return self._over(RemoteError("The data connection broke.", BROKEN))
        if data.stage is Stage.SECURING:
            return self._over(RemoteError("The data connection could not be secured.", NOT_SECURE))
        return self._over(RemoteError("The data connection could not be opened.", NOT_OPENED))

    def cut(self, error: RemoteError) -> Outputs:
        """Enough of it, at once."""
        if self._data is None or not self.running:
            return NOTHING
        return [*self._data.cut(), *self._over(error)]

    def _over(self, error: RemoteError | None) -> Outputs:
        if self._data is not None:
            self._data.gone()
        self._data = None
        self.running = False
        return [Wake("meeting", None), Wake("stall", None), Heard(DataEnded(error))]

    def drop(self) -> Outputs:
        """Forget the data connection, whatever stage it is at; nothing is heard of it."""
        data, self._data = self._data, None
        self.running = False
        return NOTHING if data is None else data.cut()

    def meeting_is_due(self) -> Outputs:
        """The other side has had its time to come."""
        if self._data is None or self._data.open:
            return NOTHING
        return self.cut(RemoteError("No data connection came about in time.", NOT_OPENED))
