"""How a request of the web ended."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portside.cli.web.outcome import at_most, judge, report
from portside.errors import RemoteError, TimedOut
from portside.protocols.http.messages import Headers, Response


def answer(status: int, reason: str = "") -> Any:
    head = Response(status, Headers([(b"X", b"\xe9")]), reason=reason)
    return SimpleNamespace(status=status, head=head, headers=head.headers, url="http://a/", history=())


@pytest.mark.parametrize("status", [200, 204, 206, 304, 399])
def test_no_error_is_none(status: int) -> None:
    judge(answer(status))


@pytest.mark.parametrize(
    ("status", "text"), [(404, "http://a/ answered 404 Not Found"), (599, "http://a/ answered 599")]
)
def test_an_error_is_told_with_its_phrase(status: int, text: str) -> None:
    with pytest.raises(RemoteError) as caught:
        judge(answer(status))
    assert (str(caught.value), caught.value.status) == (text, status)


def test_a_report_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    report(answer(200, "Fine"), 10, time.monotonic() - 1.0, Path("/f"))
    out = capsys.readouterr().out
    said = json.loads(out)
    assert out.count("\n") == 1
    assert (said["status"], said["reason"], said["bytes"], said["file"]) == (200, "Fine", 10, "/f")
    assert said["headers"] == [["X", "é"]] and 0 < said["rate"] <= 10


def test_too_late_is_an_error_of_ours() -> None:
    async def late() -> None:
        async with at_most(0.001):
            await asyncio.Event().wait()

    with pytest.raises(TimedOut, match="--max-time"):
        asyncio.run(late())


def test_another_timeout_stays_what_it_is() -> None:
    async def other() -> None:
        async with at_most(60.0):
            raise TimeoutError("of the system")

    with pytest.raises(TimeoutError, match="of the system"):
        asyncio.run(other())


def test_no_limit_is_none() -> None:
    async def long() -> str:
        async with at_most(0.0):
            await asyncio.sleep(0)
        return "done"

    assert asyncio.run(long()) == "done"
