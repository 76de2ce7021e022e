"""The queue as programs use it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox.contents import SMALL
from portside.apps.outbox.outbox import Outbox, outbox_folder
from portside.apps.outbox.states import State
from portside.apps.outbox.watch import Watch
from portside.errors import LocalError, UsageError
from portside.mail.envelope import Origin
from portside.mail.storing import StoreError
from tests.support.outboxes import CONTENT, START, HandClock, envelope

LARGE = b"0123456789abcde\n" * (SMALL // 16) + b"end"
Story = Callable[[Outbox], Coroutine[Any, Any, None]]


def play(folder: Path, story: Story, **settings: Any) -> None:
    async def main() -> None:
        async with Outbox(folder, clock=HandClock(), **settings) as outbox:
            await story(outbox)

    asyncio.run(main())


async def read(outbox: Outbox, name: str) -> bytes:
    content = await outbox.content(name)
    if isinstance(content, bytes):
        return content
    with content:
        return content.read()


@pytest.mark.parametrize("content", [b"", CONTENT, LARGE])
def test_what_was_put_is_there_when_the_queue_is_opened_again(tmp_path: Path, content: bytes) -> None:
    names: list[str] = []

    async def put(outbox: Outbox) -> None:
        names.append(await outbox.put(envelope("bob@there.test"), content))
        outbox.clock = HandClock(START + 1)
        names.append(await outbox.put(envelope("bob@there.test"), io.BytesIO(content), relay="smtp://mail.test"))

    async def look(outbox: Outbox) -> None:
        first, second = await outbox.messages()
        assert [first.id, second.id] == names
        assert [first.relay, second.relay] == ["", "smtp://mail.test"]
        assert first.recipients[0].due == START
        for message in (first, second):
            assert (message.size, await read(outbox, message.id)) == (len(content), content)

    play(tmp_path, put)
    play(tmp_path, look)


def test_a_server_keeps_messages_in_it_as_in_any_store(tmp_path: Path) -> None:
    async def story(outbox: Outbox) -> None:
        incoming, dropped = outbox.receive(), outbox.receive()
        incoming.write(LARGE)
        dropped.write(LARGE)
        dropped.drop()
        name = await incoming.keep(envelope("bob@there.test"), Origin("here.test", START, "192.0.2.7", helo="laptop"))
        (message,) = await outbox.messages()
        content = await read(outbox, name)
        assert (message.id, message.relay) == (name, "smtp://mail.test")
        assert content.startswith(b"Received: from laptop ([192.0.2.7])") and content.endswith(b"\r\n" + LARGE)
        assert message.size == len(content)
        assert [path.name for path in (tmp_path / "contents").iterdir()] == [name]

    play(tmp_path, story, relay="smtp://mail.test")


def test_closing_waits_for_what_came_in(tmp_path: Path) -> None:
    async def put(outbox: Outbox) -> None:
        for content in (CONTENT, LARGE):
            incoming = outbox.receive()
            incoming.write(content)
            incoming.keep(envelope("bob@there.test"), Origin("here.test", START)).cancel()

    async def look(outbox: Outbox) -> None:
        assert sorted([each.size for each in await outbox.messages()]) == [len(CONTENT), len(LARGE)]

    play(tmp_path, put)
    play(tmp_path, look)


def test_a_message_for_nobody_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    async def story(outbox: Outbox) -> None:
        with pytest.raises(LocalError, match="needs a recipient"):
            await outbox.put(envelope(), LARGE)
        assert await outbox.messages() == []
        assert list((tmp_path / "contents").iterdir()) == []

    play(tmp_path, story)


def test_a_content_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError("the stick was pulled out")
            return super().read(size)

    async def story(outbox: Outbox) -> None:
        with pytest.raises(OSError, match="pulled out"):
            await outbox.put(envelope("bob@there.test"), Broken(LARGE * 5))
        assert await outbox.messages() == []
        assert list((tmp_path / "contents").iterdir()) == []

    play(tmp_path, story)


def test_whoever_runs_the_queue_is_woken(tmp_path: Path) -> None:
    async def story(outbox: Outbox) -> None:
        name = await outbox.put(envelope("bob@there.test"), CONTENT)
        assert not outbox.ring()
        watch = Watch(tmp_path)
        rung = asyncio.Event()
        asyncio.get_running_loop().add_reader(watch.bell, rung.set)
        for act in (
            lambda: outbox.put(envelope("bob@there.test"), CONTENT),
            lambda: outbox.retry(),
            lambda: outbox.release(name),
        ):
            await act()
            await rung.wait()
            watch.heard()
            rung.clear()
        assert outbox.ring()
        asyncio.get_running_loop().remove_reader(watch.bell)
        watch.close()

    play(tmp_path, story)


def test_people_hold_release_try_and_remove(tmp_path: Path) -> None:
    async def story(outbox: Outbox) -> None:
        name = await outbox.put(envelope("bob@there.test", "eve@else.test"), LARGE)
        assert await outbox.hold(name) == 2
        message = await outbox.message(name)
        assert message is not None and {each.state for each in message.recipients} == {State.HELD}
        assert await outbox.retry(name) == 0
        assert await outbox.release(name) == 2
        assert await outbox.retry() == 2
        assert [each.said for each in await outbox.history(name)] == ["held back"] * 2 + ["released"] * 2
        assert await outbox.down() == []
        assert await outbox.remove(name) == 0
        assert await outbox.messages(finished=True) == []
        assert list((tmp_path / "contents").iterdir()) == []
        with pytest.raises(StoreError, match="no such file"):
            await outbox.content(name)

    play(tmp_path, story)


def test_a_message_is_found_by_a_part_of_its_name(tmp_path: Path) -> None:
    async def story(outbox: Outbox) -> None:
        one = await outbox.put(envelope("bob@there.test"), CONTENT)
        await outbox.put(envelope("bob@there.test"), CONTENT)
        assert await outbox.find(one.upper()) == one
        with pytest.raises(UsageError, match="several messages"):
            await outbox.find(one[:4])
        with pytest.raises(UsageError, match="there is no message lulu"):
            await outbox.find("lulu")  # of letters that no name has

    play(tmp_path, story)


def test_what_is_not_open_says_so(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="not open"):
        Outbox(tmp_path).receive()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    async def main() -> None:
        with pytest.raises(UsageError, match="--outbox names another folder"):
            await Outbox(tmp_path / "file" / "x").open()

    asyncio.run(main())


def test_each_user_has_a_queue_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTSIDE_HOME", str(tmp_path))
    assert outbox_folder() == tmp_path / "outbox" == Outbox().folder
    monkeypatch.delenv("PORTSIDE_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert outbox_folder() == tmp_path / "state" / "portside" / "outbox"
