from __future__ import annotations

import random

import pytest

from portside.errors import UsageError
from portside.protocols.smtp.rules.chaos import (
    LONGEST_STALL,
    Chaos,
    ChaosRule,
    Disconnect,
    Refuse,
    Stage,
    Stall,
    matches,
    parse_rule,
)


@pytest.mark.parametrize(("text", "rule"), [
    ("rcpt=450", ChaosRule(Stage.RCPT, Refuse(450))),
    (" mail=421 ", ChaosRule(Stage.MAIL, Refuse(421))),
    ("content=disconnect", ChaosRule(Stage.CONTENT, Disconnect())),
    ("connect=stall:30s", ChaosRule(Stage.CONNECT, Stall(30.0))),
    ("connect=stall:0.5", ChaosRule(Stage.CONNECT, Stall(0.5))),
    ("end=stall", ChaosRule(Stage.END, Stall(LONGEST_STALL))),
    ("end=stall:99999", ChaosRule(Stage.END, Stall(LONGEST_STALL))),
    ("rcpt=550@10%", ChaosRule(Stage.RCPT, Refuse(550), chance=0.1)),
    ("rcpt:Bob@*=450*2", ChaosRule(Stage.RCPT, Refuse(450), pattern="bob@*", times=2)),
    ("mail:*@example.com=451@50%*3", ChaosRule(Stage.MAIL, Refuse(451), "*@example.com", 0.5, 3)),
])  # fmt: skip
def test_a_rule_is_read(text: str, rule: ChaosRule) -> None:
    assert parse_rule(text) == rule


@pytest.mark.parametrize("text", [
    "", "rcpt", "rcpt=", "rcpt=250", "rcpt=99", "rcpt=600", "rcpt=４５０", "foo=450", "rcpt=explode", "rcpt=450@0%",
    "rcpt=450@101%", "rcpt=450*x", "data:bob@*=450", "content=450", "rcpt:" + "x" * 321 + "=450", "rcpt:*****=450",
    "rcpt=stall:-1", "rcpt=stall:1e9",
])  # fmt: skip
def test_what_is_no_rule_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_rule(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("pattern", "address", "fits"), [
    ("bob@*", "BOB@example.com", True), ("bob@*", "bobby@example.com", False), ("?ob@x", "rob@x", True),
    ("*", "", True), ("a.c@x", "abc@x", False), ("*@*.example", "a@b.example", True), ("*+*", "a+b@c", True),
])  # fmt: skip
def test_a_pattern_fits_whole_addresses(pattern: str, address: str, fits: bool) -> None:
    assert matches(pattern, address) is fits


def test_the_first_rule_that_fits_decides() -> None:
    chaos = Chaos([parse_rule("rcpt:a@*=450*1"), parse_rule("rcpt=550")])
    struck = [chaos.strike(Stage.RCPT, address) for address in ("a@x", "a@x", "b@x")]
    assert struck == [Refuse(450), Refuse(550), Refuse(550)]
    assert chaos.strike(Stage.MAIL) is None
    assert chaos.stages == {Stage.RCPT}


def test_chance_is_the_same_for_the_same_seed() -> None:
    def struck(seed: int) -> list[bool]:
        chaos = Chaos([parse_rule("end=451@30%")], random.Random(seed).random)
        return [chaos.strike(Stage.END) is not None for _ in range(1000)]

    assert struck(7) == struck(7)
    assert struck(7) != struck(8)
    assert 200 < sum(struck(7)) < 400
