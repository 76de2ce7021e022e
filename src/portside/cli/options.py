"""The options that every client has, and what their values mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from portside.cli.kinds import FILE, SECONDS
from portside.cli.usage import LaterOption
from portside.errors import UsageError

if TYPE_CHECKING:
    from portside.transport.dial import ClientTls

F = TypeVar("F", bound=Callable[..., Any])


def gathered(
    name: str, kind: type[Any], options: Sequence[Callable[[Any], Any]], params: Sequence[click.Parameter] = ()
) -> Callable[[F], F]:
    """A decorator that adds ``options`` to a command, and ``params`` behind them.

    The command gets the values that ``kind``, a dataclass with slots, has fields for as one argument ``name``.
    """
    fields = frozenset(kind.__slots__)

    def decorate(command: F) -> F:
        def gather(**said: Any) -> Any:
            value = kind(**{field: said.pop(field) for field in fields})
            return command(**{name: value}, **said)

        gather.__doc__ = command.__doc__
        gather.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
        for option in reversed(options):
            option(gather)
        gather.__click_params__[:0] = reversed(params)  # type: ignore[attr-defined]  # the last one first
        return gather  # type: ignore[return-value]

    return decorate


def talk_options() -> list[click.Parameter]:
    """How much a client says, and in which form."""
    return [
        click.Option(["--verbose", "-v"], is_flag=True, help="Show the conversation on stderr."),
        click.Option(["--quiet", "-q"], is_flag=True, help="Say nothing but errors on stderr."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, for programs."),
    ]


def trust_options() -> list[click.Parameter]:
    """Whom a client believes."""
    return [
        click.Option(["--insecure", "-k"], is_flag=True, help="Do not verify the server's certificate."),
        click.Option(["--cacert"], type=FILE, help="Trust the authorities in this file (PEM), and no others."),
        click.Option(
            ["--ca"],
            type=click.Choice(["local"]),
            help="Trust the local CA too; towards this machine it is trusted anyway.",
        ),
    ]


def wait_options(default: str) -> list[click.Parameter]:
    """How long a client waits; ``default`` says in words what holds where nothing is set."""
    return [
        click.Option(["--timeout"], type=SECONDS, help=f"Wait at most this long for an answer.  [default: {default}]")
    ]


def later_options() -> list[click.Parameter]:
    """What every client will have and is not built yet."""
    return [LaterOption(["--conditions"], metavar="SPEC")]


def client_tls(values: Mapping[str, Any], alpn: tuple[str, ...] = ()) -> ClientTls:
    """What the values of ``trust_options`` mean."""
    from portside.transport.dial import ClientTls

    return ClientTls(not values["insecure"], values["cacert"], values["ca"] == "local", alpn)


class Trusting(Protocol):
    """Options that were gathered, the values of ``trust_options`` among them."""

    @property
    def insecure(self) -> bool: ...

    @property
    def cacert(self) -> Path | None: ...

    @property
    def ca(self) -> str | None: ...


def trust_of(said: Trusting, alpn: tuple[str, ...] = ()) -> ClientTls:
    """What they mean. Raises ``UsageError`` for a file that is not there, before anything is said to anybody."""
    if said.cacert is not None and not said.cacert.is_file():
        raise UsageError(f"--cacert {said.cacert}: no such file")
    return client_tls({"insecure": said.insecure, "cacert": said.cacert, "ca": said.ca}, alpn)
