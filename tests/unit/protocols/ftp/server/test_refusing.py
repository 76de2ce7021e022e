"""Every refusal has its code."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.files.refusals import Refusal, Why
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.server.refusing import refused


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_a_code_that_says_no(why: Why) -> None:
    assert 400 <= refused(Refusal(why, "no")).code < 600


def test_some_codes_say_more_than_no() -> None:
    assert refused(Refusal(Why.NO_ROOM, "full")) == Reply(452, ("Full.",))
    assert refused(Refusal(Why.TOO_LARGE, "large")).code == 552
    assert refused(Refusal(Why.BAD_NAME, "name")).code == 553


def test_other_errors_bring_their_own() -> None:
    assert refused(RemoteError("Enough.", 426)) == Reply(426, ("Enough.",))
    assert refused(RemoteError("strange")).code == 451
