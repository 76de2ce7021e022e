"""The fuzzer's targets hold for a while, it finds what is broken, and the same seed tries the same inputs."""

from __future__ import annotations

import os
import random

import pytest

from fuzz.mutation import LONGEST, mutate, pieces
from fuzz.run import run, targets, try_one


@pytest.mark.parametrize("name", targets())
def test_an_invariant_holds_for_a_while(name: str) -> None:
    report = run(name, seed=1, inputs=300)
    assert report.broken == []
    assert report.tried == 300


MAIL = {
    "smtp_commands": 420_000, "smtp_replies": 200_000, "smtp_content": 160_000, "smtp_server": 90_000,
    "smtp_client": 70_000, "smtp_explain": 60_000,
}  # fmt: skip
"""A million together."""
IN_FULL = os.environ.get("PORTSIDE_PROVE") == "1"


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "inputs"), MAIL.items())
def test_a_million_inputs_break_nothing_of_mail(name: str, inputs: int) -> None:
    report = run(name, seed=2, inputs=inputs if IN_FULL else inputs // 1000)
    assert report.broken == []


def test_every_syntax_room_of_the_web_has_a_target() -> None:
    assert {"heads", "bodies", "forms", "cookies", "targets", "fields", "server"} <= set(targets())


def test_the_same_dice_give_the_same_inputs() -> None:
    first, second = (
        [mutate(b"GET / HTTP/1.1", (b"x", b"yy"), dice) for _ in range(200)]
        for dice in (random.Random(3), random.Random(3))
    )
    assert first == second
    assert len(set(first)) > 100
    assert max(map(len, first)) <= LONGEST


def test_pieces_are_the_whole() -> None:
    dice = random.Random(1)
    for size in (0, 1, 2, 50, 1000):
        for _ in range(50):
            parts = pieces(b"x" * size, dice)
            assert b"".join(parts) == b"x" * size
            assert all(parts)


def test_what_breaks_is_told() -> None:
    def check(data: bytes, dice: random.Random) -> None:
        assert b"x" not in data, "an x"

    assert try_one(check, b"abc", random.Random(1)) == ""
    assert "an x" in try_one(check, b"axc", random.Random(1))
