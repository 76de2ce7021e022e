"""The programs that others wrote, and that Portside is tested with.

Where one is missing, its tests are skipped and named; where CI is true they fail, since a proof that did
not run is none. ``make peers`` installs them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ADMINISTRATION = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where servers live that are not on every user's path."""


UNPACKED = Path(__file__).parents[2] / ".peers"
"""Servers that exclude each other as packages stand here, each in a folder of its own that looks like a root."""

REMEMBERED = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "portside" / "peers"
"""Programs of the npm registry stand here, of the user who runs the tests: read before a test has a home of its own."""


def find(name: str) -> str | None:
    """The absolute path of a program, or None."""
    unpacked = sorted(str(folder) for folder in UNPACKED.glob("*/usr/sbin"))
    fetched = str(REMEMBERED / name / "node_modules" / ".bin")
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), ADMINISTRATION, *unpacked, fetched))
    return shutil.which(name, path=path)


def need(name: str) -> str:
    """The absolute path of a peer, or no test: skipped with its name, failed where CI is true."""
    found = find(name)
    if found is not None:
        return str(Path(found).absolute())
    missing = f"the peer {name} is not installed (make peers)"
    if os.environ.get("CI") == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)
