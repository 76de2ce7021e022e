"""What is asked: texts, numbers, and JSON that is looked at before it is believed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from portside.apps.mailbox import requests as room
from portside.apps.mailbox.requests import Asked, flag_of, text_of, texts_of
from portside.protocols.http.messages import Request
from portside.protocols.http.server.local_pages import Refused
from tests.support.asks import Arrived


class Posted(Arrived):
    """An arrival with a body, in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    async def body(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def body_of(*pieces: bytes) -> dict[str, Any]:
    return asyncio.run(Asked(Request("POST", "/"), Posted(*pieces)).body())


def refusal(what: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        what()
    assert "\n" not in str(caught.value)
    return caught.value.status, str(caught.value)


def test_the_body_is_an_object() -> None:
    assert body_of(b'{"ids": ', b'["m1"]}') == {"ids": ["m1"]}


@pytest.mark.parametrize("data", [b"", b"x", b"[]", b"1", b"null", b'{"a"', b"\xff", b"[" * 100_000, b"{} {}"])
def test_anything_else_is_refused(data: bytes) -> None:
    assert refusal(lambda: body_of(data))[0] == 400


def test_a_body_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_BODY", 10)
    assert body_of(b'{"a": ', b"123}")
    assert refusal(lambda: body_of(b'{"a": ', b"1234}"))[0] == 413


@pytest.mark.parametrize("body", [{"a": 1}, {"a": None}, {"a": ["x"]}, {"a": True}])
def test_a_text_is_a_text(body: Mapping[str, Any]) -> None:
    assert refusal(lambda: text_of(body, "a"))[0] == 400
    assert text_of({"a": "x"}, "a") == "x" and text_of({}, "a", "y") == "y" and text_of({}, "a") == ""


@pytest.mark.parametrize("body", [{}, {"a": "x"}, {"a": [1]}, {"a": {"x": 1}}, {"a": ["x", None]}])
def test_a_list_of_texts_is_one(body: Mapping[str, Any]) -> None:
    assert refusal(lambda: texts_of(body, "a"))[0] == 400
    assert texts_of({"a": ["x", "y"]}, "a") == ("x", "y") and texts_of({"a": []}, "a") == ()


@pytest.mark.parametrize("body", [{}, {"a": 1}, {"a": "true"}, {"a": None}])
def test_a_flag_is_true_or_false(body: Mapping[str, Any]) -> None:
    assert refusal(lambda: flag_of(body, "a"))[0] == 400
    assert flag_of({"a": True}, "a") and not flag_of({"a": False}, "a")


def test_texts_and_lists_have_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LONGEST_TEXT", 3)
    monkeypatch.setattr(room, "MOST_IDS", 2)
    assert refusal(lambda: text_of({"a": "xxxx"}, "a"))[0] == 400
    assert refusal(lambda: texts_of({"a": ["xxxx"]}, "a"))[0] == 400
    assert refusal(lambda: texts_of({"a": ["x"] * 3}, "a"))[0] == 413
    asked = Asked(Request("GET", "/"), Arrived(), ("m1",), {"query": "xxxx", "limit": "7"})
    assert refusal(lambda: asked.text("query"))[0] == 400
    assert (asked.id, asked.number("limit", 1), asked.number("other", 1), asked.text("other")) == ("m1", 7, 1, "")


def test_what_is_refused_is_named() -> None:
    assert "'seen'" in refusal(lambda: flag_of(json.loads("{}"), "seen"))[1]
