"""The ladder: one line for each message that moves no cursor, and the same as records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import pytest

from portside.inspector.conversations import Conversation, Message
from portside.inspector.ladder import TITLE, layers, record, rung, span
from portside.interfaces import Address, Role

BEGAN = 1_700_000_000_000_000_000
TALK = Conversation(7, "TCP", Address("10.0.0.1", 40000), Address("::1", 80), BEGAN, BEGAN)


def message(
    title: str = "GET /", *, packets: Sequence[int] = (4,), notes: tuple[str, ...] = (), role: Role = Role.CLIENT
) -> Message:
    return Message(
        2, TALK, role, "HTTP", "request", title, BEGAN + 1_234_567, BEGAN + 2_000_000, 1234, packets, True,
        {"method": "GET", "length": 3}, notes, None, ("TCP", "TLS"),
    )  # fmt: skip


def answer(after: int) -> Message:
    asked = message()
    return Message(
        3, TALK, Role.SERVER, "HTTP", "response", "200 OK", asked.time + after, asked.time + after, 0, [6],
        answers=asked, inside=("TCP",),
    )  # fmt: skip


def test_a_rung_says_when_who_which_way_and_what() -> None:
    assert rung(message(packets=(4, 5), notes=("it was cut short",)), BEGAN) == (
        "    0.001235  #7    10.0.0.1:40000 --> [::1]:80  TLS/HTTP  GET / (1,234 B, 2 packets) [it was cut short]"
    )
    assert rung(answer(830_000), BEGAN) == (
        "    0.002065  #7    10.0.0.1:40000 <-- [::1]:80  HTTP      200 OK (830 us after its question)"
    )


@pytest.mark.parametrize(
    "odd",
    ["\x1b[2J", "\x9b31m", "\r", "\n", "\b", "\x00", "\x7f", "\u202e", "\u2066", "\u200f", "\u2028", "\udcff"],
    ids=ascii,
)
def test_whatever_stands_in_a_message_its_line_is_inert(odd: str) -> None:
    for one in (message(f"GET /{odd}x"), message(notes=(f"odd {odd}",))):
        line = rung(one, BEGAN)
        assert odd not in line and ascii(odd)[1:-1] in line
        assert line.isprintable() and line.encode()


@pytest.mark.parametrize("width", [1, 2, 3, 4, 40, 79, 80])
def test_a_width_cuts_the_line(width: int) -> None:
    line = rung(message("x" * 200), BEGAN, width)
    assert len(line) == width and line.endswith("..."[:width])


def test_no_width_cuts_nothing_but_a_long_title() -> None:
    line = rung(message("x" * (TITLE + 1)), BEGAN)
    assert "x" * (TITLE - 3) + "... (1,234 B)" in line and "x" * (TITLE - 2) not in line
    assert "x" * TITLE + " (" in rung(message("x" * TITLE), BEGAN, 500)


@pytest.mark.parametrize(
    ("inside", "protocol", "shown"),
    [
        (("TCP",), "HTTP", "HTTP"),
        (("TCP", "TLS"), "HTTP", "TLS/HTTP"),
        (("TCP",), "TLS", "TLS"),
        (("TCP", "TLS"), "TLS", "TLS"),
        (("UDP",), "UDP", "UDP"),
        (("TCP",), "TCP", "TCP"),
        ((), "TCP", "TCP"),
    ],
)
def test_the_layers_are_named_each_once(inside: tuple[str, ...], protocol: str, shown: str) -> None:
    one = message()
    one.inside, one.protocol = inside, protocol
    assert layers(one) == shown


@pytest.mark.parametrize(
    ("ns", "said"),
    [
        (0, "0 us"),
        (830_000, "830 us"),
        (999_000, "999 us"),
        (999_600, "1.0 ms"),
        (1_234_567, "1.2 ms"),
        (999_960_000, "1.0 s"),
        (3_400_000_000, "3.4 s"),
        (-5_000, "-5 us"),
        (-2_500_000, "-2.5 ms"),
    ],
)
def test_a_span_as_people_say_it(ns: int, said: str) -> None:
    assert span(ns) == said


def test_a_record_tells_the_same_to_programs() -> None:
    told = record(message("GET /\x1b"))
    assert told == {
        "number": 2, "time": "2023-11-14T22:13:20.001234567Z", "time_ns": BEGAN + 1_234_567,
        "until_ns": BEGAN + 2_000_000, "conversation": 7, "transport": "TCP", "client": "10.0.0.1:40000",
        "server": "[::1]:80", "from": "client", "protocol": "HTTP", "inside": ["TCP", "TLS"], "kind": "request",
        "title": "GET /\x1b", "size": 1234, "packets": [4], "complete": True,
        "facts": {"method": "GET", "length": 3}, "notes": [], "answers": None,
    }  # fmt: skip
    assert "\x1b" not in json.dumps(told) and json.loads(json.dumps(told)) == told
    assert record(answer(1))["answers"] == 2 and record(answer(1))["from"] == "server"


@pytest.mark.parametrize("time", [0, 1, -1, 2**63 - 1, -(2**63)])
def test_any_time_that_a_capture_can_hold_is_written(time: int) -> None:
    one = message()
    one.time = time
    told = record(one)["time"]
    assert told.endswith(f".{time % 10**9:09d}Z") and len(told) == len("2023-11-14T22:13:20.001234567Z")
    assert datetime.fromisoformat(told[:19] + "Z").timestamp() == time // 10**9
