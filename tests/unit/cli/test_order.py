"""What ``get`` is to fetch, and where it goes."""

from __future__ import annotations

import pytest

from portside.cli.order import Order


@pytest.mark.parametrize(
    ("output", "remote_name", "saves"),
    [(None, False, False), ("-", False, False), ("file", False, True), (None, True, True), ("-", True, True)],
)
def test_what_goes_to_stdout_is_not_saved(output: str | None, remote_name: bool, saves: bool) -> None:
    assert Order(output, remote_name, False, False, None, (), False).saves is saves
