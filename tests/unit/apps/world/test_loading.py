"""A world's file becomes a plan, or an error that names the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.apps.world import loading
from portside.apps.world.loading import OUR_WORLD, load_plan, parse_plan
from portside.errors import UsageError
from tests.support.worlds import SMALL, small_plan


def test_ours_is_a_whole_world() -> None:
    plan = load_plan()
    assert len(plan.rooms) >= 20
    assert plan.points() == 100
    assert sum(deed.treasure for deed in plan.deeds.values()) == 1
    assert all(room.text and room.exits for room in plan.rooms.values())


def test_every_place_of_ours_can_be_reached() -> None:
    plan = load_plan()
    reached, waiting = {plan.start}, [plan.start]
    while waiting:
        beyond = {exit_.to for exit_ in plan.rooms[waiting.pop()].exits.values()} - reached
        reached |= beyond
        waiting += beyond
    assert reached == set(plan.rooms)


def test_every_deed_of_ours_can_be_done() -> None:
    plan = load_plan()
    done = {effect.subject for action in plan.actions for effect in action.does if effect.do.value == "deed"}
    assert done | {thing.deed for thing in plan.things.values()} - {""} == set(plan.deeds)


def test_the_ways_are_listed_in_their_order() -> None:
    assert list(small_plan().rooms["hall"].exits) == ["north", "east", "south", "down"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('start = "hall"', 'start = "attic"', r"\[world\] 'start': there is no room 'attic'"),
        ('name = "Smallton"\n', "", r"\[world\] needs 'name'"),
        ("players = 3", 'players = "many"', r"\[world\] 'players' has to be a whole number from 1"),
        ('place = "box"', 'place = "bag"', r"\[things.pearl\] 'place': there is no place 'bag'"),
        ('lid = "closed"', 'lid = "ajar"', r"\[things.box\] 'lid' has to be one of: open, closed, locked"),
        ("holds = 2\n", "", r"\[things.box\] has a lid, but holds nothing"),
        ("fixed = true\nholds", "plenty = true\nholds", r"\[things.box\] a thing in plenty can be neither"),
        ("holds = 2\n", "holds = 99\n", r"\[things.box\] 'holds' is at most"),
        ('down = "cellar"', 'left = "cellar"', r"\[rooms.hall.exits\] 'left' is no direction"),
        ('down = "cellar"', 'down = "attic"', r"\[rooms.hall.exits\] 'down': there is no room 'attic'"),
        ('door = "gate" }\nsouth', 'door = "hatch" }\nsouth', r"exits.north\] 'door': there is no door 'hatch'"),
        ('hall = "Oak."', 'attic = "Oak."', r"\[doors.gate.sides\] 'attic': there is no room"),
        ("dark = true", "drak = true", r"\[rooms.cellar\] has 'drak', which means nothing here"),
        ('when = ["lever is up"]', 'when = ["lever is off"]', r"\[actions, number 1\] lever is never 'off'"),
        ('"move to yard"', '"fly to yard"', r"\[actions, number 2\] 'fly to yard' does nothing"),
        ('order = "pull lever"', 'order = "pull rope"', r"\[actions, number 1\] 'rope' is no thing"),
        ('order = "pull lever"', "", r"\[actions, number 1\] needs 'order'"),
        ("[doors.gate]", "[states.x]\nvalues = ['y']\n[doors.gate]", r"\[states.x\] 'values' has to list two or more"),
        ('up = "Something creaks."', 'off = "x"', r"\[states.lever.tells\] lever is never 'off'"),
        ("lasts = 50", "lasts = 0", r"phases, number 2\] 'lasts' has to be a whole number from 5"),
        ('washes = { shore = "hall" }', 'washes = { sea = "hall" }', r"there is no room 'sea'"),
        ("[states.lever]", "[states.lamp]", r"'lamp' names two of: a thing, a person, a door, a state, a clock"),
        ("[things.hat]", "[things.Hat]", r"\[things.Hat\] is no good id"),
        ("[words]", "[wrods]", r"\[the top\] has 'wrods', which means nothing here"),
        ('key = "key"', 'key = "crowbar"', r"\[doors.gate\] 'key': there is no thing 'crowbar'"),
        ('deed = "won"', 'deed = "lost"', r"\[things.pearl\] 'deed': there is no deed 'lost'"),
        ('name = "Smallton"', 'name = "Small', r"line 3"),
        ('place = "box"', 'place = "hat"', r"\[things.pearl\] 'place': hat holds nothing"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_table(old: str, new: str, says: str) -> None:
    assert old in SMALL
    with pytest.raises(UsageError, match=rf"^my.toml: .*{says}"):
        parse_plan(SMALL.replace(old, new, 1), Path("my.toml"))


def test_things_that_lie_in_each_other_are_refused() -> None:
    circle = """
    [things.bag]
    name = "a bag"
    text = "x"
    holds = 1
    place = "sack"
    [things.sack]
    name = "a sack"
    text = "x"
    holds = 1
    place = "bag"
    """
    with pytest.raises(UsageError, match=r"\[things.bag\] 'place': a container lies in a room, not in another one"):
        small_plan(circle)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read: No such file"):
        load_plan(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="can't be read: Is a directory"):
        load_plan(tmp_path)


def test_a_file_that_is_no_text_or_endless_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "w.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="written in UTF-8"):
        load_plan(file)
    monkeypatch.setattr(loading, "LARGEST_FILE", 100)
    with pytest.raises(UsageError, match="at most 100 bytes"):
        load_plan(OUR_WORLD)
