from __future__ import annotations

from dataclasses import replace

import pytest

from portside.inspector.conversations import Conversation, Message
from portside.inspector.filters import EVERYTHING, Filter
from portside.interfaces import Address, Role

CONVERSATION = Conversation(
    3, "TCP", Address("127.0.0.1", 50000), Address("::1", 8080), 0, 0, ("HTTP",), name="example.test"
)
MESSAGE = Message(
    1, CONVERSATION, Role.CLIENT, "HTTP", "request", "GET /Apples?x=1", 100, 200, 10, [1],
    facts={"user_agent": "curl/8", "status": 404}, notes=("the body is cut short",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (EVERYTHING, True),
        (Filter(protocol="http"), True),
        (Filter(protocol="TLS, HTTP"), True),
        (Filter(protocol="TLS"), False),
        (Filter(host="127.0.0.1:50000"), True),
        (Filter(host="8080"), True),
        (Filter(host="EXAMPLE"), True),
        (Filter(host="elsewhere"), False),
        (Filter(text="apples"), True),
        (Filter(text="CURL"), True),
        (Filter(text="404"), True),
        (Filter(text="cut short"), True),
        (Filter(text="pears"), False),
        (Filter(conversation=3), True),
        (Filter(conversation=2), False),
        (Filter(since=100, until=100), True),
        (Filter(since=101), False),
        (Filter(until=99), False),
        (Filter(protocol="HTTP", text="pears"), False),
    ],
)
def test_every_part_of_a_filter_has_to_hold(wanted: Filter, passes: bool) -> None:
    assert wanted.test()(MESSAGE) is passes


@pytest.mark.parametrize(
    ("protocol", "inside", "wanted", "passes"),
    [
        ("HTTP", ("TCP", "TLS"), "tls", True),
        ("HTTP", ("TCP", "TLS"), "smtp,tls", True),
        ("HTTP", ("TCP", "TLS"), "http", True),
        ("HTTP", ("TCP",), "tls", False),
        ("HTTP", ("TCP", "TLS"), "tcp", False),
        ("UPPER", ("UDP",), "udp", False),
        ("TLS", ("TCP",), "tls", True),
        ("TLS", ("TCP",), "tcp,udp", False),
        ("TCP", (), "tcp", True),
        ("UDP", ("UDP",), "udp", True),
    ],
)
def test_a_protocol_is_found_within_another_but_a_transport_by_itself(
    protocol: str, inside: tuple[str, ...], wanted: str, passes: bool
) -> None:
    message = replace(MESSAGE, protocol=protocol, inside=inside)
    assert Filter(protocol=wanted).test()(message) is passes


def test_only_a_filter_without_parts_is_empty() -> None:
    assert EVERYTHING.empty and not Filter(text="x").empty
