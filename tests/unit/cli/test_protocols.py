from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from portside import catalog
from portside.cli.verbs import LATER_PROTOCOLS

Call = Callable[..., Any]


def test_the_table_has_a_line_for_each_protocol_and_straight_columns(command: Call) -> None:
    ended = command("protocols")
    heading, *rows = ended.stdout.splitlines()
    assert (ended.code, ended.stderr) == (0, "")
    assert [row.split()[0] for row in rows] == list(catalog.names())
    for row, name in zip(rows, catalog.names(), strict=True):
        spec = catalog.spec(name)
        assert row[heading.index(" port") + 1 :].startswith(str(spec.port))
        assert row[heading.index("transport") :].startswith(", ".join(spec.transports))
        assert row[heading.index("RFCs") :].startswith(", ".join(spec.rfcs) or "-")
        assert row[heading.index("loss") :].startswith(spec.needs.loss)


def test_a_name_shows_that_protocol_with_its_rooms(command: Call) -> None:
    said = command("protocols", "http").stdout
    spec = catalog.spec("http")
    assert said.startswith(f"http: {spec.summary}\n")
    assert all(f"{name}" in said and where in said for name, where in spec.rooms.items())


def test_programs_read_json(command: Call) -> None:
    every = json.loads(command("protocols", "--json").stdout)
    assert [each["name"] for each in every] == list(catalog.names())
    one = json.loads(command("protocols", "upper", "--json").stdout)
    assert one in every
    assert one["port"] == catalog.spec("upper").port
    assert one["rooms"] == dict(catalog.spec("upper").rooms)
    assert set(one["needs"]) == {"loss", "throughput", "timing"}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("htp", "there is no protocol 'htp'; did you mean 'http'?"),
        ("zzz", "there is no protocol 'zzz'; 'portside protocols' lists them"),
        *((name, f"'{name}' is not built yet") for name in LATER_PROTOCOLS),
    ],
)
def test_other_names_are_refused_in_one_line(name: str, line: str, command: Call) -> None:
    ended = command("protocols", name)
    assert (ended.code, ended.stdout, ended.stderr) == (2, "", f"portside: {line}\n")
