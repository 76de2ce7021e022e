"""Answers that are remembered in front of an application."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from portside.protocols.http.messages import Headers, Request, Response
from portside.protocols.http.server import remembered as room
from portside.protocols.http.server.application import Answer, Arrival
from portside.protocols.http.server.folder import LOOK_AGAIN
from portside.protocols.http.server.remembered import KEPT_FOR, Remembered
from tests.support.asks import Arrived

ARRIVED = Arrived()


class Asked:
    """An application that counts how often it is asked."""

    def __init__(self, *, lasting: bool = True) -> None:
        self.times = 0
        self._lasting = lasting

    def __call__(self, request: Request, arrival: Arrival) -> Answer:
        self.times += 1
        return Response(200, body=b"%d" % self.times, lasting=self._lasting)


def get(*, lasting: bool = True) -> Request:
    return Request("GET", "/", Headers([(b"Host", b"a")]), lasting=lasting)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    hands = SimpleNamespace(now=100.0)
    monkeypatch.setattr(room, "time", SimpleNamespace(monotonic=lambda: hands.now))
    return hands


def test_a_lasting_answer_to_a_lasting_request_is_asked_for_once_in_a_while(clock: SimpleNamespace) -> None:
    asked, request = Asked(), get()
    application = Remembered(asked)
    first = application(request, ARRIVED)
    assert application(request, ARRIVED) is first
    clock.now += KEPT_FOR - 0.01
    assert application(request, ARRIVED) is first
    clock.now += 0.02
    assert application(request, ARRIVED) is not first
    assert asked.times == 2


def test_all_that_is_kept_is_looked_at_within_the_second() -> None:
    assert KEPT_FOR + LOOK_AGAIN < 1


@pytest.mark.parametrize(("request_lasts", "answer_lasts"), [(False, True), (True, False), (False, False)])
def test_what_does_not_last_is_asked_for_each_time(
    clock: SimpleNamespace, request_lasts: bool, answer_lasts: bool
) -> None:
    asked, request = Asked(lasting=answer_lasts), get(lasting=request_lasts)
    application = Remembered(asked)
    for _ in range(5):
        application(request, ARRIVED)
    assert asked.times == 5


def test_two_requests_are_two_however_like_they_are(clock: SimpleNamespace) -> None:
    asked = Asked()
    application = Remembered(asked)
    application(get(), ARRIVED)
    application(get(), ARRIVED)
    assert asked.times == 2


def test_what_is_remembered_is_bounded(clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ANSWERS", 10)
    application = Remembered(Asked())
    for _ in range(100):
        application(get(), ARRIVED)
        assert len(application._answers) <= 10
