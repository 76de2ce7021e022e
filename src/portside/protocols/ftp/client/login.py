"""Who we are at a site: as the settings say, the URL, or the netrc file; else anonymous."""

from __future__ import annotations

import netrc
import stat
from pathlib import Path

from portside.errors import UsageError
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.client.urls import FtpUrl
from portside.protocols.ftp.rules.orders import Login, TlsUse

Account = tuple[str, str]
"""A user and the password."""


def login_of(url: FtpUrl, settings: Settings) -> Login:
    """How to enter at ``url``. Raises ``UsageError`` for a netrc file that cannot be used."""
    tls = TlsUse.IMPLICIT if url.scheme == "ftps" else settings.tls
    known = _account(url, settings)
    if known is None:
        return Login(tls=tls, active=settings.active)
    user, password = known
    return Login(user, password, settings.account, tls, settings.active)


def _account(url: FtpUrl, settings: Settings) -> Account | None:
    if settings.login is not None:
        return settings.login
    if url.password is not None:
        return url.user, url.password
    known = account_in(settings.netrc, url.host, url.user) if settings.netrc is not None else None
    return known or ((url.user, "") if url.user else None)


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
