from __future__ import annotations

from portside.inspector.conversations import Conversation, Message
from portside.interfaces import Address, Role


def test_two_conversations_between_the_same_ends_are_two() -> None:
    ends = Address("127.0.0.1", 50000), Address("127.0.0.1", 80)
    one, other = (Conversation(number, "TCP", *ends, 0, 0) for number in (1, 1))
    assert one != other and (one.state, one.protocols, one.round_trip) == ("open", (), None)
    said = Message(1, one, Role.CLIENT, "HTTP", "request", "GET /", 5, 9, 18, [4])
    assert said.conversation is one and said.complete and said.answers is None and said.facts == {}
