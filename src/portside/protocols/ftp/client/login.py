"""Who we are at a site: as the settings say, the URL, or the netrc file; else anonymous."""

from __future__ import annotations

from portside.accounts.netrc_file import Account, account_in
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.client.urls import FtpUrl
from portside.protocols.ftp.rules.orders import Login, TlsUse


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
