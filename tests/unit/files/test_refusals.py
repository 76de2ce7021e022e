"""What the system says becomes a reason and a text that tell nothing about this machine."""

from __future__ import annotations

import errno
import os

import pytest

from portside.files.refusals import CHANGING, READING, STATUS, STORING, Doing, Refusal, Why, refusal


@pytest.mark.parametrize("doing, number, why", [
    (READING, errno.ENOENT, Why.ABSENT), (READING, errno.ENAMETOOLONG, Why.ABSENT),
    (READING, errno.EPERM, Why.FORBIDDEN), (STORING, errno.ENOSPC, Why.NO_ROOM),
    (STORING, errno.EDQUOT, Why.NO_ROOM), (STORING, errno.EFBIG, Why.TOO_LARGE),
    (STORING, errno.EROFS, Why.FORBIDDEN), (STORING, errno.EEXIST, Why.EXISTS),
    (STORING, errno.EISDIR, Why.IS_A_FOLDER), (STORING, errno.ENAMETOOLONG, Why.BAD_NAME),
    (CHANGING, errno.ENOTEMPTY, Why.NOT_EMPTY), (CHANGING, errno.ENOTDIR, Why.NOT_A_FOLDER),
    (CHANGING, errno.ENOENT, Why.ABSENT), (CHANGING, errno.EBUSY, Why.FORBIDDEN),
])  # fmt: skip
def test_an_error_has_its_reason(doing: Doing, number: int, why: Why) -> None:
    told = refusal(OSError(number, os.strerror(number), "/secret/place"), doing)
    assert told.why is why and told.status == STATUS[why] and "secret" not in str(told)


@pytest.mark.parametrize("doing", [READING, STORING, CHANGING])
def test_any_other_error_is_told_in_the_systems_words(doing: Doing) -> None:
    told = refusal(OSError(errno.EIO, "Input/output error", "/secret/place"), doing)
    assert told.why is Why.BROKEN and told.status == 500
    assert str(told).endswith(": input/output error") and "secret" not in str(told)


def test_every_reason_has_a_status_that_may_be_another() -> None:
    assert set(STATUS) == set(Why)
    assert Refusal(Why.EXISTS, "it is there").status == 409
    assert Refusal(Why.EXISTS, "it is there", 412).status == 412
