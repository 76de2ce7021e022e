"""The command line: one file per verb, and none of them loaded before it is asked for."""

from __future__ import annotations

import sys

from portside import __version__


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code. ``--version`` is answered before anything is loaded."""
    given = sys.argv[1:] if arguments is None else arguments
    if given == ["--version"]:
        print(f"portside {__version__}")
        return 0
    from portside.cli.program import run

    return run(given)
