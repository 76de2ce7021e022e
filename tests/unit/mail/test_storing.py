"""The port behind which mail is kept."""

from __future__ import annotations

from portside.errors import PortsideError
from portside.mail.storing import StoreError, StoreFull


def test_a_full_store_is_one_that_cannot_take_it_now() -> None:
    assert issubclass(StoreFull, StoreError) and issubclass(StoreError, PortsideError)
