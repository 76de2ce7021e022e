"""What explain rooms share: every protocol that has one keeps the contract, and says so in the catalog."""

from __future__ import annotations

from importlib import import_module

import pytest

from portside import catalog
from portside.interfaces import Role
from portside.protocols.explaining import ExplainRoom, Said

EXPLAINED = [name for name in catalog.names() if "explain" in catalog.spec(name).rooms]


def test_a_message_grows_and_two_that_look_alike_are_two() -> None:
    one, other = (Said(Role.CLIENT, "request", "GET /", 0, 18) for _ in range(2))
    one.stop, one.complete = 40, True
    assert (one.stop - one.start, one.facts, one.notes, one.answers) == (40, {}, (), None)
    assert one != other and len({one, other}) == 2


@pytest.mark.parametrize("name", EXPLAINED)
def test_each_explain_room_keeps_the_contract_on_bytes_of_no_sense(name: str) -> None:
    room: ExplainRoom = import_module(catalog.room(name, "explain"))  # type: ignore[assignment]
    nonsense = bytes(range(256)) * 3
    assert isinstance(room.recognises(None, nonsense), bool)
    reader, mask = room.reader(), room.mask()
    for role in Role:
        found = list(reader.read(role, nonsense))
        found += reader.missed(role, 7)
        found += reader.ended(role)
        assert len(mask.hide(role, nonsense)) == len(nonsense)
        for said in found:
            assert said.role is role and 0 <= said.start <= said.stop <= len(nonsense) + 7
            for field in room.fields(said, nonsense[said.start : said.stop]):
                assert 0 <= field.span[0] <= field.span[1] <= said.stop - said.start
