"""Every verb of the command line, one line each. A verb's module holds a click command named ``command``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """A word behind ``portside``: what it does in one line, and where it lives."""

    name: str
    help: str
    module: str


VERBS = {
    verb.name: verb
    for verb in (
        Verb("serve", "Serve a folder to browsers, or speak another protocol's server side.", "portside.cli.serve"),
        Verb("get", "Fetch what a URL names.", "portside.cli.get"),
        Verb("put", "Store a file where a URL names a place.", "portside.cli.put"),
        Verb("send", "Send mail, by one server or by each domain's own.", "portside.cli.send"),
        Verb("queue", "Show the mail that waits, and send it.", "portside.cli.queue"),
        Verb("upper", "Have a server of the uppercase application answer, or measure how fast it does.",
             "portside.cli.upper"),
        Verb("telnet", "Sit at a terminal on another host, or have a script do so.", "portside.cli.telnet"),
        Verb("up", "Start several servers at once, as a portside.toml says.", "portside.cli.up"),
        Verb("watch", "Show a capture on a page, layer by layer, or as text.", "portside.cli.watch"),
        Verb("protocols", "Show every protocol: its RFCs, transport, port and needs.", "portside.cli.protocols"),
        Verb("ca", "Show the local certificate authority and how to trust it.", "portside.cli.ca"),
        Verb("passwd", "Give a user a password, in a file that servers read.", "portside.cli.passwd"),
        Verb("completion", "Print the script that lets a shell complete what you type.", "portside.cli.completion"),
    )
}  # fmt: skip

LATER_VERBS = (
    "stream", "listen", "call", "answer", "message", "share", "lab", "assess",
)  # fmt: skip
"""Verbs that have their name and meaning, and are not built yet."""

LATER_PROTOCOLS = ("rtp", "sip", "torrent")
"""Protocols that ``serve`` will know, and that are not built yet."""
