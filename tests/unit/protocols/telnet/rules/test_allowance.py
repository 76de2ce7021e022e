"""How much may be negotiated."""

from __future__ import annotations

import pytest

from portside.errors import LimitExceeded
from portside.protocols.telnet.rules.allowance import Allowance


def test_a_burst_is_allowed_and_not_one_more() -> None:
    allowance = Allowance(3, 1.0)
    for _ in range(3):
        allowance.spend(10.0)
    with pytest.raises(LimitExceeded, match="negotiates without an end"):
        allowance.spend(10.0)


def test_it_comes_back_with_time() -> None:
    allowance = Allowance(2, 0.5)
    allowance.spend(0.0)
    allowance.spend(0.0)
    allowance.spend(2.0)
    with pytest.raises(LimitExceeded):
        allowance.spend(3.9)


def test_it_never_grows_beyond_the_burst() -> None:
    allowance = Allowance(2, 1000.0)
    allowance.spend(0.0)
    allowance.spend(1000.0)
    allowance.spend(1000.0)
    with pytest.raises(LimitExceeded):
        allowance.spend(1000.0)
