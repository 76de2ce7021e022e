"""What a plan tells about itself."""

from __future__ import annotations

import pytest

from portside.apps.world.plan import OPPOSITE, ORDER
from tests.support.worlds import small_plan


def test_every_direction_leads_back() -> None:
    assert all(OPPOSITE[OPPOSITE[way]] == way for way in OPPOSITE)
    assert sorted(ORDER) == sorted(OPPOSITE)


@pytest.mark.parametrize(("points", "rank"), [(0, "newcomer"), (9, "newcomer"), (10, "expert"), (500, "expert")])
def test_a_rank_is_the_highest_that_is_reached(points: int, rank: str) -> None:
    assert small_plan().rank(points) == rank


def test_all_points_are_those_of_all_deeds() -> None:
    assert small_plan().points() == 10
