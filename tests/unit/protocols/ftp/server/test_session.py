"""The side above one control connection, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.accounts.users import EVERY_RIGHT, READ_ONLY
from portside.errors import RemoteError
from portside.interfaces import Link
from portside.protocols.ftp.messages import Data, DataEnded, Reply
from portside.protocols.ftp.rules.policy import Policy, told
from portside.protocols.ftp.rules.server import _OWN
from portside.protocols.ftp.rules.terms import AGREED, Terms
from portside.protocols.ftp.rules.turns import (
    Admit,
    Asked,
    Attempt,
    Begin,
    DataReady,
    HungUp,
    LoggedOut,
    Meanwhile,
    StatusAsked,
)
from portside.protocols.ftp.server.house import House
from portside.protocols.ftp.server.session import _BEGINNING, _QUICK, _SLOW, Session
from portside.protocols.ftp.server.settings import Settings
from portside.protocols.ftp.syntax.commands import DATA_VERBS, NOT_IMPLEMENTED, TABLE, Right, Setting
from tests.support.conversations import until
from tests.support.ftp_plays import DATA_DOOR, DOOR
from tests.support.ftp_wire import PATIENCE, accounts

LINK = Link("data 1")


class Talk:
    """A conversation that writes down what is said."""

    door = DOOR

    def __init__(self) -> None:
        self.said: list[Any] = []

    def say(self, message: Any) -> None:
        self.said.append(message)

    def pending(self, link: Link | None = None) -> int:
        return 0

    def hold(self, link: Link | None = None) -> None:
        self.said.append(("hold", link))


class Stage:
    """A session and its conversation."""

    def __init__(self, folder: Path, rights: frozenset[str] = EVERY_RIGHT) -> None:
        self.talk = Talk()
        self.session = Session(House(Settings(folder, accounts=accounts(rights))), DOOR)
        self.session.speak_by(self.talk)  # type: ignore[arg-type]

    def ask(self, verb: str, value: Any = "", terms: Terms | None = None) -> None:
        self.session.heard(Asked(verb, value, 0, terms or Terms(text=False)))

    async def said(self) -> Any:
        """The next thing that is said."""
        await until(lambda: self.talk.said)
        return self.talk.said.pop(0)

    async def enter(self, user: str = "u", password: str = "p") -> Any:
        self.session.heard(Attempt(user, password))
        return await self.said()


def test_every_command_of_the_table_is_answered_by_somebody() -> None:
    rules = {*_OWN, *AGREED, *(verb for verb in TABLE if told(verb, "", Policy(), Terms()) is not None)}
    ours = {*_QUICK, *_SLOW, *_BEGINNING}
    assert not ours & rules
    assert ours | rules == set(TABLE) - NOT_IMPLEMENTED
    assert set(_BEGINNING) == DATA_VERBS


def test_who_comes_in_has_the_rights_of_their_account(tmp_path: Path) -> None:
    async def run() -> None:
        stage = Stage(tmp_path, READ_ONLY)
        assert await stage.enter() == Admit(Reply(230, ("You are in.",)), frozenset({Right.LIST, Right.READ}))
        assert (await stage.enter("u", "wrong")).code == 530
        assert isinstance(await stage.enter("anonymous", "x"), Admit)

    asyncio.run(run())


def test_answers_come_at_once_or_from_a_thread(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")

    async def run() -> None:
        stage = Stage(tmp_path)
        await stage.enter()
        stage.ask("SIZE", "a")
        assert stage.talk.said.pop() == Reply(213, ("5",))
        stage.ask("SIZE", "a", Terms())
        assert stage.talk.said.pop().code == 550
        stage.ask("HASH", "a")
        assert (await stage.said()).code == 213
        stage.ask("HASH", "nothing")
        assert (await stage.said()).code == 550
        stage.ask("STAT", "")
        assert (await stage.said()).code == 211

    asyncio.run(run())


@pytest.mark.parametrize(
    ("verb", "value", "code"),
    [("SITE", Setting("HELP", ""), 214), ("SITE", Setting("EXEC", "rm"), 504), ("SITE", Setting("CHMOD", "600 a"), 200),
     ("ALLO", 1, 200), ("ALLO", 10**15, 552), ("CWD", "nothing", 550), ("MKD", "a", 550)],
)  # fmt: skip
def test_other_answers(tmp_path: Path, verb: str, value: Any, code: int) -> None:
    (tmp_path / "a").touch()

    async def run() -> None:
        stage = Stage(tmp_path)
        await stage.enter()
        stage.ask(verb, value)
        assert (await stage.said()).code == code

    asyncio.run(run())


def test_an_upload_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    async def run() -> None:
        stage = Stage(tmp_path)
        await stage.enter()
        stage.ask("STOR", "up")
        assert isinstance(await stage.said(), Begin)
        assert not stage.session.speaks_only
        stage.session.heard(DataReady(LINK, DATA_DOOR))
        stage.session.heard(Data(b"abc"))
        stage.session.heard(StatusAsked())
        assert await stage.said() == Meanwhile(Reply(213, ("STOR goes on: 3 bytes so far.",)))
        stage.session.heard(DataEnded(None))
        assert (await stage.said()).code == 226

    asyncio.run(run())
    assert (tmp_path / "up").read_bytes() == b"abc"


def test_an_upload_whose_sender_is_gone_gets_no_name(tmp_path: Path) -> None:
    async def run() -> None:
        stage = Stage(tmp_path)
        await stage.enter()
        stage.ask("STOR", "up")
        await stage.said()
        stage.session.heard(DataReady(LINK, DATA_DOOR))
        stage.session.heard(Data(b"abc"))
        stage.session.heard(DataEnded(None))
        stage.session.heard(HungUp())
        assert (await stage.said()).code == 426

    asyncio.run(run())
    assert not (tmp_path / "up").exists()


@pytest.mark.parametrize("leaves", [lambda session: session.heard(HungUp()), lambda session: session.lost(None)])
def test_a_digest_that_nobody_waits_for_any_more_is_not_calculated_to_its_end(
    tmp_path: Path, leaves: Callable[[Session], None]
) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(1 << 40)  # hours of work

    async def run() -> None:
        stage = Stage(tmp_path)
        await stage.enter()
        stage.ask("HASH", "a")
        leaves(stage.session)
        assert (await stage.said()).code == 426

    asyncio.run(run())


def test_digests_take_no_threads_from_others(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(1 << 40)

    async def run() -> None:
        first = Stage(tmp_path)
        stages = [first, *(Stage(tmp_path) for _ in range(40))]
        for stage in stages:
            stage.session._house = first.session._house
            await stage.enter("anonymous")
            stage.ask("HASH", "a")
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.to_thread(lambda: None)
            assert not any(stage.talk.said for stage in stages)
        finally:
            for stage in stages:
                stage.session.lost(None)
            for stage in stages:
                await stage.said()

    asyncio.run(run())


def test_a_download_that_never_begins_lets_go_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()

    async def run() -> None:
        stage = Stage(tmp_path)
        await stage.enter()
        stage.ask("RETR", "a")
        assert isinstance(await stage.said(), Begin)
        assert stage.session.speaks_only
        stage.session.heard(DataEnded(RemoteError("Nobody came.", 425)))
        assert (await stage.said()).code == 425
        stage.ask("RETR", "a")
        stage.session.lost(None)  # a file that stayed open would be warned of

    asyncio.run(run())


def test_a_log_out_takes_the_files_away(tmp_path: Path) -> None:
    async def run() -> None:
        stage = Stage(tmp_path)
        await stage.enter()
        stage.session.heard(LoggedOut())
        with pytest.raises(AssertionError):
            stage.ask("PWD")

    asyncio.run(run())


def test_what_comes_without_a_transfer_is_passed_over(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for message in (Data(b"x"), DataReady(LINK, DATA_DOOR), DataEnded(None), HungUp(), StatusAsked()):
        stage.session.heard(message)
    stage.session.drained()
    assert stage.talk.said == []


def test_a_user_whose_root_is_gone_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()

    async def run() -> None:
        session = Session(House(Settings(tmp_path / "served", accounts=accounts(EVERY_RIGHT, tmp_path / "gone"))), DOOR)
        talk = Talk()
        session.speak_by(talk)  # type: ignore[arg-type]
        session.heard(Attempt("u", "p"))
        await until(lambda: talk.said)
        assert talk.said[0].code == 530

    asyncio.run(run())
