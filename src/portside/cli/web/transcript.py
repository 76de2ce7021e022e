"""``-v``: the conversation on stderr, as it goes over the wire, without what nobody should read over a shoulder."""

from __future__ import annotations

from portside.cli.clients import describe_door
from portside.cli.screen import tell_freely
from portside.interfaces import Door, Heard, Send, Step
from portside.protocols.http.messages import Request, Response
from portside.syntax.visible import visible

SECRETS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Fields whose values are overwritten."""


class Transcript:
    """An observer that prints heads: ``>`` is what we say, ``<`` what we hear, ``*`` what is good to know."""

    def saw(self, step: Step) -> None:
        if step.event == "opened" and isinstance(step.given, Door):
            _print_lines("*", describe_door(step.given))
        elif isinstance(step.given, Request):
            sent = b"".join(bytes(output.data) for output in step.outputs if isinstance(output, Send))
            _print_lines(">", head_lines(sent.partition(b"\r\n\r\n")[0]))
        for output in step.outputs:
            if isinstance(output, Heard) and isinstance(output.message, Response):
                _print_lines("<", response_lines(output.message))


def head_lines(head: bytes) -> list[str]:
    """The lines of a head as sent, secrets overwritten."""
    first, *fields = head.decode("latin-1").split("\r\n")
    return [first, *(_masked(*line.split(": ", 1)) for line in fields)]


def response_lines(response: Response) -> list[str]:
    """The lines of an answer's head, secrets overwritten."""
    first = f"HTTP/1.{response.minor} {response.status} {response.reason}".rstrip()
    return [first, *(_masked(name, value) for name, value in response.headers)]


def _masked(name: str, value: str = "") -> str:
    return f"{name}: {'*' if name.lower() in SECRETS else value}"


def _print_lines(mark: str, lines: list[str]) -> None:
    tell_freely("\n".join(f"{mark} {visible(line)}" for line in lines))
