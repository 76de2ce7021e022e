"""``--queue``: messages go into the durable queue."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from portside.apps.outbox.entries import QueuedMessage
from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.watch import Watch
from portside.cli.mail import queueing
from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.queueing import Queued, relay_of
from portside.cli.mail.ways import Became
from portside.errors import UsageError
from portside.mail.envelope import Body
from portside.protocols.smtp.client.content import IN_MEMORY
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.rules.orders import TlsUse
from tests.support.outboxes import CONTENT, envelope


def draft(content: bytes | Path = CONTENT, label: str = "", to: str = "bob@there.test") -> Draft:
    return Draft(label, envelope(to), content)


def hand(folder: Path, drafts: Sequence[Draft | Spoilt], settings: Settings | None = None) -> list[Became]:
    async def main() -> list[Became]:
        queued = Queued(settings or Settings("smtp://mail.test"), folder)
        handed = [each async for each in queued.hand(drafts)]
        assert [each for each, _ in handed] == list(drafts)
        return [became for _, became in handed]

    return asyncio.run(main())


def waiting(folder: Path) -> list[tuple[QueuedMessage, bytes]]:
    async def main() -> list[tuple[QueuedMessage, bytes]]:
        found = []
        async with Outbox(folder) as outbox:
            for message in await outbox.messages():
                content = await outbox.content(message.id)
                found.append((message, content if isinstance(content, bytes) else content.read()))
                if not isinstance(content, bytes):
                    content.close()
        return found

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("settings", "relay"),
    [
        (Settings(), ""),
        (Settings("smtp://mail.test"), "smtp://mail.test:25/"),
        (Settings("smtps://mail.test", ("ann@x", "secret")), "smtps://ann%40x@mail.test:465/"),
        (Settings("smtp://mail.test:587", tls=TlsUse.REQUIRED), "smtp://mail.test:587/#require"),
        (Settings("lmtp://unix:/run/lmtp:"), "lmtp://unix:/run/lmtp:/"),
    ],
)
def test_the_server_is_kept_with_its_user_and_no_password(settings: Settings, relay: str) -> None:
    assert relay_of(settings) == relay


def test_a_message_waits_as_it_will_be_sent(tmp_path: Path) -> None:
    (name,) = hand(tmp_path, [draft(b"Subject: \xc3\xbc\n\nHello\n")])
    ((message, content),) = waiting(tmp_path)
    assert (message.id, message.relay) == (name, "smtp://mail.test:25/")
    assert (message.envelope.body, content) == (Body.EIGHT_BIT, b"Subject: \xc3\xbc\r\n\r\nHello\r\n")


def test_a_large_file_is_copied_and_not_held_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "large.eml"
    file.write_bytes(CONTENT + b"x" * 98 + b"\r\n" + b"y" * IN_MEMORY + b"\r\n")
    hand(tmp_path / "queue", [draft(file)])
    file_content = file.read_bytes()
    file.unlink()
    ((_, content),) = waiting(tmp_path / "queue")
    assert content == file_content


def test_many_messages_go_in_together_and_are_told_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "TOGETHER", 4)
    drafts: list[Draft | Spoilt] = [draft(to=f"{number}@there.test") for number in range(20)]
    spoilt = Spoilt("bad.eml", UsageError("no sender"))
    became = hand(tmp_path, [*drafts[:7], spoilt, draft(to="b\r\nad@x"), *drafts[7:]])
    assert became[7] is spoilt.error and isinstance(became[8], UsageError)
    names = [each for each in became if isinstance(each, str)]
    addresses = {message.id: message.envelope.addresses[0] for message, _ in waiting(tmp_path)}
    assert [addresses[name] for name in names] == [f"{number}@there.test" for number in range(20)]


def test_a_file_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    became = hand(tmp_path / "queue", [draft(tmp_path / "none.eml"), draft()])
    assert isinstance(became[0], FileNotFoundError)
    assert [message.id for message, _ in waiting(tmp_path / "queue")] == [became[1]]


def test_where_nobody_runs_the_queue_that_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hand(tmp_path, [draft()])
    line = f"nobody runs the queue: 'portside queue run --outbox {tmp_path}' sends what is in it"
    assert capfd.readouterr().err == f"portside: {line}\n"
    hand(tmp_path, [draft()], Settings("smtp://mail.test", ("ann", "secret")))
    assert capfd.readouterr().err == f"portside: {line} (with the password in PORTSIDE_PASSWORD or ~/.netrc)\n"
    watch = Watch(tmp_path)
    hand(tmp_path, [draft()])
    assert capfd.readouterr().err == ""
    watch.close()
