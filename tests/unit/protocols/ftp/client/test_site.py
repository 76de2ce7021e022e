"""A site's connections: kept, replaced, as many as the server lets in; and what is tried again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from portside.errors import BrokenPromise, ConnectionLost, LoginFailed, PortsideError, RemoteError, TimedOut
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.client.site import Site, may_pass
from portside.protocols.ftp.client.urls import parse_ftp_url
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served


@pytest.mark.parametrize(
    ("error", "may"),
    [
        (ConnectionLost(""), True),
        (TimedOut(""), True),
        (BrokenPromise(""), True),
        (RemoteError("", 425), True),
        (RemoteError("", 426), True),
        (RemoteError("", 550), False),
        (LoginFailed(""), False),
    ],
)
def test_what_may_go_by_itself(error: PortsideError, may: bool) -> None:
    assert may_pass(error) is may


def test_a_connection_is_kept_for_who_comes_next(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as client:
            async with client.site.connection() as first:
                pass
            async with client.site.connection() as second:
                assert first is second

    run(story)


def test_a_kept_connection_that_was_closed_is_replaced_without_a_retry() -> None:
    async def story() -> None:
        closing = iter(["200 fine", "", "200 fine"])
        server = Scripted(answers={"NOOP": lambda _: next(closing)})
        async with server.open(), client_at(server.url) as client:
            assert await client.command("NOOP") == "fine"
            assert await client.command("NOOP") == "fine"
            assert server.visits == 2

    run(story)


@pytest.mark.parametrize(("retries", "visits"), [(0, 1), (2, 3)])
def test_a_lost_connection_is_retried_as_often_as_asked(retries: int, visits: int) -> None:
    async def story() -> None:
        server = Scripted(answers={"NOOP": ""})
        async with server.open(), client_at(server.url, Settings(retries=retries)) as client:
            with pytest.raises(ConnectionLost):
                await client.command("NOOP")
            assert server.visits == visits

    run(story)


def test_a_refusal_is_not_retried() -> None:
    async def story() -> None:
        server = Scripted(answers={"DELE": "550 no"})
        async with server.open(), client_at(server.url, Settings(retries=5)) as client:
            with pytest.raises(RemoteError):
                await client.delete("a")
            assert sum(line.startswith("DELE") for line in server.said) == 1

    run(story)


def test_a_server_that_lets_one_in_serves_all_with_it() -> None:
    async def story() -> None:
        let_in: list[str] = []

        def user(name: str) -> str:
            let_in.append(name)
            return "331 password" if len(let_in) == 1 else "421 too many"

        server = Scripted(answers={"USER": user})
        async with server.open(), client_at(server.url, Settings(connections=4)) as client:
            assert await asyncio.gather(*(client.command("NOOP") for _ in range(8))) == ["fine"] * 8

    run(story)


def test_where_no_connection_comes_about_its_place_is_given_back() -> None:
    async def story() -> None:
        server = Scripted(answers={"PASS": "530 no"})
        async with server.open(), client_at(server.url, Settings(connections=1)) as client:
            for _ in range(3):
                with pytest.raises(LoginFailed):
                    await client.command("NOOP")

    run(story)


def test_paths_begin_where_the_login_does() -> None:
    site = Site(parse_ftp_url("ftp://h/"), Settings())
    assert site.absolute("a") == "a"
    site.home = "/home/me"
    assert (site.absolute("a"), site.absolute("/a"), site.absolute("")) == ("/home/me/a", "/a", "/home/me")


def test_a_person_is_told_once() -> None:
    told: list[str] = []
    site = Site(parse_ftp_url("ftp://h/"), Settings(warn=told.append))
    site.warn("x")
    site.warn("x")
    assert told == ["x"]


def test_pauses_grow_and_are_bounded() -> None:
    site = Site(parse_ftp_url("ftp://h/"), Settings(), draw=lambda: 1.0)
    assert [site._pause(attempt) for attempt in (1, 2, 3, 50)] == [0.5, 1.0, 2.0, 30.0]
