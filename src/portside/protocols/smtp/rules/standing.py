"""Where a connection stands, and how far its transaction is (RFC 5321 §3.3, §4.1.4).

The states stand in ``TRANSITIONS``; ``server`` tells what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.commands import Row, When


class State(Enum):
    """Where a connection stands."""

    CONNECTED = auto()
    GREETED = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    CHUNK = auto()
    CHUNKS = auto()
    LOGIN = auto()
    SECURING = auto()
    LEAVING = auto()
    GONE = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


class Event(Enum):
    """What moves it on."""

    GREETED = auto()
    SENDER = auto()
    RECIPIENT = auto()
    CONTENT = auto()
    CHUNK = auto()
    CHUNK_ENDED = auto()
    RESET = auto()
    LOGIN = auto()
    LOGIN_ENDED = auto()
    SECURE = auto()
    SECURED = auto()
    LEAVE = auto()
    LOST = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python, and each step asks for it


_ANYWHERE = {Event.LEAVE: State.LEAVING, Event.LOST: State.GONE}
_BETWEEN = {**_ANYWHERE, Event.GREETED: State.GREETED, Event.RESET: State.GREETED}
_IN_MAIL = {**_BETWEEN, Event.RECIPIENT: State.RCPT}

TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.CONNECTED: {**_ANYWHERE, Event.GREETED: State.GREETED, Event.RESET: State.CONNECTED},
    State.GREETED: {
        **_BETWEEN,
        Event.SENDER: State.MAIL,
        Event.LOGIN: State.LOGIN,
        Event.SECURE: State.SECURING,
    },
    State.MAIL: _IN_MAIL,
    State.RCPT: {**_IN_MAIL, Event.CONTENT: State.DATA, Event.CHUNK: State.CHUNK},
    State.DATA: {**_ANYWHERE, Event.RESET: State.GREETED},
    State.CHUNK: {**_ANYWHERE, Event.CHUNK_ENDED: State.CHUNKS, Event.RESET: State.GREETED},
    State.CHUNKS: {**_BETWEEN, Event.CHUNK: State.CHUNK},
    State.LOGIN: {**_ANYWHERE, Event.LOGIN_ENDED: State.GREETED},
    State.SECURING: {**_ANYWHERE, Event.SECURED: State.CONNECTED},
    State.LEAVING: {Event.LEAVE: State.LEAVING, Event.LOST: State.GONE},
    State.GONE: {Event.LEAVE: State.GONE, Event.LOST: State.GONE},
}


class Busy(Enum):
    """What has to be done before the next command is looked at."""

    PAUSE = auto()  # the time before our greeting
    CONNECT = auto()  # the side above thinks about who has come
    ASKED = auto()  # ... about a command
    LOGIN = auto()  # ... about a login
    CONTENT = auto()  # ... it keeps the message
    TLS = auto()
    STALL = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python


class Standing:
    """- ``state``; ``busy``: what is waited for, None while nothing is. ``name``: what the client calls itself.
    - ``extended``: by EHLO or LHLO. ``errors``: refused commands in a row. ``idle``: commands that moved nothing.
    """

    __slots__ = ("busy", "errors", "extended", "idle", "messages", "name", "state")

    def __init__(self) -> None:
        self.state = State.CONNECTED
        self.busy: Busy | None = None
        self.name = ""
        self.extended = False
        self.errors = 0
        self.idle = 0
        self.messages = 0

    @property
    def over(self) -> bool:
        """Whether nothing is heard any more."""
        return self.state is State.LEAVING or self.state is State.GONE

    @property
    def receiving(self) -> bool:
        """Whether what comes is content."""
        return self.state is State.DATA or self.state is State.CHUNK

    def move(self, event: Event) -> None:
        """This has happened."""
        self.state = TRANSITIONS[self.state][event]

    def forget(self) -> None:
        """Nobody has said who they are (RFC 3207 §4.2)."""
        self.name, self.extended = "", False

    def allow(self, row: Row) -> None:
        """Whether the command may be said now. Raises ``Refusal`` (503, 554)."""
        state = self.state
        if row.when is When.ALWAYS or state in _WHEN[row.when]:
            return
        if state is State.CONNECTED:
            raise Refusal("EHLO comes first.", 503, "5.5.1")
        if state is State.MAIL:
            if row.when is When.ADDRESSED:
                raise Refusal("No recipient was accepted.", 554, "5.5.1")
            raise Refusal(f"{row.verb} comes before MAIL; RSET forgets what was said.", 503, "5.5.1")
        if state is State.GREETED:
            raise Refusal("MAIL comes first.", 503, "5.5.1")
        raise Refusal("A message has begun; RSET forgets it.", 503, "5.5.1")


_WHEN: Mapping[When, frozenset[State]] = {
    When.GREETED: frozenset({State.GREETED, State.MAIL, State.RCPT, State.CHUNKS}),
    When.BETWEEN: frozenset({State.GREETED}),
    When.BEGUN: frozenset({State.MAIL, State.RCPT}),
    When.ADDRESSED: frozenset({State.RCPT}),
}
