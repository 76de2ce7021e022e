from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portside.cli.completion import SHELLS

Call = Callable[..., Any]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(shell: str, command: Call) -> None:
    ended = command("completion", shell)
    assert (ended.code, ended.stderr) == (0, "")
    assert f"_PORTSIDE_COMPLETE={shell}_complete" in ended.stdout


def test_other_shells_are_refused(command: Call) -> None:
    assert command("completion", "tcsh").code == 2
