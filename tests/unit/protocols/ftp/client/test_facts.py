"""What is read out of the answers to SIZE, MDTM and HASH."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.errors import BrokenPromise
from portside.protocols.ftp.client.facts import Facts, check_digest, digest_in, size_in, time_in
from portside.protocols.ftp.messages import Reply
from tests.support.ftp_sites import run, served

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    ("reply", "size"),
    [
        (Reply(213, ("12",)), 12),
        (Reply(213, (" 12 ",)), 12),
        (Reply(550, ("12",)), None),
        (Reply(213, ("1_2",)), None),
        (Reply(213, ("+12",)), None),
        (Reply(213, ("١٢",)), None),
        (Reply(213, ("9" * 30,)), None),
    ],
)
def test_a_size_is_digits_and_nothing_else(reply: Reply, size: int | None) -> None:
    assert size_in(reply) == size


def test_a_time_that_is_none_is_not_known() -> None:
    assert time_in(Reply(213, ("19700101000001",))) == 1.0
    assert time_in(Reply(213, ("yesterday",))) is None
    assert time_in(Reply(550, ("19700101000001",))) is None


def test_a_digest_is_found_in_the_drafts_form() -> None:
    assert digest_in(Reply(213, (f"SHA-256 0-4 {DIGEST} a.txt",))) == DIGEST
    assert digest_in(Reply(213, ("SHA-256 0-4 12ab a.txt",))) is None
    assert digest_in(Reply(550, (DIGEST,))) is None


def test_a_validator_tells_states_apart() -> None:
    assert Facts().validator == ""
    assert len({Facts(1, 2.0).validator, Facts(1, 3.0).validator, Facts(2, 2.0).validator, Facts(1).validator}) == 4


def test_digests_are_compared_where_the_server_has_them(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"test")

    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            assert await check_digest(connection, "/a", DIGEST)
            with pytest.raises(BrokenPromise, match="SHA-256"):
                await check_digest(connection, "/a", "0" * 64)

    run(story)
