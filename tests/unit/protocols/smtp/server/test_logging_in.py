from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from portside.accounts.throttle import FREE
from portside.accounts.users import KnownAccounts, User, given
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.logins import WRONG
from portside.protocols.smtp.rules.turns import Admit, Attempt, Guessed, Keys
from portside.protocols.smtp.server.house import House
from portside.protocols.smtp.server.logging_in import TOO_MANY, Judging
from portside.protocols.smtp.server.settings import Settings
from tests.support.smtp_stores import ShelfStore

LATER = Reply(454, ("Later.",), "4.7.0")


def judging(*, accounts: bool = True) -> Judging:
    known = KnownAccounts(given([(User("anna"), "secret")], cost=4, scram=True)) if accounts else None
    house = House(Settings(accounts=known), ShelfStore())
    house.throttle.patience = 0.0
    return Judging(house, "192.0.2.7")


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


async def said(answer: object) -> object:
    return answer


def test_a_password_is_right_or_wrong() -> None:
    assert run(judging().password(Attempt("anna", "secret"))) == Admit("anna")
    assert run(judging().password(Attempt("anna", "guess"))) == WRONG
    assert run(judging().password(Attempt("anna", "secret", token=True))) == WRONG
    assert run(judging(accounts=False).password(Attempt("anna", "secret"))) == WRONG


@pytest.mark.parametrize(("answer", "verdict"), [
    (True, Admit("anna")), (False, WRONG), (None, WRONG), ("yes", WRONG), (LATER, LATER),
])  # fmt: skip
def test_a_handlers_word_counts_where_it_is_clear(answer: object, verdict: object) -> None:
    assert run(judging().by_hook(Attempt("anna", "x"), said(answer))) == verdict


def test_guesses_are_slowed_down_and_then_refused() -> None:
    async def story() -> list[object]:
        judge = judging()
        verdicts = [await judge.password(Attempt("anna", f"guess{number}")) for number in range(FREE + 1)]
        verdicts.append(await judge.by_hook(Attempt("anna", "x"), said(True)))
        return [*verdicts, await judge.keys("anna")]

    assert run(story()) == [WRONG] * FREE + [TOO_MANY] * 3


def test_proofs_that_are_wrong_count_as_guesses() -> None:
    async def story() -> object:
        judge = judging()
        for _ in range(FREE):
            judge.guessed(Guessed("anna", right=False))
        return await judge.keys("anna")

    assert run(story()) == TOO_MANY


def test_a_right_proof_cleans_the_slate() -> None:
    async def story() -> object:
        judge = judging()
        for right in [False] * FREE + [True]:
            judge.guessed(Guessed("anna", right))
        return await judge.keys("anna")

    assert isinstance(run(story()), Keys)


def test_keys_are_given_for_everybody_so_that_nobody_learns_who_is_known() -> None:
    async def story() -> list[Any]:
        judge = judging()
        return [await judge.keys(name) for name in ("anna", "bert", "bert")]

    anna, bert, again = run(story())
    assert bert == again
    assert anna != bert
    assert run(judging(accounts=False).keys("anna")) == WRONG
