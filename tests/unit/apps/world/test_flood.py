"""How much one visitor may say."""

from __future__ import annotations

from portside.apps.world.flood import LINES_AT_ONCE, PATIENCE, SAYINGS, SAYINGS_AT_ONCE, Flood, Verdict


def test_people_who_talk_are_let_talk() -> None:
    flood = Flood(0.0)
    verdicts = [flood.judge(at * 2.0, loud=True) for at in range(200)]
    assert set(verdicts) == {Verdict.FINE}


def test_who_says_too_much_is_warned_once_and_then_not_heard_and_then_sent_away() -> None:
    flood = Flood(0.0)
    verdicts = [flood.judge(0.0, loud=True) for _ in range(60)]
    fine = int(SAYINGS_AT_ONCE)
    assert verdicts[:fine] == [Verdict.FINE] * fine
    assert verdicts[fine] is Verdict.WARN
    assert verdicts[fine + 1 : fine + PATIENCE] == [Verdict.REFUSE] * (PATIENCE - 1)
    assert verdicts[fine + PATIENCE] is Verdict.CUT


def test_a_pasted_way_through_is_read_but_not_a_book() -> None:
    flood = Flood(0.0)
    verdicts = [flood.judge(0.0, loud=False) for _ in range(int(LINES_AT_ONCE) + 1)]
    assert set(verdicts[:-1]) == {Verdict.FINE}
    assert verdicts[-1] is Verdict.WARN


def test_who_slows_down_is_forgiven() -> None:
    flood = Flood(0.0)
    for _ in range(int(SAYINGS_AT_ONCE) + PATIENCE):
        flood.judge(0.0, loud=True)
    pause = 1.0 / SAYINGS + 0.01
    assert {flood.judge(number * pause, loud=True) for number in range(1, 40)} == {Verdict.FINE}
