"""The work of ``portside send``: which messages there are, and which options make no sense together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.sending import messages, send
from portside.cli.mail.ways import Handed
from portside.errors import UsageError
from tests.unit.cli.mail.test_options import options
from tests.unit.cli.mail.test_signing import key as key  # a fixture

LETTER = b"From: ann@example.org\nTo: ben@example.org\n\nHi.\n"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.eml"
    path.write_bytes(LETTER)
    return path


class Noting:
    """A way that leads nowhere."""

    def __init__(self) -> None:
        self.drafts: list[Draft | Spoilt] = []

    async def hand(self, drafts: Iterable[Draft | Spoilt]) -> AsyncIterator[Handed]:
        for draft in drafts:
            self.drafts.append(draft)
            yield draft, draft.error if isinstance(draft, Spoilt) else "q1"


def test_a_message_is_written_or_taken_as_it_is(letter: Path) -> None:
    for said in ({"to": ("b@x.org",), "body": "Hi."}, {"files": (letter,)}):
        way = Noting()
        assert asyncio.run(send(way, options(**said))) == 0  # type: ignore[arg-type]
        assert len(way.drafts) == 1


def test_every_message_is_signed_that_can_be(letter: Path, tmp_path: Path, key: Path) -> None:
    unsigned = tmp_path / "unsigned.eml"
    unsigned.write_bytes(LETTER.replace(b"From: ann@example.org\n", b""))
    nobody = tmp_path / "nobody.eml"
    nobody.write_bytes(b"From: ann@example.org\n\nHi\n")
    said: dict[str, Any] = {"files": (letter, unsigned, nobody), "dkim_key": key, "dkim_selector": "s"}
    way = Noting()
    assert asyncio.run(send(way, options(**said))) == 2
    signed, *spoilt = way.drafts
    assert isinstance(signed, Draft) and isinstance(signed.content, bytes) and signed.content.startswith(b"DKIM-")
    assert all(isinstance(each, Spoilt) for each in spoilt) and len(spoilt) == 2


def test_a_folder_is_many(letter: Path) -> None:
    assert messages(options(files=(letter.parent,)))[1] is True
    assert messages(options(files=(letter,)))[1] is False


@pytest.mark.parametrize(
    "said",
    [{"subject": "x"}, {"body": "x"}, {"html": Path("x")}, {"attach": (Path("x"),)}, {"inline": (Path("x"),)},
     {"header": ("X: y",)}],
)  # fmt: skip
def test_a_message_that_is_there_is_not_written(said: dict[str, Any], letter: Path) -> None:
    with pytest.raises(UsageError, match="--file"):
        messages(options(files=(letter,), **said))
