"""``portside queue run``: what it is told, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox import Outbox, Runner, Schedule
from portside.cli.outbox import running
from portside.cli.outbox.options import RunOptions
from portside.errors import UsageError
from portside.mail.maildir.store import MaildirStore
from portside.protocols.smtp.rules.orders import TlsUse
from tests.support.outboxes import CONTENT, Carriage, envelope, refused

RUN = RunOptions(
    once=True, retry=None, expire=None, delay_report=None, mailbox=None, domain=(), name="mail.here.test",
    connections=20, per_server=4, starttls=None, mx_port=25, dns=(), timeout=None, log_format="text", verbose=False,
    quiet=False, insecure=False, cacert=None, ca=None,
)  # fmt: skip


def test_the_runner_is_told_what_was_said() -> None:
    settings = running.runner_settings(replace(RUN, connections=7, per_server=2, domain=("Here.TEST",)), None)
    assert (settings.connections, settings.per_destination, settings.name) == (7, 2, "mail.here.test")
    assert settings.schedule == Schedule()
    assert settings.domains == {"here.test"}
    shorter = running.runner_settings(replace(RUN, retry=(1.0,), expire=60.0, delay_report=5.0), None)
    assert shorter.schedule == Schedule((1.0,), 60.0, 5.0)


def test_the_client_is_told_what_was_said(tmp_path: Path) -> None:
    settings = running.client_settings(RUN, {})
    assert (settings.server, settings.login, settings.tls, settings.port, settings.helo) == (
        "", None, None, 25, "mail.here.test",
    )  # fmt: skip
    said = replace(RUN, starttls="require", mx_port=2525, timeout=3.0, insecure=True, verbose=True)
    settings = running.client_settings(said, {"NETRC": str(tmp_path / "netrc")})
    assert (settings.tls, settings.port, settings.timeout, settings.connect_timeout) == (TlsUse.REQUIRED, 2525, 3, 3)
    assert settings.netrc == tmp_path / "netrc"
    assert not settings.trust.verify and settings.observer is not None
    with pytest.raises(UsageError, match="no such file"):
        running.client_settings(replace(RUN, cacert=tmp_path / "none.pem"), {})


def test_a_domain_without_a_mailbox_makes_no_sense(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name their Maildir with --mailbox"):
        asyncio.run(running.run_queue(tmp_path, replace(RUN, domain=("here.test",)), {}))


def test_reports_are_kept_in_the_mailbox_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carriage = Carriage(refused)
    monkeypatch.setattr(running, "SmtpCarrier", lambda settings, password: carriage)

    async def main() -> int:
        async with Outbox(tmp_path / "queue") as outbox:
            await outbox.put(envelope("bob@there.test"), CONTENT)
        return await running.run_queue(tmp_path / "queue", replace(RUN, mailbox=tmp_path / "mail"), {})

    assert asyncio.run(main()) == 0
    (report,) = (tmp_path / "mail" / "new").iterdir()
    assert b"Final-Recipient: rfc822; bob@there.test" in report.read_bytes()
    assert carriage.tried == ["bob@there.test"]


def test_the_password_of_the_environment_is_for_the_relays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []

    def carrier(settings: object, password: str) -> Carriage:
        given.append(password)
        return Carriage()

    monkeypatch.setattr(running, "SmtpCarrier", carrier)
    asyncio.run(running.run_queue(tmp_path, RUN, {"PORTSIDE_PASSWORD": "secret"}))
    asyncio.run(running.run_queue(tmp_path, RUN, {}))
    assert given == ["secret", ""]


def play(folder: Path, story: Callable[[Carriage], Any], *, quiet: bool = True) -> int:
    """Run a queue with one message that hangs until the story has gone on; the exit code."""

    async def main() -> int:
        carriage = Carriage()
        carriage.gate = asyncio.Event()
        async with Outbox(folder) as outbox:
            await outbox.put(envelope("bob@there.test"), CONTENT)
            runner = Runner(outbox, carriage)
            working = asyncio.ensure_future(running._until_stopped(runner, once=False))
            await carriage.came.wait()
            story(carriage)
            return await working

    return asyncio.run(main())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)])
def test_a_signal_lets_what_is_under_way_come_to_its_end(tmp_path: Path, number: signal.Signals, code: int) -> None:
    def story(carriage: Carriage) -> None:
        os.kill(os.getpid(), number)
        assert carriage.gate is not None
        asyncio.get_running_loop().call_soon(carriage.gate.set)

    before = signal.getsignal(number)
    assert play(tmp_path, story) == code
    assert signal.getsignal(number) == before


def test_a_second_signal_cuts_it_off(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def story(carriage: Carriage) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        loop = asyncio.get_running_loop()
        loop.call_later(0, loop.call_later, 0, os.kill, os.getpid(), signal.SIGINT)

    assert play(tmp_path, story) == 0
    assert "cut off" in capfd.readouterr().err


def test_the_mailbox_is_a_maildir(tmp_path: Path) -> None:
    async def main() -> None:
        async with running._mailbox(replace(RUN, mailbox=tmp_path)) as store:
            assert isinstance(store, MaildirStore)
        async with running._mailbox(RUN) as store:
            assert store is None

    asyncio.run(main())
