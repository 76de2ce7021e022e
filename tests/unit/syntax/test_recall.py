"""The memory for what keeps coming back: the second time counts, and nothing grows without end."""

from __future__ import annotations

from portside.syntax.recall import SEEN_ONCE, Recall


def test_the_first_time_is_not_kept_and_the_second_is() -> None:
    recall: Recall[str, int] = Recall(10)
    assert not recall.keep("a", 1)
    assert recall.known == {}
    assert recall.keep("a", 2)
    assert recall.known == {"a": 2}


def test_what_never_comes_again_takes_no_place_and_pushes_nothing_out() -> None:
    recall: Recall[str, int] = Recall(10)
    recall.keep("a", 1)
    recall.keep("a", 1)
    for number in range(5 * SEEN_ONCE):
        recall.keep(f"new {number}", number)
    assert recall.known == {"a": 1}
    assert len(recall._once) <= SEEN_ONCE


def test_it_is_bounded() -> None:
    recall: Recall[int, int] = Recall(10)
    for number in range(1000):
        recall.keep(number, number)
        recall.keep(number, number)
        assert len(recall.known) <= 10
    assert recall.known[999] == 999
