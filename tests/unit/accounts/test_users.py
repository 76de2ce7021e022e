"""Who may come in: the right password, and nothing else; and nobody can tell a wrong name from a wrong password."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from portside.accounts import users
from portside.accounts.passwords import Hashed, hash_password, parse_hash
from portside.accounts.scram import derive_keys
from portside.accounts.users import (
    EVERY_RIGHT,
    HASHES_AT_ONCE,
    READ_ONLY,
    READ_WRITE,
    Entry,
    KnownAccounts,
    User,
    check_name,
    given,
    parse_rights,
    serialise_rights,
)
from portside.errors import UsageError

CHEAP = 4
ANNA = User("anna", Path("/srv/anna"), READ_ONLY)


def known(*sources: users.Source) -> KnownAccounts:
    return KnownAccounts(*sources, given([(ANNA, "secret")], cost=CHEAP))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Hashed]:
    """Every hash that is calculated; the one for nobody is as cheap as the others here."""
    seen: list[Hashed] = []
    real = Hashed.matches

    def matches(self: Hashed, password: str) -> bool:
        seen.append(self)
        return real(self, password)

    monkeypatch.setattr(Hashed, "matches", matches)
    monkeypatch.setattr(users, "COST", CHEAP)
    return seen


def test_the_right_password_lets_in(hashed: list[Hashed]) -> None:
    async def run() -> None:
        accounts = known()
        assert await accounts.check("anna", "secret") == ANNA
        assert await accounts.check("anna", "Secret") is None
        assert await accounts.check("Anna", "secret") is None
        assert await accounts.check("", "") is None

    asyncio.run(run())


def test_an_unknown_name_costs_one_hash_like_a_wrong_password(hashed: list[Hashed]) -> None:
    async def run() -> None:
        accounts = known()
        await accounts.check("anna", "wrong")
        await accounts.check("berta", "wrong")
        await accounts.check("berta", "wrong")

    asyncio.run(run())
    assert len(hashed) == 3
    assert {(one.cost, one.block, one.lanes, len(one.key)) for one in hashed} == {(CHEAP, 8, 5, 32)}


def test_who_has_proven_a_password_is_known_by_it_until_it_changes(hashed: list[Hashed]) -> None:
    entries = {"berta": Entry(User("berta"), parse_hash(hash_password("old", cost=CHEAP)))}

    async def run() -> None:
        accounts = known(lambda: entries)
        for _ in range(3):
            assert await accounts.check("berta", "old") is not None
        assert len(hashed) == 1
        assert await accounts.check("berta", "wrong") is None
        entries["berta"] = Entry(User("berta"), parse_hash(hash_password("new", cost=CHEAP)))
        assert await accounts.check("berta", "old") is None
        assert await accounts.check("berta", "new") is not None
        del entries["berta"]
        assert await accounts.check("berta", "new") is None

    asyncio.run(run())


def test_many_connections_of_one_client_wait_for_a_hash_or_two(hashed: list[Hashed]) -> None:
    async def run() -> None:
        accounts = known()
        answers = await asyncio.gather(*(accounts.check("anna", "secret") for _ in range(30)))
        assert answers == [ANNA] * 30
        await asyncio.gather(*(accounts.check("anna", "wrong") for _ in range(5)))

    asyncio.run(run())
    assert len(hashed) == HASHES_AT_ONCE + 5


def test_the_first_source_that_knows_a_name_counts(hashed: list[Hashed]) -> None:
    async def run() -> None:
        accounts = known(given([(User("anna"), "other")], cost=CHEAP))
        assert await accounts.check("anna", "secret") is None
        assert await accounts.check("anna", "other") == User("anna")

    asyncio.run(run())


def test_only_some_hashes_run_at_once_even_if_nobody_waits_for_them_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    started = threading.Semaphore(0)
    at_once: list[int] = []
    running = [0]
    guard = threading.Lock()

    def matches(self: Hashed, password: str) -> bool:
        with guard:
            running[0] += 1
            at_once.append(running[0])
        started.release()
        go_on.wait(30)
        with guard:
            running[0] -= 1
        return False

    monkeypatch.setattr(Hashed, "matches", matches)

    async def run() -> None:
        accounts = known()
        guesses = [asyncio.ensure_future(accounts.check("anna", str(number))) for number in range(12)]
        for _ in range(HASHES_AT_ONCE):
            await asyncio.to_thread(started.acquire)
        for guess in guesses[:4]:  # two that are being hashed, and two that wait
            guess.cancel()
        await asyncio.sleep(0)
        assert len(at_once) == HASHES_AT_ONCE
        go_on.set()
        answers = await asyncio.gather(*guesses, return_exceptions=True)
        assert answers[4:] == [None] * 8
        assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[:4])

    asyncio.run(run())
    assert max(at_once) == HASHES_AT_ONCE and len(at_once) == 10


def test_the_loop_goes_on_while_a_password_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(Hashed, "matches", lambda self, password: go_on.wait(30))

    async def run() -> User | None:
        check = asyncio.ensure_future(known().check("anna", "secret"))
        await asyncio.sleep(0)
        go_on.set()  # never, if the loop stood still
        return await check

    assert asyncio.run(run()) == ANNA


@pytest.mark.parametrize("name", ["", "a:b", "#a", " a", "a ", "a\nb", "a\0", "\x1b[2J", "x" * 129])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(UsageError):
        check_name(name)


@pytest.mark.parametrize("name", ["anna", "a", "Ånna", "a b", "a#", "anna@example.org", "-rf"])
def test_what_is_a_name(name: str) -> None:
    assert check_name(name) == name


def test_a_user_is_given_once() -> None:
    with pytest.raises(UsageError):
        given([(ANNA, "a"), (User("anna"), "b")], cost=CHEAP)
    with pytest.raises(UsageError):
        given([(ANNA, "")], cost=CHEAP)


@pytest.mark.parametrize("text, rights", [
    ("ro", READ_ONLY), ("rw", READ_WRITE), ("all", EVERY_RIGHT), ("none", frozenset()),
    ("list", frozenset({"list"})), ("list,write", frozenset({"list", "write"})),
])  # fmt: skip
def test_rights_have_text(text: str, rights: frozenset[str]) -> None:
    assert parse_rights(text) == rights
    assert serialise_rights(rights) == text


@pytest.mark.parametrize("text", ["", "rx", "list,", "list, read", "LIST"])
def test_what_is_no_right(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rights(text)


def test_keys_prove_a_password_and_nobody_has_keys_that_do() -> None:
    accounts = KnownAccounts(given([(User("anna"), "secret")], cost=4, scram=True))
    keys = accounts.keys_of("anna")
    assert keys == derive_keys("secret", keys.salt)
    nobody = accounts.keys_of("bert")
    assert nobody == accounts.keys_of("bert")
    assert nobody != keys
    assert accounts.all_have_keys


def test_scram_is_for_all_or_for_nobody() -> None:
    with_keys, without = given([(User("a"), "x")], cost=4, scram=True), given([(User("b"), "x")], cost=4)
    assert not KnownAccounts(with_keys, without).all_have_keys
    assert not KnownAccounts().all_have_keys
    assert len(KnownAccounts(without).keys_of("b").salt) == len(KnownAccounts(with_keys).keys_of("a").salt)


def test_users_are_found_in_upper_and_lower_case() -> None:
    accounts = KnownAccounts(given([(User("Anna"), "x")], cost=4))
    assert accounts.is_user("aNNA")
    assert not accounts.is_user("ann")
