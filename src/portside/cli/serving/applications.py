"""Applications that users write: ``module:app``, found from the folder that one is in."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

from portside.errors import UsageError

NAME = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*(?:\.[^\W\d]\w*)*)")
"""How an application is named: a module, and what is in it."""


def find(named: str, folder: Path) -> object:
    """What ``module:app`` names, with ``folder`` looked in first. Raises ``UsageError`` where there is none.

    What the module itself raises passes through in one line: it is the user's own.
    """
    found = NAME.fullmatch(named)
    if found is None:
        raise UsageError(f"'{named}' names no application; write MODULE:NAME, as in guestbook:app")
    module = _module(found[1], named, folder)
    thing: object = module
    for name in found[2].split("."):
        if not hasattr(thing, name):
            raise UsageError(f"the module {found[1]} holds no '{found[2]}' ({_where(module)})")
        thing = getattr(thing, name)
    return thing


def _module(name: str, named: str, folder: Path) -> ModuleType:
    place = str(folder.resolve())
    if place not in sys.path:
        sys.path.insert(0, place)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(f"there is no module {name} for '{named}', neither in {place} nor installed") from error
        raise UsageError(f"the module {name} needs {error.name}, which is not installed") from error
    except Exception as error:
        raise UsageError(f"the module {name} fails as it is loaded: {type(error).__name__}: {error}") from error


def _where(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or "built in"
