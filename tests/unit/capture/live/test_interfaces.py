from __future__ import annotations

import socket

import pytest

from portside.capture.files.blocks import BlockReader
from portside.capture.files.items import Interface
from portside.capture.files.pcapng import section_header
from portside.capture.live import interfaces
from portside.capture.live.interfaces import COMMENT, Interfaces
from portside.capture.live.sightings import LINK_ETHERNET, LINK_RAW


def read(known: Interfaces) -> list[Interface]:
    items, _ = BlockReader().read(section_header() + known.blocks)
    return [item for item in items if isinstance(item, Interface)]


def test_those_that_are_up_come_first_with_their_names() -> None:
    known = Interfaces()
    found = read(known)
    assert len(known) == len(found) >= 1
    loopback = next(item for item in found if item.name == "lo")
    assert (loopback.link, loopback.comment) == (LINK_ETHERNET, COMMENT)
    assert known.number(socket.if_nametoindex("lo"), LINK_ETHERNET) == loopback.number


def test_a_later_one_is_added_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interfaces, "_present", lambda: [(7, 1)])
    known = Interfaces()
    assert [known.number(*one) for one in ((9, LINK_RAW), (7, LINK_ETHERNET), (9, LINK_RAW))] == [1, 0, 1]
    assert [item.link for item in read(known)] == [LINK_ETHERNET, LINK_RAW]


def test_one_that_has_gone_has_its_number_for_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interfaces, "_present", list)
    known = Interfaces()
    known.number(2_000_000_000, LINK_ETHERNET)
    assert read(known)[0].name == "interface 2000000000"


def test_one_that_goes_while_it_is_asked_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interfaces.socket, "if_nameindex", lambda: [(1, "lo"), (2_000_000_000, "gone0")])
    assert [item.name for item in read(Interfaces())] == ["lo"]
