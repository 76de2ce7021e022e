"""The seam between server and application: what the real arrival offers is what the contract says."""

from __future__ import annotations

import inspect

from portside.protocols.http.server.application import Arrival
from portside.protocols.http.server.exchange import Exchange
from portside.protocols.http.server.folder import Folder
from portside.protocols.http.server.remembered import Remembered


def test_an_exchange_is_an_arrival() -> None:
    assert isinstance(inspect.getattr_static(Exchange, "door"), property)
    assert inspect.isasyncgenfunction(Exchange.body)
    offered = {name for name in vars(Arrival) if not name.startswith("_")}
    assert offered == {"door", "body"}


def test_applications_take_a_request_and_its_arrival() -> None:
    for application in (Folder, Remembered):
        assert list(inspect.signature(application.__call__).parameters) == ["self", "request", "arrival"]
