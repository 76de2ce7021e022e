"""The environment of a shell: made from scratch, with nothing in it that a visitor could aim at it.

What a client tells of its environment reached ``login`` once, and ``USER=-f root`` came in without a password
(CVE-2026-24061). Here nothing of it reaches a command line at all; of its variables those of the language and of
colours are taken, and their values are letters, digits and a few signs.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLES = ("LANG", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME",
             "COLORTERM")  # fmt: skip
"""What is taken of a visitor's environment; all else, whatever its name, is not."""
PATH = "/usr/local/bin:/usr/bin:/bin"
PATH_OF_ROOT = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SHELL = "/bin/sh"
"""For a user of whom nothing is known."""
DUMB = "dumb"
"""The terminal of those who do not tell theirs."""

_TERMINAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,39}", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Owner:
    """The user whom the server runs as, and every shell with it."""

    name: str
    home: str
    shell: str


def owner() -> Owner:
    """Who we are, as the system's users file says; at home where the server's own HOME is."""
    number = os.geteuid()
    try:
        entry = pwd.getpwuid(number)
    except KeyError:
        return Owner(str(number), _home("/"), SHELL)
    return Owner(entry.pw_name, _home(entry.pw_dir), entry.pw_shell or SHELL)


def _home(usual: str) -> str:
    homes = (os.environ.get("HOME", ""), usual)
    return next((home for home in homes if home and Path(home).is_dir()), "/")


def environment(user: Owner, terminal: str, told: Mapping[str, str]) -> dict[str, str]:
    """All that a shell is given; ``terminal`` and ``told`` are the visitor's words."""
    language = os.environ.get("LANG", "C.UTF-8")
    made = {"LANG": language, **{name: value for name, value in told.items() if _may_pass(name, value)}}
    return made | {
        "HOME": user.home,
        "LOGNAME": user.name,
        "PATH": PATH_OF_ROOT if os.geteuid() == 0 else PATH,
        "SHELL": user.shell,
        "TERM": terminal if _TERMINAL.fullmatch(terminal) else DUMB,
        "USER": user.name,
    }


def _may_pass(name: str, value: str) -> bool:
    return name in VARIABLES and _VALUE.fullmatch(value) is not None
