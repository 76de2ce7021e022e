"""Doors, lids, lights and clothes."""

from __future__ import annotations

import pytest

from tests.support.worlds import Stage


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["open gate"], "The gate is locked."),
        (["unlock gate"], "You have no key that fits the gate."),
        (["take key", "unlock gate"], "You unlock and open the gate."),
        (["take key", "unlock gate", "unlock gate"], "The gate is not locked."),
        (["take key", "unlock gate with key", "close gate", "open gate"], "You open the gate."),
        (["take key", "unlock gate", "open gate"], "The gate is open already."),
        (["take key", "unlock gate", "lock gate"], "You lock the gate."),
        (["lock gate"], "The gate is locked already."),
        (["close gate"], "The gate is closed already."),
        (["open box"], "You open the box."),
        (["lock box"], "The box has no keyhole on this side."),
        (["open hat"], "The hat has neither lid nor hinge."),
        (["open crow"], "The crow has neither lid nor hinge."),
        (["open dragon"], "You see no dragon here."),
        (["close"], "What do you want to close?"),
        (["light"], "What do you want to light?"),
        (["light hat"], "The hat would not burn well."),
        (["take lamp", "light lamp"], "You have nothing to light it with. A match would do."),
        (["take lamp", "take match", "light lamp"], "You light the lamp."),
        (["take lamp", "take match", "light lamp", "turn on lamp"], "The lamp is lit already."),
        (["take lamp", "take match", "light lamp", "blow out lamp"], "You put out the lamp."),
        (["take lamp", "extinguish lamp"], "The lamp is not lit."),
        (["wear hat"], "You have no hat to wear."),
        (["take hat", "put on hat"], "You put on the hat."),
        (["take hat", "wear hat", "wear hat"], "You wear the hat already."),
        (["take key", "wear key"], "You can't wear the iron key."),
        (["take hat", "wear hat", "take off hat"], "You take off the hat."),
        (["take hat", "remove hat"], "You have no hat to take off."),
        (["wear"], "What do you want to wear?"),
    ],
)
def test_the_last_of_some_orders_tells(lines: list[str], answer: str) -> None:
    stage = Stage()
    anna = stage.player()
    assert [stage.does(anna, line) for line in lines][-1] == answer


def test_a_door_is_heard_on_its_other_side() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    ben.room = "yard"
    stage.does(anna, "take key")
    assert stage.sees(ben, anna, "unlock gate") == "Somebody on the other side opens the gate."
    assert stage.sees(ben, anna, "lock gate") == "Somebody on the other side locks the gate."


def test_a_light_is_a_light_for_all() -> None:
    stage = Stage()
    anna, ben = stage.player("Anna"), stage.player("Ben")
    stage.does(anna, "take lamp", "take match", "d")
    stage.does(ben, "d")
    seen = stage.sees(ben, anna, "light lamp")
    assert seen == "Anna lights a lamp.\nThe darkness gives way, and you can see."
    assert stage.sees(ben, anna, "put out lamp") == "Anna puts out a lamp.\nDarkness falls at once."


def test_a_lamp_that_was_lit_on_the_shelf_is_nobodys() -> None:
    stage = Stage()
    anna = stage.player()
    stage.does(anna, "take match")
    assert stage.does(anna, "light lamp") == "Take the lamp first."
    assert not stage.world.items["lamp"].lit
