"""Why something could not be done, in a few words."""

from __future__ import annotations

from portside.errors import RemoteError
from portside.protocols.ftp.client.mirror.tally import reason_of


def test_reasons_are_short() -> None:
    assert reason_of(PermissionError(13, "Permission denied", "/a")) == "permission denied"
    assert reason_of(RemoteError("the server answered 550 no")) == "the server answered 550 no"
