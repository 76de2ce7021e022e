"""``-v``: the control connection on stderr, line by line, without passwords."""

from __future__ import annotations

from portside.cli.clients import describe_door
from portside.cli.screen import tell_freely
from portside.interfaces import Door, Heard, Role, Send, Step
from portside.protocols.ftp.explain import mask
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.orders import Noted
from portside.syntax.visible import visible


class Transcript:
    """An observer: ``>`` is what we say, ``<`` what we hear, ``*`` what is good to know."""

    def saw(self, step: Step) -> None:
        """See ``Observer``."""
        if step.event in ("opened", "secured") and isinstance(step.given, Door):
            for line in describe_door(step.given):
                tell_freely(f"* {visible(line)}")
        for output in step.outputs:
            if isinstance(output, Send) and output.to is None and not output.urgent:
                self._print_commands(bytes(output.data))
            elif isinstance(output, Heard):
                self._print_reply(output.message)

    @staticmethod
    def _print_commands(data: bytes) -> None:
        shown = mask().hide(Role.CLIENT, data).decode("utf-8", "backslashreplace")
        for line in shown.splitlines():
            tell_freely(f"> {visible(line)}")

    @staticmethod
    def _print_reply(message: object) -> None:
        reply = message.reply if isinstance(message, Noted) else message
        if isinstance(reply, Reply):
            for line in reply.lines or ("",):
                tell_freely(f"< {reply.code} {visible(line)}")
