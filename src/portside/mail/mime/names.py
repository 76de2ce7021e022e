"""Names of files that a stranger chose, made fit to be saved under (RFC 2183 §5)."""

from __future__ import annotations

import re

from portside.syntax.visible import visible

LONGEST_NAME = 200
"""Octets of a name in UTF-8: file systems end at 255, and whoever saves may add a number."""

_PLACES = re.compile(r"[/\\]")
_UNSAFE = re.compile(r'[<>:"|?*\0]')  # no system that we know of likes these
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(?:\.|$)", re.I)


def safe_name(name: str, otherwise: str = "attachment") -> str:
    """One name without folders, controls, marks that turn text around, leading dots; ``otherwise`` where none is left.

    It keeps its ending when it is shortened.
    """
    last = _PLACES.split(name)[-1]
    tidy = _UNSAFE.sub("_", visible(last).replace("\\", "_")).strip(" .")
    if not tidy:
        return otherwise
    return _shortened(f"_{tidy}" if _DEVICES.match(tidy) else tidy)


def _shortened(name: str) -> str:
    if len(name.encode("utf-8")) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    kept = (dot + ending) if stem and len(ending) <= 20 else ""
    room = LONGEST_NAME - len(kept.encode("utf-8"))
    return name.encode("utf-8")[:room].decode("utf-8", "ignore") + kept
