"""One conversation with a server, for whoever hears its messages: a session, or a terminal."""

from __future__ import annotations

from collections.abc import Callable

from portside.engine.conversation import Conversation
from portside.errors import PortsideError
from portside.interfaces import Address, Door, Role
from portside.protocols.telnet.client.settings import Settings
from portside.protocols.telnet.messages import Message, Option, Party, Sayable
from portside.protocols.telnet.rules.conversation import State, TelnetRules
from portside.transport.dial import dial

Hear = Callable[[Message], None]
Over = Callable[[PortsideError | None], None]


class Connection:
    """A side that hands on what it hears. ``over`` is called once, with what went wrong (None: nothing)."""

    def __init__(self, rules: TelnetRules, conversation: Conversation[Message], hear: Hear, over: Over) -> None:
        self._rules = rules
        self._conversation = conversation
        self._hear = hear
        self._over = over
        self._drained: Callable[[], None] | None = None

    @property
    def door(self) -> Door | None:
        """Where it goes through."""
        return self._conversation.door

    @property
    def is_open(self) -> bool:
        """Whether something may still be said."""
        return self._rules.state is State.OPEN and not self._conversation.over

    def on(self, option: Option, party: Party) -> bool:
        """Whether an option is on, on our side or on theirs."""
        return self._rules.on(option, party)

    def say(self, message: Sayable) -> None:
        """Say ``message``; once the conversation is over it goes nowhere. Raises ``LocalError`` as the rules do."""
        self._conversation.say(message)

    def hold(self) -> None:
        """Read no further for now."""
        self._conversation.hold()

    def release(self) -> None:
        """Read on."""
        self._conversation.release()

    @property
    def slow(self) -> bool:
        """Whether more was said than the server takes."""
        return self._conversation.slow

    @property
    def pending(self) -> int:
        """Bytes that were said, and that the server has not taken."""
        return self._conversation.pending()

    def close(self) -> None:
        """End it in good order."""
        self._conversation.stop()

    def abort(self) -> None:
        """End it now."""
        self._conversation.abort()

    def when_drained(self, call: Callable[[], None] | None) -> None:
        """Have ``call`` told when a slow server has taken what was said."""
        self._drained = call

    def heard(self, message: Message) -> None:
        """See ``Side``."""
        self._hear(message)

    def lost(self, error: PortsideError | None) -> None:
        """See ``Side``."""
        self._over(error)

    def drained(self) -> None:
        """See ``Side``."""
        if self._drained is not None:
            self._drained()


async def connect(address: Address, settings: Settings, hear: Hear, over: Over) -> Connection:
    """Connect to ``address``, and hand every message to ``hear``.

    Raises ``ResolveError``, ``ConnectError``, ``TlsError``, ``CertificateError`` and ``TimedOut``.
    """
    stream = await dial(address, settings.tls, tap=settings.tap, timeout=settings.timeout)
    rules = TelnetRules(Role.CLIENT, settings.policy(address.port))
    conversation: Conversation[Message] = Conversation(rules, Role.CLIENT, observer=settings.observer)
    connection = Connection(rules, conversation, hear, over)
    conversation.begin(connection, stream)
    return connection
