"""Reports of what is agreed upon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.telnet.messages import StatusReport, Verb
from portside.protocols.telnet.syntax.status import parse_status, serialise_status

PAIRS = st.lists(st.tuples(st.sampled_from(Verb), st.integers(0, 255)), max_size=8)


@given(PAIRS)
def test_any_report_comes_back(pairs: list[tuple[Verb, int]]) -> None:
    assert parse_status(serialise_status(pairs)) == StatusReport(tuple(pairs))


@pytest.mark.parametrize("payload", [b"", b"\x02", b"\x00\x01", b"\x00\xfb", b"\x00\xfb\x01\x05"])
def test_what_is_no_report_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_status(payload)


def test_parameters_are_passed_over_whatever_they_hold() -> None:
    payload = b"\x00\xfa\x1f\xf0\xf0\xfb\xf0\xfd\x03\xfa\x18\x00X\xf0"
    assert parse_status(payload) == StatusReport(((Verb.DO, 3),))
