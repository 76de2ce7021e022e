"""The examples in the documentation are true: the small world loads and can be won, the guest book takes lines."""

from __future__ import annotations

import asyncio
import importlib.util
import re
from pathlib import Path
from types import ModuleType

from portside.apps.world.loading import parse_plan
from tests.support.smtp_joined import Typist, joined
from tests.support.smtp_stores import ShelfStore
from tests.support.worlds import FakeVisitor, Stage

TOP = Path(__file__).resolve().parents[3]
GUIDE = (TOP / "docs" / "writing-a-world.md").read_text("utf-8")
APPS = TOP / "examples" / "apps"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, APPS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_world_of_the_guide_can_be_won() -> None:
    stage = Stage(parse_plan(block("toml"), Path("island.toml")))
    anna = stage.player()
    stage.does(anna, "take lamp", "take match", "light lamp", "e", "take key", "w", "unlock gate", "n")
    stage.does(anna, "open basket", "take apple", "s")
    assert "*** Anna has fed the goat! ***" in stage.does(anna, "give apple to goat")
    assert "The goat dances." in stage.does(anna, "look")
    assert stage.does(anna, "give apple to goat") == "You have no apple."


def test_the_guide_shows_the_example_as_it_is() -> None:
    source = (APPS / "guestbook.py").read_text("utf-8")
    assert block("python") in source


def test_the_guest_book_shows_the_next_one_what_was_written() -> None:
    class Reader(FakeVisitor):
        async def lines(self, prompt: str, *, limit: int) -> object:  # type: ignore[override]
            while True:
                yield await self.line(prompt, limit=limit)

    async def run() -> tuple[str, str]:
        app = example("guestbook").app
        first, second = Reader("Anna", "hello", ""), Reader("Ben", "")
        await app(first)
        await app(second)
        return first.screen, second.screen

    first, second = asyncio.run(run())
    assert "Nobody has been here yet." in first
    assert "  Anna: hello\n" in second


def test_the_doorkeeper_lets_mail_in_but_for_nobody_and_for_winners() -> None:
    shelf = ShelfStore()

    async def story(typist: Typist) -> None:
        lines = await typist.answer("EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<nobody@b>\r\n", "550")
        assert "550 5.1.1 Nobody lives here." in lines
        await typist.answer("RCPT TO:<anna@b>\r\nDATA\r\n", "354")
        assert await typist.answer("You won the Lottery!\r\n.\r\n") == ["554 5.7.1 You have won nothing here."]
        await typist.answer("MAIL FROM:<a@b>\r\nRCPT TO:<anna@b>\r\nDATA\r\n", "354")
        await typist.answer("Hello.\r\n.\r\n", "250")

    joined(story, shelf, handler=example("doorkeeper").Doorkeeper())
    assert [message.content for message in shelf.kept] == [b"Hello.\r\n"]
