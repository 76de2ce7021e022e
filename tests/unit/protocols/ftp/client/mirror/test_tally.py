"""Why something could not be done, in a few words."""

from __future__ import annotations

from portside.errors import RemoteError
from portside.protocols.ftp.client.mirror.tally import Tally, reason_of


def test_reasons_are_short() -> None:
    assert reason_of(PermissionError(13, "Permission denied", "/a")) == "permission denied"
    assert reason_of(RemoteError("the server answered 550 no")) == "the server answered 550 no"


def test_each_mirror_counts_for_itself() -> None:
    one, other = Tally(), Tally()
    one.failures.append("x")
    one.skipped.append("y")
    assert (other.failures, other.skipped) == ([], [])
