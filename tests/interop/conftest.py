"""What the proofs with other programs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import web_folder
from tests.support.web_folder import WebFolder


@pytest.fixture
def web(tmp_path: Path) -> WebFolder:
    """A folder of every kind of file."""
    return web_folder.make(tmp_path / "web")
