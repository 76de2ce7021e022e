"""The escape prompt: a few words to the client itself, while the server waits."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from portside.errors import UsageError
from portside.protocols.telnet.messages import Control

PROMPT = "portside telnet> "

SIGNALS: Mapping[str, Control] = {
    "ip": Control.IP,
    "ao": Control.AO,
    "ayt": Control.AYT,
    "brk": Control.BRK,
    "ec": Control.EC,
    "el": Control.EL,
    "eof": Control.EOF,
    "abort": Control.ABORT,
    "susp": Control.SUSP,
    "nop": Control.NOP,
    "ga": Control.GA,
    "eor": Control.EOR,
    "synch": Control.SYNCH,
}


class Commanded(Protocol):
    """What the words are carried out on."""

    def quit(self) -> None: ...
    def suspend(self) -> None: ...
    def signal(self, kind: Control) -> None: ...
    def send_escape(self) -> None: ...
    def status(self) -> list[str]: ...
    def toggle(self, what: str) -> str: ...
    def set(self, what: str, value: str) -> str: ...
    def mode(self, edit: bool) -> None: ...
    def log(self, path: str) -> str: ...
    def environment(self, words: list[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the prompt, with what may follow it."""

    name: str
    usage: str
    help: str


WORDS = (
    Word("close", "", "end the conversation (quit does the same)"),
    Word("status", "", "what was agreed upon"),
    Word("send", "NAME", f"send one of {', '.join(SIGNALS)}, or escape: the escape character itself"),
    Word("toggle", "NAME", "turn on or off: binary, crlf (Enter sends CR LF), echo (show what is typed here)"),
    Word("set", "NAME VALUE", "the same by on and off; set escape KEY: another escape character"),
    Word("mode", "character|line", "send each key at once, or edit lines here"),
    Word("environ", "[NAME[=VALUE]]", "what the server may know; NAME= takes one away"),
    Word("log", "FILE|off", "keep what the server says in FILE from now on"),
    Word("z", "", "suspend (! does the same); the shell's fg comes back"),
    Word("help", "", "this list"),
)


def carry_out(line: str, commanded: Commanded) -> list[str]:
    """Do what ``line`` says, and return what is to be shown. A word may be cut short where one alone begins like it.

    Raises ``UsageError`` for what makes no sense.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"that is not to be understood: {error}") from error
    if not words:
        return []
    name, rest = _whole(words[0]), words[1:]
    return _DEEDS[name](commanded, rest)


def _whole(word: str) -> str:
    names = {"quit": "close", "?": "help", "!": "z", **{each.name: each.name for each in WORDS}}
    if word in names:
        return names[word]
    found = {whole for name, whole in names.items() if name.startswith(word)}
    if len(found) != 1:
        raise UsageError(f"'{word}' is {'several words' if found else 'no word'} here; 'help' lists them")
    return found.pop()


def _one(rest: list[str], name: str) -> str:
    if len(rest) != 1:
        usage = next(word.usage for word in WORDS if word.name == name)
        raise UsageError(f"write: {name} {usage}")
    return rest[0]


def _close(commanded: Commanded, _rest: list[str]) -> list[str]:
    commanded.quit()
    return []


def _suspend(commanded: Commanded, _rest: list[str]) -> list[str]:
    commanded.suspend()
    return []


def _send(commanded: Commanded, rest: list[str]) -> list[str]:
    name = _one(rest, "send").lower()
    if name == "escape":
        commanded.send_escape()
    elif name in SIGNALS:
        commanded.signal(SIGNALS[name])
    else:
        raise UsageError(f"'{name}' can't be sent; there are {', '.join(SIGNALS)}, escape")
    return []


def _toggle(commanded: Commanded, rest: list[str]) -> list[str]:
    return [commanded.toggle(_one(rest, "toggle").lower())]


def _set(commanded: Commanded, rest: list[str]) -> list[str]:
    if len(rest) != 2:
        raise UsageError("write: set NAME VALUE")
    return [commanded.set(rest[0].lower(), rest[1])]


def _mode(commanded: Commanded, rest: list[str]) -> list[str]:
    word = _one(rest, "mode").lower()
    if word not in ("character", "line"):
        raise UsageError("write: mode character, or mode line")
    commanded.mode(word == "line")
    return []


def _help(_commanded: Commanded, _rest: list[str]) -> list[str]:
    return [f"  {word.name + ' ' + word.usage:<24} {word.help}" for word in WORDS] + ["  (nothing goes back)"]


_DEEDS: Mapping[str, Callable[[Commanded, list[str]], list[str]]] = {
    "close": _close,
    "status": lambda commanded, _: commanded.status(),
    "send": _send,
    "toggle": _toggle,
    "set": _set,
    "mode": _mode,
    "environ": lambda commanded, rest: commanded.environment(rest),
    "log": lambda commanded, rest: [commanded.log(_one(rest, "log"))],
    "z": _suspend,
    "help": _help,
}
