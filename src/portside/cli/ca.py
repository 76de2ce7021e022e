"""``portside ca``: the local certificate authority, in words or installed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from portside.cli.screen import show, tell
from portside.cli.usage import Command
from portside.errors import UsageError

if TYPE_CHECKING:
    from portside.transport.authority.local import Authority
    from portside.transport.authority.stores import Outcome


def _show_ca(install: bool, uninstall: bool, as_json: bool) -> int:
    # Imported here: `cryptography` takes a while to load, which nobody who asks for --help should wait for.
    from portside.transport.authority import stores
    from portside.transport.authority.local import authorities, open_authority

    if install and uninstall:
        raise UsageError("'--install' and '--uninstall' contradict each other")
    if not uninstall:
        open_authority()  # made on first use, and asking about it is a use
    known = authorities()
    if install or uninstall:
        return _report(stores.install(known) if install else stores.uninstall(known), as_json)
    if as_json:
        click.echo(json.dumps([_described(authority) for authority in known], indent=2))
        return 0
    for number, authority in enumerate(known):
        for line in ([""] if number else []) + stores.instructions(authority):
            show(line)
    return 0


def _described(authority: Authority) -> dict[str, object]:
    return {
        "name": authority.common_name,
        "certificate": str(authority.path),
        "sha256": authority.fingerprint,
        "until": authority.certificate.not_valid_after_utc.isoformat(),
        "names": [str(name) for name in authority.names],
    }


def _report(outcomes: Sequence[Outcome], as_json: bool) -> int:
    """Say what became of each store; 1 where one of them could not be changed."""
    if as_json:
        described = [{"store": each.store, "done": each.done, "detail": each.detail} for each in outcomes]
        click.echo(json.dumps(described, indent=2))
    else:
        for each in outcomes:
            said = each.detail or "done"
            (show if each.done else tell)(f"{each.store}: {said}")
    return 0 if all(each.done for each in outcomes) else 1


command = Command(
    "ca",
    help="""Show the local certificate authority, which is made on first use, and how to trust it.

    'portside serve --tls' shows a certificate of this authority. It may vouch for localhost, loopback addresses and
    .test alone; a server that was given another name has an authority of its own for it, which is shown here too.
    Portside's own clients trust them by themselves towards this machine, and elsewhere with '--ca local'.
    """,
    examples=("portside ca", "portside ca --install"),
    params=[
        click.Option(["--install"], is_flag=True, help="Have this system, Chromium and Firefox trust it."),
        click.Option(["--uninstall"], is_flag=True, help="Undo '--install'."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, for programs."),
    ],
    callback=_show_ca,
)
