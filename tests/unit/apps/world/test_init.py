"""The way from a command line to the demonstration world."""

from __future__ import annotations

import asyncio

import pytest

from portside.apps import world
from portside.apps.world import WorldApp, app
from tests.support.worlds import FakeVisitor, small_plan


def test_the_application_that_is_named_hosts_one_world_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        hosted = WorldApp(small_plan())
        monkeypatch.setattr(world, "_ours", lambda: hosted)
        visitor = FakeVisitor("guest", "quit")
        await app(visitor)  # type: ignore[arg-type]
        assert "Smallton" in visitor.screen
        await hosted.close()

    asyncio.run(run())
