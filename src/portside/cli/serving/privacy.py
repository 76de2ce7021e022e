"""No record lies where a server of the same command would hand it out.

``portside serve`` serves the folder one is in, and there ``--record t.pcapng`` would be written, too: everything that
was said, to be had by everybody. A record that is divided has all of its files beside the first, so its folder decides;
symbolic links are followed, since the server does not ask by which way a folder is reached.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from portside.cli.serving import Serving
from portside.errors import UsageError


def keep_private(servings: Sequence[Serving]) -> None:
    """Raise ``UsageError`` where one of ``servings`` records into a folder of any of them."""
    served = [folder.resolve() for serving in servings for folder in serving.folders]
    for serving in servings:
        watching = serving.watching
        if watching is not None and watching.record is not None:
            _refuse_record(watching.record.path, served)
        if watching is not None and watching.window is not None:
            _refuse_window(served)


def _refuse_record(path: Path, served: Sequence[Path]) -> None:
    folder = path.parent.resolve()
    if not _within(folder, served):
        return
    outside = _outside(folder, served)
    instead = "" if outside is None else f": --record {_as_written(outside / path.name, path)}"
    raise UsageError(f"'{path}' lies in a folder that is served, for all to read; record elsewhere{instead}")


def _refuse_window(served: Sequence[Path]) -> None:
    """What a window shows is in a private file, which only its owner reads: and that is who serves."""
    import tempfile  # few have a window, and this takes its time

    folder = Path(tempfile.gettempdir())
    if _within(folder.resolve(), served):
        raise UsageError(f"the window's private files in '{folder}' would be served; set TMPDIR to another folder")


def _within(folder: Path, served: Sequence[Path]) -> bool:
    return any(folder.is_relative_to(one) for one in served)


def _outside(folder: Path, served: Sequence[Path]) -> Path | None:
    """The nearest folder above that nobody serves; None where all of them are."""
    return next((above for above in folder.parents if not _within(above, served)), None)


def _as_written(path: Path, like: Path) -> str:
    return str(path) if like.is_absolute() else os.path.relpath(path)
