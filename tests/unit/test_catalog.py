from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from portside import catalog
from portside.errors import UsageError


def test_the_names_stand_in_the_order_of_the_alphabet() -> None:
    assert catalog.names() == tuple(sorted(catalog.names()))
    assert {"http", "upper"} <= set(catalog.names())


@pytest.mark.parametrize("name", catalog.names())
def test_a_specification_is_whole_and_its_rooms_exist(name: str) -> None:
    spec = catalog.spec(name)
    assert spec.name == name
    assert spec.summary
    assert 0 < spec.port < 65536
    assert spec.transports
    assert all((spec.needs.loss, spec.needs.throughput, spec.needs.timing))
    assert {"messages", "syntax", "rules", "server", "client"} <= set(spec.rooms)
    for room, where in spec.rooms.items():
        assert where == catalog.room(name, room)
        assert find_spec(where) is not None, where


def test_what_is_not_built_is_named_in_one_line() -> None:
    with pytest.raises(UsageError, match="there is no protocol 'gopher'"):
        catalog.spec("gopher")
    with pytest.raises(UsageError, match="upper has no cellar"):
        catalog.room("upper", "cellar")


@pytest.mark.parametrize("loads", ["portside.catalog.spec('upper')", "portside.catalog.spec('http')"])
def test_the_catalog_is_read_without_any_room(loads: str) -> None:
    code = f"import sys, portside.catalog; {loads}; print(*sorted({{'asyncio', 'ssl', 'socket'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
