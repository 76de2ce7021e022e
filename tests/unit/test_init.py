"""The package's own face: small until something is asked of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import portside


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, portside; print(*sorted({'asyncio', 'ssl', 'typing', 'click'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    already = subprocess.run(
        [sys.executable, "-c", code.replace(", portside", "")], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout == already.stdout


@pytest.mark.parametrize("name", portside.__all__)
def test_every_name_it_offers_is_there(name: str) -> None:
    assert getattr(portside, name).__doc__
    assert name in dir(portside)


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="nothing_like_it"):
        portside.nothing_like_it  # noqa: B018
