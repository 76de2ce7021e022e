"""Reads what lives and changes in a world's file: people, states and clocks."""

from __future__ import annotations

from collections.abc import Iterable

from portside.apps.world.clauses import Ids
from portside.apps.world.plan import Answer, Clock, Person, Phase, State
from portside.apps.world.tables import Table


def person(name: str, table: Table, ids: Ids) -> Person:
    """Somebody who lives here."""
    answers = table.table("answers")
    return Person(
        id=name,
        name=table.text("name"),
        names=tuple(word.casefold() for word in table.texts("names")),
        text=table.text("text"),
        room=_rooms(table, (table.text("room"),), ids)[0],
        answers=tuple(_answer(topics, text) for topics, text in answers.pairs()),
        idle=table.texts("idle"),
        wanders=_rooms(table, table.texts("wanders"), ids),
        repeats=table.flag("repeats"),
        baffled=table.text("baffled", ""),
    )


def state(name: str, table: Table, ids: Ids) -> State:
    """Something that is one of a few values."""
    values = table.texts("values")
    if len(values) < 2:
        raise table.wrong("'values' has to list two or more, the first one first")
    heard_in = _rooms(table, table.texts("heard_in"), ids)
    tells = table.table("tells")
    for value in tells.names():
        if value not in values:
            raise tells.wrong(f"{name} is never '{value}'")
    return State(name, values, table.number("returns", 0), heard_in, dict(tells.pairs()))


def clock(name: str, table: Table, ids: Ids) -> Clock:
    """Something that goes round by itself."""
    phases = tuple(_phase(row, ids) for row in table.rows("phases"))
    if len(phases) < 2:
        raise table.wrong("'phases' has to list two or more")
    return Clock(name, phases, _rooms(table, table.texts("heard_in"), ids))


def _phase(row: Table, ids: Ids) -> Phase:
    washes = row.table("washes")
    _rooms(washes, washes.names(), ids)
    phase = Phase(
        value=row.text("value"),
        lasts=row.number("lasts", least=5),  # nobody could act in less
        says=row.text("says", ""),
        washes=dict(washes.pairs()),
        washed=row.text("washed", ""),
    )
    _rooms(washes, phase.washes.values(), ids)
    row.end()
    return phase


def _answer(topics: str, text: str) -> Answer:
    return Answer(tuple(topic.strip().casefold() for topic in topics.split(",")), text)


def _rooms(table: Table, names: Iterable[str], ids: Ids) -> tuple[str, ...]:
    for name in names:
        if name not in ids.rooms:
            raise table.wrong(f"there is no room '{name}'")
    return tuple(names)
