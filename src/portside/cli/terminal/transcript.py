"""``-v``: what is negotiated, in words on stderr, while data passes without one."""

from __future__ import annotations

from collections.abc import Callable

from portside.cli.screen import tell_freely
from portside.interfaces import Door, Role, Send, Step
from portside.protocols.telnet import explain


class Transcript:
    """An observer that tells all that is no data: ``>`` is ours, ``<`` theirs, ``*`` good to know."""

    def __init__(self, tell: Callable[[str], None] = tell_freely) -> None:
        self._tell = tell
        self._reader = explain.reader()

    def saw(self, step: Step) -> None:
        """See ``Observer``."""
        if step.event == "opened" and isinstance(step.given, Door):
            secured = f", {step.given.tls.version}" if step.given.tls is not None else ""
            self._tell(f"* connected to {step.given.remote}{secured}")
        if step.event == "received" and isinstance(step.given, bytes):
            self._print("<", Role.SERVER, step.given)
        for output in step.outputs:
            if isinstance(output, Send):
                self._print(">", Role.CLIENT, bytes(output.data))

    def _print(self, mark: str, role: Role, data: bytes) -> None:
        for said in self._reader.read(role, data):
            if said.kind not in ("data", "line"):
                self._tell(f"{mark} {said.title}")
