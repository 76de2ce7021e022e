from __future__ import annotations

import asyncio

import pytest

from portside.interfaces import Address, Door
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.server.handler import Handler, Visit, hook_of

VISIT = Visit(Door(Address("127.0.0.1", 25), Address("127.0.0.1", 40000)))


class Picky(Handler):
    async def helo(self, visit: Visit, name: str) -> Reply | None:
        return Reply(550, (name,))


class Stranger:
    async def helo(self, visit: Visit, name: str) -> Reply | None:
        return None


def test_only_what_is_overridden_is_asked() -> None:
    picky = Picky()
    hook = hook_of(picky, "helo")
    assert hook is not None
    assert asyncio.run(hook(VISIT, "x")) == Reply(550, ("x",))
    assert [hook_of(picky, name) for name in ("connect", "sender", "recipient", "message", "auth", "token")] == [
        None
    ] * 6


def test_a_class_of_ones_own_does_too() -> None:
    assert hook_of(Stranger(), "helo") is not None
    assert hook_of(Stranger(), "sender") is None
    assert hook_of(None, "helo") is None


@pytest.mark.parametrize(("name", "arguments", "answer"), [
    ("connect", (), None), ("helo", ("x",), None), ("auth", ("anna", "secret"), False),
    ("token", ("anna", "abc"), False), ("sender", (None,), None), ("recipient", (None, None), None),
    ("message", (None, None), None),
])  # fmt: skip
def test_the_plain_handler_objects_to_nothing_and_lets_nobody_in(
    name: str, arguments: tuple[object], answer: object
) -> None:
    assert asyncio.run(getattr(Handler(), name)(VISIT, *arguments)) is answer
