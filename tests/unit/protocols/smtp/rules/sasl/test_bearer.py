from __future__ import annotations

import json

import pytest

from portside.protocols.smtp.rules.sasl.bearer import Bearer
from portside.protocols.smtp.rules.sasl.exchanges import Challenge, Claim, Malformed, Wrong


@pytest.mark.parametrize(
    ("data", "user", "token"),
    [
        (b"n,a=anna@example.com,\1host=mx\1port=587\1auth=Bearer vF9dft4qmT==\1\1", "anna@example.com", "vF9dft4qmT=="),
        (b"n,,\1auth=bearer  abc\1\1", "", "abc"),
        (b"n,a=a=2Cb=3Dc,\1auth=Bearer abc\1\1", "a,b=c", "abc"),
    ],
)
def test_a_token_is_found(data: bytes, user: str, token: str) -> None:
    assert Bearer().respond(data) == Claim(user, token, token=True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"n,,",
        b"n,,\1\1",
        b"y,,\1auth=Bearer abc\1\1",
        b"n,,\1auth=Basic abc\1\1",
        b"n,,\1auth=Bearer a b\1\1",
        b"n,,\1auth=Bearer a\1auth=Bearer b\1\1",
        b"\xff\1auth=Bearer abc\1\1",
        b"n,," + b"\1x=y" * 20 + b"\1auth=Bearer abc\1\1",
    ],
)
def test_what_is_no_token_is_malformed(data: bytes) -> None:
    assert Bearer().respond(data) == Malformed()


def test_a_wrong_token_is_explained_and_whatever_is_answered_it_is_wrong() -> None:
    bearer = Bearer()
    bearer.respond(b"n,a=anna,\1auth=Bearer abc\1\1")
    problem = bearer.refused()
    assert isinstance(problem, Challenge)
    assert json.loads(problem.data) == {"status": "invalid_token"}
    assert bearer.respond(b"\1") == Wrong()
