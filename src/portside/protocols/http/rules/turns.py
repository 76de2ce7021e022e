"""Whose turn it is on a client's connection: its own messages beside those of HTTP, and every change of state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from portside.protocols.http.messages import Data, End, Request, Response


@dataclass(frozen=True, slots=True)
class Proceed:
    """Heard: the body may be said now."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Said: whether our side waits for theirs, so that their silence counts."""

    for_them: bool


ClientMessage = Request | Response | Data | End | Proceed | Waiting


class Saying(Enum):
    """What we are doing."""

    IDLE = "idle"
    WAITING = "waiting"
    BODY = "body"
    DONE = "done"
    STOPPED = "stopped"


class Hearing(Enum):
    """What they are doing."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    DONE = "done"
    OVER = "over"


TRANSITIONS: dict[tuple[Saying | Hearing, str], Saying | Hearing] = {
    (Saying.IDLE, "request"): Saying.DONE,
    (Saying.IDLE, "request with body"): Saying.BODY,
    (Saying.IDLE, "request that expects"): Saying.WAITING,
    (Saying.WAITING, "proceed"): Saying.BODY,
    (Saying.WAITING, "refused"): Saying.STOPPED,
    (Saying.BODY, "end"): Saying.DONE,
    (Saying.BODY, "refused"): Saying.STOPPED,
    (Saying.DONE, "next"): Saying.IDLE,
    (Hearing.IDLE, "request"): Hearing.HEAD,
    (Hearing.HEAD, "interim"): Hearing.HEAD,
    (Hearing.HEAD, "answer"): Hearing.BODY,
    (Hearing.BODY, "end"): Hearing.DONE,
    (Hearing.DONE, "next"): Hearing.IDLE,
    **{(state, "broken"): Hearing.OVER for state in Hearing},
}
"""Every change of state there is. What is not here may not happen."""
