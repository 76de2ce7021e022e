"""What ``get`` is to fetch, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """What to fetch, and where it goes: ``output`` (None: stdout), or the remote name."""

    output: str | None
    remote_name: bool
    head: bool
    include: bool
    method: str | None
    data: tuple[str, ...]
    resume: bool

    @property
    def saves(self) -> bool:
        """Whether the body goes elsewhere than to stdout."""
        return self.remote_name or self.output not in (None, "-")
