"""The side above a connection, joined to a client in memory: what is kept, when, and what becomes of the rest."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from portside.accounts.users import KnownAccounts, User, given
from portside.mail.envelope import Envelope, Recipient
from portside.mail.storing import StoreError, StoreFull
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.server import Handler, Reply, Settings, Visit
from tests.support.smtp_joined import Typist, joined
from tests.support.smtp_stores import ShelfStore

CONTENT = b"Subject: hi\r\n\r\nHello.\r\n"
END = b".\r\n"
CLEAR = Policy(mechanisms=("PLAIN",), clear_login=True)


# ----------------------------------------------------------------------------------------------- what is kept


def test_a_message_is_acknowledged_once_it_is_kept_and_not_before() -> None:
    shelf = ShelfStore(later=True)

    async def story(typist: Typist) -> None:
        await typist.begin()
        typist.say(CONTENT + END)
        await asyncio.sleep(0)
        assert typist.taken() == []
        assert len(shelf.waiting) == 1
        shelf.let_go()
        assert await typist.answer() == ["250 2.0.0 Kept as id1."]

    joined(story, shelf)
    assert shelf.kept[0].content == CONTENT
    assert shelf.open == 0


def test_what_is_known_of_a_message_goes_with_it() -> None:
    shelf = ShelfStore()

    async def story(typist: Typist) -> None:
        await typist.begin()
        await typist.answer(CONTENT + END, "250")

    joined(story, shelf, Settings(policy=Policy(name="mx.example")))
    message = shelf.kept[0]
    assert message.envelope == Envelope("a@example.com", (Recipient("b@example.net"),))
    origin = message.origin
    assert (origin.by, origin.helo, origin.protocol) == ("mx.example", "client.example", "ESMTP")
    assert (origin.host, origin.port, origin.local_port) == ("127.0.0.1", 50000, 8080)
    assert (origin.user, origin.tls) == ("", "")
    assert origin.time > 1_700_000_000


def test_who_hangs_up_before_the_end_leaves_nothing() -> None:
    said = b"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + CONTENT + END + b"QUIT\r\n"
    end = said.index(b"\r\n.\r\n") + 5
    for cut in range(1, len(said)):
        shelf = ShelfStore()

        async def story(typist: Typist, cut: int = cut) -> None:
            typist.say(said[:cut])
            typist.hang_up()
            await typist.until(lambda: typist.talk.over)

        joined(story, shelf)
        assert [message.content for message in shelf.kept] == ([CONTENT] if cut >= end else [])
        assert shelf.open == 0


def test_who_hangs_up_behind_the_end_has_it_kept_all_the_same() -> None:
    shelf = ShelfStore(later=True)

    async def story(typist: Typist) -> None:
        await typist.begin()
        typist.say(CONTENT + END)
        typist.pair.client.abort()
        await typist.until(lambda: shelf.waiting)
        shelf.let_go()
        await typist.until(lambda: not typist.house.running)

    joined(story, shelf)
    assert len(shelf.kept) == 1


@pytest.mark.parametrize("step", ["receive", "write", "keep"])
@pytest.mark.parametrize(("error", "reply"), [
    (StoreFull("the disk is full"), "452 4.3.1 There is no room for the message now."),
    (StoreError("the disk is away"), "451 4.3.0 The message can't be kept now."),
])  # fmt: skip
def test_a_store_that_cannot_is_told_to_the_client_and_the_next_message_goes_through(
    step: str, error: StoreError, reply: str, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = ShelfStore(failing={step: error})

    async def story(typist: Typist) -> None:
        await typist.begin()
        assert await typist.answer(CONTENT + END) == [reply]
        shelf.failing.clear()
        await typist.begin()
        assert await typist.answer(CONTENT + END) == ["250 2.0.0 Kept as id1."]

    with caplog.at_level(logging.WARNING, "portside.smtp"):
        joined(story, shelf)
    assert str(error) in caplog.text
    assert shelf.open == 0


def test_what_the_rules_refuse_is_dropped() -> None:
    shelf = ShelfStore()

    async def story(typist: Typist) -> None:
        await typist.begin()
        typist.say(b"a" * 90 + b"\r\n")
        assert shelf.open == 1
        typist.say(b"a" * 90 + b"\r\n")
        assert shelf.open == 0
        assert await typist.answer(END) == ["552 5.3.4 The message is larger than SIZE says."]

    joined(story, shelf, Settings(limits=ServerLimits(largest=100)))
    assert shelf.kept == []


def test_a_store_that_lags_holds_up_those_who_send_and_no_content_is_lost() -> None:
    shelf = ShelfStore(later=True)

    async def story(typist: Typist) -> None:
        await typist.begin()
        typist.say(b"x" * 2000 + b"\r\n" + END)
        typist.connect()
        await typist.begin()
        typist.say(CONTENT)
        typist.say(CONTENT + END)  # it waits: nobody reads it
        assert len(shelf.waiting) == 1
        shelf.let_go()
        await typist.until(lambda: shelf.waiting)
        shelf.let_go()
        await typist.answer(b"", "250")

    joined(story, shelf, Settings(backlog=1000))
    assert [message.content for message in shelf.kept] == [b"x" * 2000 + b"\r\n", CONTENT * 2]


# ------------------------------------------------------------------------------------------------------ hooks


class Watcher(Handler):
    """Notes all that it is asked, and refuses what it is told to."""

    def __init__(self, refuses: str = "", reply: Any = None) -> None:
        self.seen: list[Any] = []
        self._refuses = refuses
        self._reply = reply or Reply(554, ("No.",), "5.7.1")

    async def _note(self, what: str, *facts: Any) -> Any:
        self.seen.append((what, *facts))
        if isinstance(self._reply, BaseException) and what == self._refuses:
            raise self._reply
        return self._reply if what == self._refuses else None

    async def connect(self, visit: Visit) -> Reply | None:
        visit.facts = {"number": 7}
        return await self._note("connect", visit.door.remote.host)

    async def helo(self, visit: Visit, name: str) -> Reply | None:
        return await self._note("helo", name, visit.facts)

    async def sender(self, visit: Visit, envelope: Envelope) -> Reply | None:
        return await self._note("sender", envelope.sender, visit.helo)

    async def recipient(self, visit: Visit, envelope: Envelope, recipient: Recipient) -> Reply | None:
        return await self._note("recipient", recipient.address, envelope.addresses)

    async def message(self, visit: Visit, envelope: Envelope, content: Any) -> Reply | None:
        return await self._note("message", envelope.addresses, content.read())


def test_a_handler_is_asked_at_every_step_and_given_the_message() -> None:
    watcher = Watcher()

    async def story(typist: Typist) -> None:
        await typist.answer(code="220")
        await typist.begin()
        assert (await typist.answer(CONTENT + END, "250"))[0].startswith("250 2.0.0 Kept as ")

    joined(story, watcher)
    assert watcher.seen == [
        ("connect", "127.0.0.1"),
        ("helo", "client.example", {"number": 7}),
        ("sender", "a@example.com", "client.example"),
        ("recipient", "b@example.net", ()),
        ("message", ("b@example.net",), CONTENT),
    ]


@pytest.mark.parametrize(("hook", "reply", "said"), [
    ("connect", None, "554 5.7.1 No."), ("helo", None, "554 5.7.1 No."), ("sender", None, "554 5.7.1 No."),
    ("recipient", None, "554 5.7.1 No."), ("message", None, "554 5.7.1 No."),
    ("sender", Reply(421, ("Go.",), "4.7.0"), "421 4.7.0 Go."),
    ("recipient", ValueError("a bug"), "451 4.3.0 An error of ours; try again later."),
    ("helo", asyncio.CancelledError(), "451 4.3.0 An error of ours; try again later."),
    ("message", asyncio.CancelledError(), "451 4.3.0 The message can't be kept now."),
    ("message", ValueError("a bug"), "451 4.3.0 The message can't be kept now."),
])  # fmt: skip
def test_a_handler_may_refuse_and_its_errors_are_not_the_clients(
    hook: str, reply: Any, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "portside.smtp")

    async def story(typist: Typist) -> None:
        group = "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
        lines = await typist.answer(code="554" if hook == "connect" else "220")
        if hook == "message":
            await typist.answer(group, "354")
            lines = await typist.answer(CONTENT + END)
        elif hook != "connect":
            lines = await typist.answer(group, said[:3])
        assert said in lines

    joined(story, Watcher(hook, reply))


def test_a_store_keeps_what_a_handler_has_nothing_against() -> None:
    shelf = ShelfStore()

    class Picky(Handler):
        async def recipient(self, visit: Visit, envelope: Envelope, recipient: Recipient) -> Reply | None:
            return Reply(550, ("Nobody.",), "5.1.1") if recipient.local_part == "nobody" else None

    async def story(typist: Typist) -> None:
        await typist.answer("EHLO c\r\nMAIL FROM:<a@b>\r\n", "250")
        assert await typist.answer("RCPT TO:<nobody@d>\r\n") == ["550 5.1.1 Nobody."]
        assert await typist.answer("RCPT TO:<c@d>\r\n") == ["250 2.1.5 The recipient is taken."]
        await typist.answer("DATA\r\n")
        await typist.answer(CONTENT + END, "250")

    joined(story, shelf, handler=Picky())
    assert shelf.kept[0].envelope.addresses == ("c@d",)


def test_who_leaves_while_a_hook_thinks_disturbs_nobody() -> None:
    gate: list[asyncio.Future[None]] = []

    class Slow(Handler):
        async def sender(self, visit: Visit, envelope: Envelope) -> Reply | None:
            gate.append(asyncio.get_running_loop().create_future())
            await gate[0]
            return None

    async def story(typist: Typist) -> None:
        typist.say("EHLO c\r\nMAIL FROM:<a@b>\r\n")
        await typist.until(lambda: gate)
        typist.pair.client.abort()
        typist.pair.flow()
        gate[0].set_result(None)
        await typist.until(lambda: not typist.house.running)

    joined(story, ShelfStore(), handler=Slow())


# ----------------------------------------------------------------------------------------------------- logins


def test_a_right_password_lets_in_and_a_wrong_one_does_not() -> None:
    shelf = ShelfStore()
    settings = Settings(policy=CLEAR, accounts=KnownAccounts(given([(User("anna"), "secret")], cost=4)))

    async def story(typist: Typist) -> None:
        await typist.answer("EHLO c\r\n", "250")
        assert (await typist.answer("AUTH PLAIN AGFubmEAd3Jvbmc=\r\n"))[0].startswith("535")
        assert (await typist.answer("AUTH PLAIN AGFubmEAc2VjcmV0\r\n"))[0].startswith("235")
        await typist.begin(hello="NOOP")
        await typist.answer(CONTENT + END, "250")

    joined(story, shelf, settings)
    origin = shelf.kept[0].origin
    assert (origin.user, origin.protocol) == ("anna", "ESMTPA")


def test_a_handler_may_know_who_comes_in() -> None:
    class Door(Handler):
        async def auth(self, visit: Visit, user: str, secret: str) -> bool:
            return (user, secret) == ("anna", "secret")

    async def story(typist: Typist) -> None:
        await typist.answer("EHLO c\r\n", "250")
        assert (await typist.answer("AUTH PLAIN AGFubmEAd3Jvbmc=\r\n"))[0].startswith("535")
        assert (await typist.answer("AUTH PLAIN AGFubmEAc2VjcmV0\r\n"))[0].startswith("235")

    joined(story, ShelfStore(), Settings(policy=Policy(clear_login=True)), Door())


def test_a_handler_may_know_tokens() -> None:
    class Door(Handler):
        async def token(self, visit: Visit, user: str, token: str) -> bool:
            return (user, token) == ("anna", "abc")

    def login(token: str) -> str:
        return b64encode(f"n,a=anna,\1auth=Bearer {token}\1\1".encode()).decode()

    async def story(typist: Typist) -> None:
        await typist.answer("EHLO c\r\n", "250")
        assert (await typist.answer(f"AUTH OAUTHBEARER {login('x')}\r\n"))[0].startswith("334")
        assert (await typist.answer("AQ==\r\n"))[0].startswith("535")
        assert (await typist.answer(f"AUTH OAUTHBEARER {login('abc')}\r\n"))[0].startswith("235")

    joined(story, ShelfStore(), Settings(policy=Policy(clear_login=True)), Door())


def test_the_log_tells_of_each_message_in_one_line_and_in_fields(caplog: pytest.LogCaptureFixture) -> None:
    async def story(typist: Typist) -> None:
        await typist.begin()
        await typist.answer(CONTENT + END, "250")

    with caplog.at_level(logging.INFO, "portside.smtp"):
        joined(story, ShelfStore(), replace(Settings(), policy=Policy()))
    (record,) = [record for record in caplog.records if record.name == "portside.smtp"]
    assert record.getMessage() == f"127.0.0.1 id1 <a@example.com> to <b@example.net> {len(CONTENT)}"
    assert record.facts["to"] == ["b@example.net"]  # type: ignore[attr-defined]
