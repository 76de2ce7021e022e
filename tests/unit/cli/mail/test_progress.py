"""How much has been said so far."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from portside.cli.mail import progress
from portside.cli.mail.progress import Octets, counting, shown
from portside.interfaces import Close, Role, Send, Step
from tests.unit.cli.mail.test_options import options


def test_what_is_sent_is_counted() -> None:
    octets = Octets()
    octets.saw(Step(1, Role.CLIENT, 0.0, "say", None, [Send(b"12345"), Close()]))
    octets.saw(Step(2, Role.CLIENT, 0.0, "received", b"250", [Send(b"67")]))
    assert octets.sent == 7


@pytest.mark.parametrize(
    ("watched", "said", "counts"),
    [(True, {}, True), (True, {"quiet": True}, False), (True, {"verbose": True}, False), (True, {"json": True}, False),
     (False, {}, False)],
)  # fmt: skip
def test_it_is_counted_where_somebody_looks(
    watched: bool, said: dict[str, Any], counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "is_watched", lambda stream: watched)
    assert (counting(options(**said)) is not None) is counts


def test_without_anybody_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        for octets in (None, Octets()):
            async with shown(octets):
                pass

    asyncio.run(story())
    assert capsys.readouterr() == ("", "")
