"""What the connections of one server share."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from portside.accounts.users import READ_ONLY, User
from portside.errors import UsageError
from portside.protocols.ftp.server.house import House
from portside.protocols.ftp.server.login import Visitor
from portside.protocols.ftp.server.parts import Part
from portside.protocols.ftp.server.settings import Settings


def test_a_root_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        House(Settings(tmp_path / "nowhere"))


def test_a_user_has_the_servers_root_or_one_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    house = House(Settings(tmp_path))
    assert house.tree_of(Visitor(User("u"), True)).root.path == tmp_path
    assert house.tree_of(Visitor(User("u", tmp_path / "own"), True)).root.path == tmp_path / "own"
    with pytest.raises(UsageError):
        house.tree_of(Visitor(User("u", tmp_path / "gone"), True))


@pytest.mark.parametrize(
    ("named", "hidden", "shown"), [(False, False, False), (False, True, True), (True, False, True)]
)
def test_anonymous_sees_no_names_with_a_dot_unless_that_is_said(
    tmp_path: Path, named: bool, hidden: bool, shown: bool
) -> None:
    house = House(Settings(tmp_path, hidden=hidden))
    assert house.tree_of(Visitor(User("u", None, READ_ONLY), named)).root.shows(".profile") is shown


def test_a_warning_comes_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a\nb").touch()
    house = House(Settings(tmp_path))
    with caplog.at_level(logging.WARNING, "portside.ftp"):
        for _ in range(3):
            assert house.tree_of(Visitor(User("u"), True)).listing.entries([]) == []
    assert [record.name for record in caplog.records].count("portside.ftp") == 1


def test_a_folder_is_tidied_once(tmp_path: Path) -> None:
    house = House(Settings(tmp_path))
    part = Part(house.tree_of(Visitor(User("u"), True)).root, "u", ["a"])
    assert [house.is_untidy(part) for _ in range(3)] == [True, False, False]
    part.leave()
