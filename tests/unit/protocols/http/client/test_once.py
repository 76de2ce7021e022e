"""One request from a program that is not asynchronous."""

from __future__ import annotations

import asyncio

import pytest

from portside.errors import ConnectError, LocalError
from portside.protocols.http.client.once import get
from portside.protocols.http.client.settings import Settings
from tests.unit.protocols.http.client.scripted import ok, scripted_apart


def test_one_call_gives_the_whole_answer() -> None:
    with scripted_apart([ok(b"hello")]) as server:
        answer = get(server.url, headers={"X-A": "1"}, settings=Settings(user_agent="mine"))
        assert (answer.status, answer.text()) == (200, "hello")
        assert (server.asked[0].field("x-a"), server.asked[0].field("user-agent")) == ("1", "mine")


def test_nobody_there_is_told() -> None:
    with scripted_apart([ok()]) as gone:
        pass
    with pytest.raises(ConnectError):
        get(gone.url)


def test_inside_an_event_loop_it_points_to_the_client() -> None:
    async def run() -> None:
        with pytest.raises(LocalError, match="Client"):
            get("http://127.0.0.1:1/")

    asyncio.run(run())
