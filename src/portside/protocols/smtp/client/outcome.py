"""What became of a message: for each recipient the last word about it, and whose word that was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portside.errors import LoginFailed, PortsideError, RemoteError, TlsError, TransportError
from portside.interfaces import Tls
from portside.mail.envelope import Recipient
from portside.mail.resolving import NoSuchName
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Stage


@dataclass(frozen=True, slots=True)
class Server:
    """Who has answered. ``host`` is whom we asked for, ``name`` what it calls itself, ``tls`` how it was spoken to.

    ``dsn``: it takes on what a recipient's ``notify`` asks (RFC 3461); without it, whoever has handed the message to it
    tells the sender "relayed". ``user``: as whom we had logged in.
    """

    host: str
    port: int
    name: str = ""
    tls: Tls | None = None
    dsn: bool = False
    user: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one recipient.

    ``reply`` is the server's last word, or ours where we did not even offer it (``Stage.OURS``, ``Stage.ROUTE``); None
    where nobody had one, and ``error`` tells what happened instead. ``unsure``: the answer to the content was cut off,
    so that the message may be there, or not (RFC 1047).
    """

    recipient: Recipient
    stage: Stage
    reply: Reply | None = None
    error: PortsideError | None = None
    server: Server | None = None
    unsure: bool = False

    @property
    def delivered(self) -> bool:
        """The server has taken it on."""
        return self.stage is Stage.CONTENT and self.reply is not None and self.reply.is_good

    @property
    def passing(self) -> bool:
        """Not delivered, but another attempt, later, may succeed: 4yz, nobody was reached, or a server spoke nonsense.

        The last says nothing of the message, and the server may be mended.
        """
        if self.reply is not None:
            return self.reply.is_passing
        return isinstance(self.error, TransportError | RemoteError) and not isinstance(self.error, NoSuchName)

    @property
    def failed(self) -> bool:
        """Not delivered, for good."""
        return not self.delivered and not self.passing

    @property
    def text(self) -> str:
        """The last word in one line, for a person."""
        return str(self.reply) if self.reply is not None else str(self.error or "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: one result for each recipient, in the order of the envelope."""

    results: tuple[Result, ...]

    @property
    def delivered(self) -> bool:
        """Every recipient's server has taken it on."""
        return all(result.delivered for result in self.results)

    @property
    def refused(self) -> tuple[Result, ...]:
        """Those who did not get it, or may not have."""
        return tuple(result for result in self.results if not result.delivered)

    @property
    def certain(self) -> bool:
        """Whether it is known of everybody: False where an answer was cut off (``Result.unsure``)."""
        return not any(result.unsure for result in self.results)

    def check(self) -> Outcome:
        """This outcome, if it is a delivery to everybody. Raises ``RemoteError``, or what kept us from the server."""
        refused = self.refused
        if not refused:
            return self
        raise error_of(refused)


def error_of(refused: Iterable[Result]) -> PortsideError:
    """The one error for those results: what kept us from the server, else the first refusal."""
    first, *others = refused
    for result in (first, *others):
        if isinstance(result.error, TlsError | LoginFailed):
            return result.error
    if first.reply is None and first.error is not None:
        return first.error
    more = f", and {len(others)} more" if others else ""
    code = first.reply.code if first.reply is not None else 0
    return RemoteError(f"{first.recipient.address} was refused: {first.text}{more}", code)
