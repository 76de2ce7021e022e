"""A small world for many visitors, in the manner of the public MUDs: what ``serve telnet`` hosts by itself.

``make_app(data, save)`` makes one, of a file that describes it and a file that it is saved in. ``app`` is ours, made
when its first visitor comes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from portside.apps.world.hosting import WorldApp, make_app

if TYPE_CHECKING:
    from portside.protocols.telnet.server.visitor import Visitor

__all__ = ["WorldApp", "app", "make_app"]


@cache
def _ours() -> WorldApp:
    return make_app()


async def app(visitor: Visitor) -> None:
    """The demonstration world, for one visitor."""
    await _ours()(visitor)
