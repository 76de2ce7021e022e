"""Both sides of every port: servers and clients of the protocols that the Internet speaks.

>>> # import portside
>>> # print(portside.get("http://localhost:8080/").text())
"""

from __future__ import annotations

TYPE_CHECKING = False  # not from `typing`: that would take half of the time of starting up
if TYPE_CHECKING:
    from typing import Any

    from portside.apps.mailbox.catching import catch_mail as catch_mail
    from portside.apps.mailbox.client import AsyncMailbox as AsyncMailbox
    from portside.apps.mailbox.client import Mailbox as Mailbox
    from portside.mail.envelope import Envelope as Envelope
    from portside.mail.envelope import Recipient as Recipient
    from portside.protocols.ftp.client.client import FtpClient as FtpClient
    from portside.protocols.ftp.client.settings import Settings as FtpSettings
    from portside.protocols.http.client.client import Client as Client
    from portside.protocols.http.client.once import get as get
    from portside.protocols.http.client.settings import Settings as ClientSettings
    from portside.protocols.smtp.client.mailer import Mailer as Mailer
    from portside.protocols.smtp.client.once import send_mail as send_mail
    from portside.protocols.smtp.client.outcome import Outcome as MailOutcome
    from portside.protocols.smtp.client.settings import Settings as MailSettings
    from portside.protocols.telnet.client.session import TelnetSession as TelnetSession
    from portside.protocols.telnet.client.session import telnet as telnet
    from portside.protocols.telnet.client.settings import Settings as TelnetSettings

__version__ = "0.1.0"
__all__ = [
    "AsyncMailbox", "Client", "ClientSettings", "Envelope", "FtpClient", "FtpSettings", "MailOutcome", "MailSettings",
    "Mailbox", "Mailer", "Recipient", "TelnetSession", "TelnetSettings", "catch_mail", "get", "send_mail", "telnet",
]  # fmt: skip

_PLACES = {
    "AsyncMailbox": ("portside.apps.mailbox.client", "AsyncMailbox"),
    "Client": ("portside.protocols.http.client.client", "Client"),
    "ClientSettings": ("portside.protocols.http.client.settings", "Settings"),
    "Envelope": ("portside.mail.envelope", "Envelope"),
    "FtpClient": ("portside.protocols.ftp.client.client", "FtpClient"),
    "FtpSettings": ("portside.protocols.ftp.client.settings", "Settings"),
    "MailOutcome": ("portside.protocols.smtp.client.outcome", "Outcome"),
    "MailSettings": ("portside.protocols.smtp.client.settings", "Settings"),
    "Mailbox": ("portside.apps.mailbox.client", "Mailbox"),
    "Mailer": ("portside.protocols.smtp.client.mailer", "Mailer"),
    "Recipient": ("portside.mail.envelope", "Recipient"),
    "TelnetSession": ("portside.protocols.telnet.client.session", "TelnetSession"),
    "TelnetSettings": ("portside.protocols.telnet.client.settings", "Settings"),
    "catch_mail": ("portside.apps.mailbox.catching", "catch_mail"),
    "get": ("portside.protocols.http.client.once", "get"),
    "send_mail": ("portside.protocols.smtp.client.once", "send_mail"),
    "telnet": ("portside.protocols.telnet.client.session", "telnet"),
}
"""Where the names live that users import from here. Each is loaded when it is asked for, so that the start is quick."""


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(place[0]), place[1])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
