"""What the system says of a disk, in one line for whoever runs the server."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from portside.mail.maildir.refusals import again, refusal
from portside.mail.storing import StoreError, StoreFull


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_is_an_error_of_its_own(number: int) -> None:
    error = refusal(OSError(number, os.strerror(number)), Path("mail"))
    assert type(error) is StoreFull
    assert str(error) == "there is no room left for mail in mail: make room, and it is taken again"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO])
def test_every_other_error_says_what_the_system_said_in_one_line(number: int) -> None:
    error = refusal(OSError(number, os.strerror(number)), Path("mail"))
    assert type(error) is StoreError
    assert os.strerror(number).lower() in str(error)
    assert "mail" in str(error) and "\n" not in str(error)


def test_an_error_is_told_to_each_by_itself() -> None:
    first = StoreFull("no room")
    second = again(first)
    assert second is not first
    assert (type(second), str(second)) == (StoreFull, "no room")
