"""Names of TLS's numbers."""

from __future__ import annotations

import pytest

from portside.inspector.tls.names import ALERTS, HANDSHAKES, VERSIONS, is_grease, named


@pytest.mark.parametrize(("number", "is_one"), [(0x0A0A, True), (0xFAFA, True), (0x0A1A, False), (0x1301, False)])
def test_grease_is_known(number: int, is_one: bool) -> None:
    assert is_grease(number) is is_one


def test_what_has_no_name_is_its_number() -> None:
    assert [named(VERSIONS, number) for number in (0x0304, 0x7F17, 0x2A2A)] == ["TLS 1.3", "0x7f17", "GREASE"]


def test_every_handshake_message_says_what_it_is_for() -> None:
    assert all(name and meaning and "RFC" in source for name, meaning, source in HANDSHAKES.values())
    assert ALERTS[0] == "close notify"
