"""What the page is told about its server."""

from __future__ import annotations

from typing import Any

from portside.apps.mailbox.terms import Terms
from portside.mail.envelope import Envelope
from portside.mail.maildir.summary import Summary


async def release(envelope: Envelope, content: bytes) -> None:
    """Nobody calls it."""


async def judge(message: bytes, summary: Summary) -> list[dict[str, Any]]:
    return []


def test_nothing_is_offered_that_nobody_asked_for() -> None:
    assert Terms().told() == {"smtp": "", "release": "", "ladder": "", "judges": False}
    assert Terms(release_to="smtp://relay.example").told()["release"] == ""


def test_the_rest_is_told_as_it_is_now() -> None:
    places = ["http://127.0.0.1:4040/a/"]
    terms = Terms("smtp://127.0.0.1:2525", release, "smtp://relay.example", places.pop, judge)
    assert terms.told() == {
        "smtp": "smtp://127.0.0.1:2525",
        "release": "smtp://relay.example",
        "ladder": "http://127.0.0.1:4040/a/",
        "judges": True,
    }
