"""What people want sent: to one server, to each domain's own, one message or many."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from portside.errors import ConnectError, TimedOut, UsageError
from portside.mail.resolving import NoAnswer
from portside.protocols.smtp.rules.orders import Stage
from portside.protocols.smtp.rules.waits import ClientLimits
from tests.support.ports import free_tcp_port
from tests.support.smtp_mailing import LETTER, Zone, mailing, run, to
from tests.support.smtp_scripted import Scripted

# ------------------------------------------------------------------------------------------------- one server


def test_a_message_is_delivered_and_its_server_is_told_of() -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url) as mailer:
            outcome = await mailer.send(to("b@example.org", "c@example.org"), LETTER)
            assert outcome.check().delivered and outcome.certain
            assert [each.recipient.address for each in outcome.results] == ["b@example.org", "c@example.org"]
            (known,) = {each.server for each in outcome.results}
            assert known is not None and (known.host, known.port, known.name) == (
                "127.0.0.1",
                server.port,
                "scripted.test",
            )
            assert server.contents == [LETTER]
        assert server.said[-1] == "QUIT" and server.said[0] == "EHLO us.test"

    run(story)


def test_somebody_who_is_refused_does_not_stop_the_others() -> None:
    async def story() -> None:
        def choose(line: str) -> str:
            return "550 5.1.1 no such user" if "c@" in line else "250 ok"

        async with Scripted({"RCPT": choose}).open() as server, mailing(server.url) as mailer:
            outcome = await mailer.send(to("b@x.org", "c@x.org", "d@x.org"), LETTER)
            assert [result.delivered for result in outcome.results] == [True, False, True]
            assert outcome.results[1].text == "550 5.1.1 no such user" and outcome.results[1].failed

    run(story)


@pytest.mark.parametrize(
    ("answers", "stage", "code"),
    [
        ({"MAIL": "550 no"}, Stage.MAIL, 550),
        ({"MAIL": "451 later"}, Stage.MAIL, 451),
        ({"RCPT": "550 no", "DATA": "554 nobody"}, Stage.RCPT, 550),
        ({"RCPT": "450 later"}, Stage.RCPT, 450),
        ({"DATA": "554 no"}, Stage.DATA, 554),
        ({".": "554 5.7.1 spam"}, Stage.CONTENT, 554),
        ({".": "452 4.3.1 full"}, Stage.CONTENT, 452),
        ({"greeting": "554 no service"}, Stage.ENTRY, 554),
        ({"greeting": "421 busy"}, Stage.ENTRY, 421),
        ({"EHLO": "554 no"}, Stage.ENTRY, 554),
        ({"MAIL": "421 bye"}, Stage.MAIL, 421),
        ({".": "421 bye"}, Stage.CONTENT, 421),
    ],
)
def test_a_refusal_is_told_with_where_it_happened(answers: dict[str, Any], stage: Stage, code: int) -> None:
    async def story() -> None:
        async with Scripted(answers).open() as server, mailing(server.url) as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert (result.stage, result.reply and result.reply.code) == (stage, code)
            assert result.passing is (code < 500) and result.failed is (code >= 500) and not result.unsure
            server.answers.clear()
            assert (await mailer.send(to(), LETTER)).delivered  # and the next message comes through

    run(story)


@pytest.mark.parametrize(
    ("answers", "stage", "unsure"),
    [
        ({"greeting": ""}, Stage.ENTRY, False),
        ({"EHLO": ""}, Stage.ENTRY, False),
        ({"MAIL": ""}, Stage.MAIL, False),
        ({"RCPT": ""}, Stage.RCPT, False),
        ({"DATA": ""}, Stage.DATA, False),
        ({".": ""}, Stage.CONTENT, True),
    ],
)
def test_wherever_a_server_goes_it_is_known_whether_it_has_the_message(
    answers: dict[str, Any], stage: Stage, unsure: bool
) -> None:
    async def story() -> None:
        async with Scripted(answers).open() as server, mailing(server.url) as mailer:
            outcome = await mailer.send(to(), LETTER)
            (result,) = outcome.results
            assert (result.stage, result.reply, result.unsure) == (stage, None, unsure)
            assert result.passing and outcome.certain is not unsure

    run(story)


@pytest.mark.parametrize(
    ("verb", "wait"),
    [("greeting", "greeting"), ("EHLO", "command"), ("MAIL", "command"), ("DATA", "data"), (".", "end")],
)
def test_a_server_that_says_nothing_is_left_in_time(verb: str, wait: str) -> None:
    async def story() -> None:
        limits = ClientLimits(**{wait: 0.2})
        async with Scripted({verb: None}).open() as server, mailing(server.url, limits=limits) as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert isinstance(result.error, TimedOut) and result.unsure is (verb == ".")

    run(story)


@pytest.mark.parametrize(
    ("answers", "unsure"),
    [
        (dict.fromkeys(("greeting", "EHLO", "MAIL", "RCPT", "DATA"), "250 fine"), False),
        ({"DATA": "250 fine"}, False),
        ({"RCPT": "354 go on"}, False),
        ({".": "354 go on"}, True),
        ({"MAIL": "999 what?"}, False),
        ({"MAIL": "250 ok\r\n250 ok\r\n250 ok\r\n250 ok"}, False),
    ],
)
def test_a_server_that_speaks_nonsense_is_left_and_may_be_mended(answers: dict[str, Any], unsure: bool) -> None:
    async def story() -> None:
        async with Scripted(answers).open() as server, mailing(server.url) as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert not result.delivered and not result.failed and result.unsure is unsure

    run(story)


def test_where_nobody_listens_nothing_is_delivered() -> None:
    async def story() -> None:
        async with mailing(f"smtp://127.0.0.1:{free_tcp_port()}") as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert isinstance(result.error, ConnectError) and result.stage is Stage.ENTRY and result.passing

    run(story)


def test_lmtp_has_a_word_for_each() -> None:
    async def story() -> None:
        script = Scripted({".": ["250 kept", "452 full", "250 kept"]}, lmtp=True)
        async with script.open() as server, mailing(server.url) as mailer:
            outcome = await mailer.send(to("b@x.org", "c@x.org", "d@x.org"), LETTER)
            assert [each.reply and each.reply.code for each in outcome.results] == [250, 452, 250]
        assert server.verbs()[0] == "LHLO"

    run(story)


def test_dots_and_line_ends_arrive_as_they_were_meant() -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url) as mailer:
            await mailer.send(to(), b".a\n..\n.\nb")
            assert server.contents == [b"..a\r\n...\r\n..\r\nb\r\n"]

    run(story)


# ------------------------------------------------------------------------------------------------- by MX


TWO_HOSTS = Zone(
    mx={"x.test": ((10, "a.test"), (20, "b.test"))}, a={"a.test": ("127.0.0.1",), "b.test": ("127.0.0.1",)}
)


def by_mx(zone: Zone, port: int, **more: Any) -> Any:
    return mailing(resolver=zone, port=port, **more)


def test_each_domain_has_its_own_server_and_each_recipient_its_result() -> None:
    async def story() -> None:
        zone = Zone(
            mx={"one.test": ((10, "mx.test"),), "two.test": ((10, "mx.test"),), "null.test": ((0, ""),)},
            a={"mx.test": ("127.0.0.1",)},
        )
        async with Scripted().open() as server, by_mx(zone, server.port) as mailer:
            envelope = to("a@one.test", "b@two.test", "c@null.test", "d@ONE.test", "e@missing.test")
            outcome = await mailer.send(envelope, LETTER)
            codes = [each.reply and (each.reply.code, each.reply.enhanced) for each in outcome.results]
            assert codes == [(250, "2.0.0"), (250, "2.0.0"), (556, "5.1.10"), (250, "2.0.0"), (550, "5.1.2")]
            assert [each.stage for each in outcome.results].count(Stage.ROUTE) == 2
            assert len(server.contents) == 2 and server.verbs().count("RCPT") == 3
            assert outcome.results[0].server is not None and outcome.results[0].server.host == "mx.test"

    run(story)


@pytest.mark.parametrize(
    ("answers", "goes_on"),
    [
        ({"greeting": "421 busy"}, True),
        ({"greeting": "554 no service here"}, True),
        ({"greeting": ""}, True),
        ({"MAIL": "451 later"}, True),
        ({"RCPT": "450 greylisted"}, True),
        ({"RCPT": "550 no such user"}, False),
        ({".": "452 full"}, True),
        ({".": "554 spam"}, False),
        ({".": ""}, False),
        ({"DATA": ""}, True),
    ],
)
def test_the_next_host_is_tried_only_where_that_may_help(answers: dict[str, Any], goes_on: bool) -> None:
    async def story() -> None:
        both = Scripted(answers).open(), Scripted().open()
        async with both[0] as first, both[1] as second, by_mx(TWO_HOSTS, 0) as mailer:
            mailer.settings = _ByHost(mailer.settings, first.port, second.port)  # type: ignore[assignment]
            (result,) = (await mailer.send(to("b@x.test"), LETTER)).results
            assert result.delivered is goes_on
            assert len(second.contents) == goes_on

    run(story)


class _ByHost:
    """Settings whose port is another for each host: two servers on one machine."""

    def __init__(self, settings: Any, *ports: int) -> None:
        self._settings = settings
        self._ports = iter(ports)

    def __getattr__(self, name: str) -> Any:
        return next(self._ports) if name == "port" else getattr(self._settings, name)


def test_only_those_go_to_the_next_host_who_were_not_delivered() -> None:
    async def story() -> None:
        def greylist(line: str) -> str:
            return "450 later" if "c@" in line else "250 ok"

        async with Scripted({"RCPT": greylist}).open() as first, Scripted().open() as second:
            async with by_mx(TWO_HOSTS, 0) as mailer:
                mailer.settings = _ByHost(mailer.settings, first.port, second.port)  # type: ignore[assignment]
                assert (await mailer.send(to("b@x.test", "c@x.test"), LETTER)).delivered
            assert [line for line in second.said if line.startswith("RCPT")] == ["RCPT TO:<c@x.test>"]

    run(story)


@pytest.mark.parametrize("silent", ["x.test", "mx.test"])
def test_a_dns_that_does_not_answer_puts_it_off(silent: str) -> None:
    async def story() -> None:
        zone = Zone(mx={"x.test": ((10, "mx.test"),)}, silent=frozenset({silent}))
        async with by_mx(zone, 25) as mailer:
            (result,) = (await mailer.send(to("b@x.test"), LETTER)).results
            assert isinstance(result.error, NoAnswer) and result.passing and result.stage is Stage.ROUTE

    run(story)


def test_a_host_that_is_down_gives_way_to_the_next() -> None:
    async def story() -> None:
        async with Scripted().open() as server:
            zone = Zone(
                mx={"x.test": ((10, "down.test"), (20, "nowhere.test"), (30, "up.test"))},
                a={"down.test": ("127.0.0.2",), "up.test": ("127.0.0.1",)},
            )
            async with by_mx(zone, server.port) as mailer:
                assert (await mailer.send(to("b@x.test"), LETTER)).delivered

    run(story)


# ------------------------------------------------------------------------------------------------ what can't


def test_a_name_of_ours_that_nobody_could_read_is_refused() -> None:
    async def story() -> None:
        with pytest.raises(UsageError, match="introduce"):
            async with mailing(helo="a b"):
                pass

    run(story)


def test_a_login_is_for_one_server() -> None:
    async def story() -> None:
        with pytest.raises(UsageError, match="URL"):
            async with mailing(login=("ann", "secret")):
                pass

    run(story)


def test_messages_at_the_same_time_do_not_disturb_each_other() -> None:
    async def story() -> None:
        def choose(line: str) -> str:
            return "550 no" if "bad" in line else "250 ok"

        async with Scripted({"RCPT": choose}).open() as server, mailing(server.url, connections=2) as mailer:
            names = ["good", "bad"] * 20
            outcomes = await asyncio.gather(*(mailer.send(to(f"{name}@x.org"), name.encode()) for name in names))
            assert [outcome.delivered for outcome in outcomes] == [name == "good" for name in names]
            assert set(server.contents) <= {b"good\r\n", b""}

    run(story)
