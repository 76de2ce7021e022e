"""``portside queue``, as a person types it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox.outbox import Outbox
from portside.apps.outbox.watch import Watch
from tests.support.outboxes import CONTENT, envelope

Call = Callable[..., Any]


def put(folder: Path, *recipients: str, relay: str = "smtp://mail.test:25/") -> str:
    async def main() -> str:
        async with Outbox(folder, relay=relay) as outbox:
            return await outbox.put(envelope(*recipients), CONTENT)

    return asyncio.run(main())


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return tmp_path / "queue"


@pytest.fixture
def run(command: Call, queue: Path) -> Call:
    return lambda *arguments: command("queue", "--outbox", str(queue), *arguments)


def test_an_empty_queue_says_so(run: Call, queue: Path) -> None:
    ended = run()
    assert (ended.code, ended.stdout) == (0, "")
    assert ended.stderr == f"portside: the queue in {queue} is empty\n"
    assert run("--json").stdout == ""


def test_what_waits_is_listed(run: Call, queue: Path) -> None:
    name = put(queue, "bob@there.test", "eve@else.test")
    ended = run()
    first, *others = ended.stdout.splitlines()
    assert re.fullmatch(f"{name} +[0-9]+s +26 B  ann@here.test  by smtp://mail.test:25/", first)
    assert others == ["    waiting    bob@there.test  now", "    waiting    eve@else.test  now"]
    assert ended.stderr == (
        "portside: 1 message, recipients: 2 waiting; nobody is sending it: 'portside queue run' does\n"
    )
    watch = Watch(queue)
    assert run().stderr == "portside: 1 message, recipients: 2 waiting\n"
    watch.close()


def test_a_program_is_told_in_json(run: Call, queue: Path) -> None:
    names = [put(queue, "bob@there.test"), put(queue, "eve@else.test")]
    ended = run("--json")
    assert sorted(json.loads(line)["id"] for line in ended.stdout.splitlines()) == sorted(names)
    assert ended.stderr == ""


def test_one_message_is_shown_with_its_history(run: Call, queue: Path) -> None:
    name = put(queue, "bob@there.test")
    run("hold", name)
    shown = run("show", name).stdout
    assert "    held       bob@there.test\n" in shown and shown.endswith("bob@there.test: held back\n")
    facts = json.loads(run("show", "--json", name).stdout)
    assert (facts["recipients"][0]["state"], facts["history"][0]["said"]) == ("held", "held back")
    assert json.loads(run("--json", "show", name).stdout) == facts
    assert run("show", "--content", name).stdout == CONTENT.decode()


def test_messages_are_held_released_tried_and_removed(run: Call, queue: Path) -> None:
    name = put(queue, "bob@there.test", "eve@else.test")
    part = name[-6:]
    assert run("hold", part).stderr == f"portside: {name}: 2 recipients are held\n"
    assert run("hold", part).stderr == (
        f"portside: {name}: 0 recipients are held; none is in a state for it, see 'portside queue show {name}'\n"
    )
    assert run("retry", part).stderr == (
        "portside: 0 recipients are tried as soon as 'portside queue run' is at work\n"
    )
    assert run("release", part).stderr == f"portside: {name}: 2 recipients are released\n"
    watch = Watch(queue)
    assert run("retry", "--all").stderr == "portside: 2 recipients are tried at once\n"
    watch.close()
    assert run("remove", part).stderr == f"portside: {name} is removed\n"
    assert run("--all").stdout == ""


@pytest.mark.parametrize("verb", ["show", "hold", "release", "remove", "retry"])
def test_a_name_that_nothing_has_is_wrong_usage(run: Call, verb: str) -> None:
    ended = run(verb, "zzzz")
    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == "portside: there is no message zzzz in the queue; 'portside queue' lists them\n"


@pytest.mark.parametrize("arguments", [["retry"], ["retry", "4f2k", "--all"]])
def test_one_message_or_all_are_tried_and_it_has_to_be_said_which(run: Call, arguments: list[str]) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.stderr) == (2, "portside: name one message, or say --all\n")


def test_the_queue_may_be_named_behind_the_verb(command: Call, queue: Path) -> None:
    name = put(queue, "bob@there.test")
    assert command("queue", "show", name, "--outbox", str(queue)).stdout.startswith(name)


def test_without_a_name_it_is_the_users_own(command: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTSIDE_HOME", str(tmp_path))
    name = put(tmp_path / "outbox", "bob@there.test")
    assert command("queue").stdout.startswith(name)


@pytest.mark.parametrize("verb", ["run", "show", "retry", "hold", "release", "remove"])
def test_the_help_of_each_verb_begins_with_an_example(command: Call, verb: str) -> None:
    ended = command("queue", verb, "--help")
    assert ended.code == 0
    assert ended.stdout.startswith("Example")
    assert f"Usage: portside queue {verb} " in ended.stdout


def test_a_queue_is_run_once(run: Call, queue: Path) -> None:
    name = put(queue, "bob@nowhere", relay="smtp://127.0.0.1:1/")
    ended = run("run", "--once", "--retry", "90m")  # the list rounds down, and some time goes by
    assert (ended.code, ended.stdout) == (0, "")
    lines = ended.stderr.splitlines()
    assert f"{name} to bob@nowhere: put off: cannot connect to 127.0.0.1:1" in lines[0]
    assert lines[1:] == ["portside: 0 delivered, 0 refused, 1 put off"]
    assert "in 1h" in run().stdout


def test_one_run_at_a_time_is_enough(run: Call, queue: Path) -> None:
    put(queue, "bob@there.test")
    watch = Watch(queue)
    ended = run("run", "--once")
    watch.close()
    assert ended.code == 2
    assert "is run by another process already" in ended.stderr
