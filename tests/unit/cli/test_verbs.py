from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from portside import catalog, cli
from portside.cli.serving import OFFERS
from portside.cli.verbs import LATER_PROTOCOLS, LATER_VERBS, VERBS


@pytest.mark.parametrize("name", list(VERBS))
def test_each_verb_has_a_module_of_its_own_name(name: str) -> None:
    assert VERBS[name].module == f"portside.cli.{name}"
    assert VERBS[name].help.endswith(".")
    if name not in ("get", "put") or (Path(cli.__path__[0]) / f"{name}.py").exists():
        assert importlib.util.find_spec(VERBS[name].module) is not None


def test_what_is_built_is_not_called_later() -> None:
    assert set(VERBS) & set(LATER_VERBS) == set()
    assert set(catalog.names()) & set(LATER_PROTOCOLS) == set()


def test_every_protocol_of_the_catalog_can_be_served() -> None:
    assert set(OFFERS) == set(catalog.names())
