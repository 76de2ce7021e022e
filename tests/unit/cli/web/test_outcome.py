"""How a request of the web ended."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portside.cli.web.outcome import judge, report
from portside.errors import RemoteError
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
