from __future__ import annotations

from portside.protocols.smtp.server.backlog import Backlog


class Visitor:
    def __init__(self) -> None:
        self.released = 0

    def release(self) -> None:
        self.released += 1


def test_who_is_held_is_released_once_half_of_it_has_gone() -> None:
    backlog, visitor = Backlog(100), Visitor()
    backlog.add(100)
    assert not backlog.is_full
    backlog.add(1)
    assert backlog.is_full
    backlog.hold(visitor)
    backlog.done(50)
    assert visitor.released == 0
    backlog.done(1)
    assert visitor.released == 1
    backlog.done(50)
    assert (visitor.released, backlog.waiting) == (1, 0)


def test_who_has_gone_is_not_released() -> None:
    backlog, visitor = Backlog(1), Visitor()
    backlog.add(2)
    backlog.hold(visitor)
    backlog.forget(visitor)
    backlog.done(2)
    assert visitor.released == 0
