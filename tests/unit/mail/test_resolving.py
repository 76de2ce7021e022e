"""What mail asks of the DNS."""

from __future__ import annotations

from portside.mail.resolving import Exchange


def test_less_preference_comes_first() -> None:
    assert sorted([Exchange(20, "b"), Exchange(10, "z"), Exchange(10, "a")]) == [
        Exchange(10, "a"),
        Exchange(10, "z"),
        Exchange(20, "b"),
    ]
