from __future__ import annotations

import pytest

from portside.protocols.smtp.rules.shared import Shared


def test_nothing_is_shared_between_two_servers() -> None:
    one, other = Shared(), Shared()
    assert one.messages is not other.messages
    assert one.readers is not other.readers
    assert one.senders[0] is not one.senders[1]
    assert one.welcomes is not other.welcomes


def test_a_nonce_has_to_be_made_by_somebody() -> None:
    with pytest.raises(NotImplementedError):
        Shared().nonce()
