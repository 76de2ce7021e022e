"""``portside serve upper``: the uppercase application."""

from __future__ import annotations

from typing import Any

import click

from portside.cli.serving import Running, Serving, ServingCommand, doors
from portside.errors import UsageError

PORT = 12000


def _prepare(**values: Any) -> Serving:
    raise UsageError("soon")


command = ServingCommand(
    "upper",
    help="Answer whatever comes in upper case.",
    examples=("portside serve upper", "portside serve upper --udp"),
    params=[*doors.options(PORT), click.Option(["--udp"], is_flag=True, help="Speak UDP instead of TCP.")],
    callback=_prepare,
)
