"""The stages of one data connection."""

from __future__ import annotations

import pytest

from portside.interfaces import Address, Close, Dial, Heard, Link, Listen, Reading, Send, StartTls
from portside.protocols.ftp.rules.data import TRANSITIONS, DataConnection, Event, Stage
from portside.protocols.ftp.rules.turns import DataReady
from tests.support.ftp_plays import DATA_DOOR, DOOR

LINK = Link("data 1")
GREETING = [Send(b"150 Now.\r\n")]


def test_every_stage_can_end() -> None:
    assert all(Event.GONE in events for events in TRANSITIONS.values())
    assert set(TRANSITIONS) == set(Stage)


def test_who_comes_before_the_transfer_is_not_heard_until_it_begins() -> None:
    data = DataConnection.awaited(LINK)
    assert data.listen(DOOR, None) == [Listen(LINK, Address("192.0.2.1", 0), "192.0.2.7", None)]
    data.bound()
    assert data.linked(DATA_DOOR, GREETING) == [Reading(False, LINK)]
    outputs = data.begin(GREETING, inward=True, protected=False)
    assert outputs == [*GREETING, Reading(True, LINK), Heard(DataReady(LINK, DATA_DOOR))]
    assert data.open


def test_who_comes_late_is_met_at_once() -> None:
    data = DataConnection.awaited(LINK)
    data.bound()
    assert data.begin(GREETING, inward=False, protected=False) == ()
    assert data.linked(DATA_DOOR, GREETING)[0] == GREETING[0]


def test_tls_begins_behind_the_greeting() -> None:
    data = DataConnection.named(LINK, Address("192.0.2.7", 5000), "192.0.2.1")
    assert data.begin(GREETING, inward=False, protected=True) == [Dial(LINK, Address("192.0.2.7", 5000), "192.0.2.1")]
    assert data.linked(DATA_DOOR, GREETING) == [*GREETING, StartTls(LINK), Reading(True, LINK)]
    assert not data.open
    assert data.ready(DATA_DOOR) == [Heard(DataReady(LINK, DATA_DOOR))]
    assert data.finish() == [Close(LINK)]
    assert data.stage is Stage.CLOSING


@pytest.mark.parametrize("stage", list(Stage))
def test_it_can_be_cut_at_any_stage(stage: Stage) -> None:
    data = DataConnection(LINK, stage)
    assert data.cut() == [Close(LINK, cut=True)]
    assert data.stage is Stage.OVER
