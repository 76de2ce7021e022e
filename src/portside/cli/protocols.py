"""``portside protocols``: the catalog as a table, or all that it says of one protocol."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from portside import catalog
from portside.cli.screen import show
from portside.cli.usage import Command, not_built
from portside.cli.verbs import LATER_PROTOCOLS
from portside.errors import UsageError
from portside.protocols.spec import Spec

HEADINGS = ("protocol", "RFCs", "transport", "port", "loss", "throughput", "timing")
GAP = "  "


def _show_protocols(name: str | None, as_json: bool) -> None:
    specs = [catalog.spec(each) for each in catalog.names()] if name is None else [_spec(name)]
    if as_json:
        described = [_described(spec) for spec in specs]
        click.echo(json.dumps(described if name is None else described[0], indent=2))
        return
    for line in _table(specs) if name is None else _portrait(specs[0]):
        show(line)


def _spec(name: str) -> Spec:
    if name in LATER_PROTOCOLS:
        raise not_built(name)
    if name not in catalog.names():
        near = difflib.get_close_matches(name, catalog.names(), n=1)
        hint = f"did you mean '{near[0]}'?" if near else "'portside protocols' lists them"
        raise UsageError(f"there is no protocol '{name}'; {hint}")
    return catalog.spec(name)


def _described(spec: Spec) -> dict[str, Any]:
    return {**dataclasses.asdict(dataclasses.replace(spec, rooms={})), "rooms": dict(spec.rooms)}


def _table(specs: Sequence[Spec]) -> Iterator[str]:
    rows = [HEADINGS, *map(_row, specs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        yield GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(spec: Spec) -> tuple[str, ...]:
    needs = spec.needs
    transports = ", ".join(spec.transports)
    return (spec.name, _rfcs(spec), transports, str(spec.port), needs.loss, needs.throughput, needs.timing)


def _rfcs(spec: Spec) -> str:
    return ", ".join(spec.rfcs) or "-"


def _portrait(spec: Spec) -> Iterator[str]:
    yield f"{spec.name}: {spec.summary}"
    yield ""
    facts = zip(HEADINGS[1:], _row(spec)[1:], strict=True)
    rooms = [("rooms", ""), *((f"  {name}", where) for name, where in spec.rooms.items())]
    for title, value in (*facts, *rooms):
        yield f"{title:12}{value}".rstrip()


def _complete_name(_ctx: click.Context, _argument: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in catalog.names() if name.startswith(incomplete)]


command = Command(
    "protocols",
    help="""Show every protocol that is built, or one of them with its rooms.

    The needs are what an application asks of the network: whether data may get lost, how much there is to carry,
    and whether it matters when it arrives. The port is the one that 'portside serve' takes by itself.
    """,
    examples=("portside protocols", "portside protocols http"),
    params=[
        click.Argument(["name"], required=False, shell_complete=_complete_name),
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, for programs."),
    ],
    callback=_show_protocols,
)
