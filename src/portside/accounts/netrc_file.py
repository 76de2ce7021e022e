"""The file in which a user keeps logins for clients (``.netrc``)."""

from __future__ import annotations

import netrc
import stat
from collections.abc import Mapping
from pathlib import Path

from portside.errors import UsageError

Account = tuple[str, str]
"""A user and the password."""


def netrc_file(environment: Mapping[str, str]) -> Path:
    """Where it is: where NETRC says, or in the user's home."""
    return Path(environment.get("NETRC") or Path.home() / ".netrc")


def account_in(path: Path, host: str, user: str = "") -> Account | None:
    """Who we are at ``host``, as the netrc file ``path`` says, if that is ``user`` ("": whoever); None elsewhere.

    Raises ``UsageError`` for a file that is malformed, or that others may read.
    """
    try:
        mode = path.stat().st_mode
        known = netrc.netrc(path).authenticators(host)
    except FileNotFoundError:
        return None
    except (netrc.NetrcParseError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a netrc file: {error}") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    if known is None or not known[0] or user not in ("", known[0]):
        return None
    if known[2] and stat.S_IMODE(mode) & 0o077:
        raise UsageError(f"{path} holds a password for {host}, and others may read it: chmod 600 {path}")
    return known[0], known[2] or ""
