"""What the queue tells of a message, and what becomes of it in one try."""

from __future__ import annotations

from dataclasses import dataclass

from portside.apps.outbox.states import OPEN, Event, State
from portside.mail.envelope import Envelope, Recipient
from portside.mail.report import Action


@dataclass(frozen=True, slots=True)
class QueuedRecipient:
    """One recipient of a queued message.

    ``destination`` is whom it is sent to next: a relay's URL, or a domain whose exchangers the DNS names. ``due`` is
    when (seconds since 1970), ``changed`` when something last happened. ``said``, ``status`` (RFC 3463) and ``server``
    are of the last try, "" before the first. ``owed`` is what the sender has not been told yet.
    """

    number: int
    recipient: Recipient
    destination: str
    state: State
    due: float
    attempts: int
    said: str
    status: str
    server: str
    changed: float
    owed: Action | None = None


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """One message: its envelope (with every recipient), octets of its content, and since when it waits.

    ``relay`` is the URL of the server that it goes through, "" where each domain's own exchangers get it.
    """

    id: str
    envelope: Envelope
    size: int
    born: float
    relay: str
    recipients: tuple[QueuedRecipient, ...]

    @property
    def is_open(self) -> bool:
        """Whether something is still to become of a recipient."""
        return any(each.state in OPEN for each in self.recipients)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a recipient's history."""

    at: float
    address: str
    said: str


@dataclass(frozen=True, slots=True)
class Job:
    """One try: a message, with those of its recipients who are due at one destination; ``numbers`` go with them."""

    id: str
    destination: str
    relay: str
    envelope: Envelope
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What one try has come to for one recipient.

    ``event`` is ACCEPTED, REFUSED or PUT_OFF. ``said`` is the reply, or what happened instead, in one line. ``sure``:
    it is certain that nothing was delivered, where it was not accepted. ``passes_on``: the server tells the sender
    itself what becomes of it (DSN, RFC 3461). ``soon``: no fault, so the next try need not wait.
    """

    number: int
    event: Event
    said: str
    status: str = ""
    server: str = ""
    sure: bool = True
    passes_on: bool = False
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What a job has come to. ``down`` says, "" if it is not, why its whole destination cannot be reached now."""

    job: Job
    fates: tuple[Fate, ...]
    down: str = ""
