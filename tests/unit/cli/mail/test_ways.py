"""The ways that messages take."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.ways import Direct, Handed
from portside.errors import UsageError
from portside.protocols.smtp.client.outcome import Outcome
from portside.protocols.smtp.client.settings import Settings
from tests.support.smtp_mailing import LETTER, run, to
from tests.support.smtp_scripted import Scripted


def test_each_message_comes_back_with_what_became_of_it() -> None:
    async def story() -> None:
        drafts = [Draft(str(number), to(f"u{number}@x.org"), LETTER) for number in range(50)]
        async with Scripted().open() as server:
            handed = [each async for each in Direct(Settings(server.url)).hand(drafts)]
        assert sorted(int(draft.label) for draft, _ in handed) == list(range(50))
        for draft, became in handed:
            assert isinstance(became, Outcome) and isinstance(draft, Draft)
            assert became.results[0].recipient is draft.envelope.recipients[0]

    run(story)


@pytest.mark.parametrize("last", [True, False])
def test_what_is_spoilt_does_not_stop_the_others(last: bool) -> None:
    async def story() -> None:
        spoilt, good = Spoilt("bad", UsageError("no")), Draft("good", to(), LETTER)
        async with Scripted().open() as server:
            drafts: list[Any] = [good, spoilt] if last else [spoilt, good]
            handed: list[Handed] = [each async for each in Direct(Settings(server.url)).hand(drafts)]
        assert sorted(draft.label for draft, _ in handed) == ["bad", "good"]

    run(story)


def test_nothing_but_spoilt_ones_is_told_too() -> None:
    async def story() -> None:
        handed = [each async for each in Direct(Settings("smtp://127.0.0.1:1")).hand([Spoilt("bad", UsageError("no"))])]
        assert len(handed) == 1

    asyncio.run(story())
