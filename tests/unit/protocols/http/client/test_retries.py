"""What is tried again, and after how long."""

from __future__ import annotations

import pytest

from portside.errors import (
    BrokenPromise,
    CertificateError,
    ConnectError,
    ConnectionLost,
    LimitExceeded,
    LoginFailed,
    PortsideError,
    RemoteError,
    ResolveError,
    TimedOut,
)
from portside.protocols.http.client.retries import LONGEST_PAUSE, is_repeatable, pause_before, worth_a_retry

NOW = 784111700.0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_what_means_the_same_twice_is_repeatable(method: str) -> None:
    assert is_repeatable(method)


@pytest.mark.parametrize("method", ["POST", "PATCH", "CONNECT", "get", "X"])
def test_anything_else_is_not(method: str) -> None:
    assert not is_repeatable(method)


@pytest.mark.parametrize(
    "error", [ConnectError("x"), ConnectionLost("x"), ResolveError("x"), TimedOut("x"), BrokenPromise("x")]
)
def test_an_accident_of_the_network_may_pass(error: PortsideError) -> None:
    assert worth_a_retry(0, error)


@pytest.mark.parametrize("error", [CertificateError("x"), LoginFailed("x"), RemoteError("x"), LimitExceeded("x")])
def test_a_fault_that_stays_is_not_tried_again(error: PortsideError) -> None:
    assert not worth_a_retry(0, error)


def test_some_statuses_may_pass() -> None:
    assert [status for status in range(100, 600) if worth_a_retry(status, None)] == [408, 429, 502, 503, 504]


def test_pauses_grow_twofold_to_a_limit_and_are_drawn_by_lot() -> None:
    assert [pause_before(n, None, NOW, 1.0) for n in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert pause_before(3, None, NOW, 0.25) == 0.5
    assert pause_before(1000, None, NOW, 1.0) == LONGEST_PAUSE
    assert pause_before(1, None, NOW, 0.0) == 0.0


@pytest.mark.parametrize(
    ("wish", "pause"),
    [
        (b"0", 0.0),
        (b"7", 7.0),
        (b"120", 120.0),
        (b"121", None),
        (b"999999999", None),
        (b"Sun, 06 Nov 1994 08:49:37 GMT", 77.0),
        (b"Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        (b"Sun, 06 Nov 1999 08:00:00 GMT", None),
        (b"-1", 0.5),
        (b"1_0", 0.5),
        (b"soon", 0.5),
        (b"9" * 30, 0.5),
    ],
)
def test_what_the_server_asks_for_counts_more_up_to_a_limit(wish: bytes, pause: float | None) -> None:
    assert pause_before(1, wish, NOW, 1.0) == pause
