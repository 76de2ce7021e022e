from __future__ import annotations

import resource

import pytest

from portside.transport.limits import ENOUGH_FILES, raise_open_files

INFINITY = resource.RLIM_INFINITY


class Limits:
    """A process's limits, which the test sets."""

    def __init__(self, soft: int, hard: int, refuses: bool = False) -> None:
        self.limits = (soft, hard)
        self.refuses = refuses

    def getrlimit(self, which: int) -> tuple[int, int]:
        assert which == resource.RLIMIT_NOFILE
        return self.limits

    def setrlimit(self, which: int, limits: tuple[int, int]) -> None:
        if self.refuses:
            raise ValueError("not allowed to raise maximum limit")
        self.limits = limits


@pytest.mark.parametrize(
    ("before", "refuses", "after"),
    [
        ((1024, 20000), False, (20000, 20000)),
        ((20000, 20000), False, (20000, 20000)),
        ((1024, INFINITY), False, (ENOUGH_FILES, INFINITY)),
        ((INFINITY, INFINITY), False, (INFINITY, INFINITY)),
        ((2 * ENOUGH_FILES, INFINITY), False, (2 * ENOUGH_FILES, INFINITY)),
        ((1024, 20000), True, (1024, 20000)),
    ],
)
def test_the_soft_limit_rises_to_the_hard_one(
    before: tuple[int, int], refuses: bool, after: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(*before, refuses=refuses)
    monkeypatch.setattr(resource, "getrlimit", limits.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", limits.setrlimit)
    assert raise_open_files() == after[0]
    assert limits.limits == after


def test_what_it_returns_is_in_force() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert raise_open_files() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
