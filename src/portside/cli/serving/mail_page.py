"""The mailbox page of ``portside serve smtp``: its options, and how it is opened beside the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from portside.cli import recording
from portside.cli.recording import Wanted
from portside.cli.screen import tell
from portside.cli.serving.doors import Values
from portside.cli.usage import OptionalValue
from portside.errors import ListenError, UsageError
from portside.interfaces import Address

if TYPE_CHECKING:
    from portside.apps.mailbox.releasing import Release
    from portside.apps.mailbox.serving import MailboxPage
    from portside.mail.maildir.mailbox import Mailbox

PORT = 8025
"""Where the page is, unless one asks for another port: where people look for one of a mail catcher."""
LOOPBACK = "127.0.0.1"
Settled = Callable[[], Awaitable[None]]


def options() -> list[click.Parameter]:
    """What ``portside serve smtp`` takes about its page."""
    return [
        OptionalValue(
            ["--mailbox"],
            alone=PORT,
            type=click.IntRange(0, 65535),
            metavar="[PORT]",
            help=f"Show the mail on a page at PORT of this machine ({PORT}; 0: a free one), and by its JSON API. "
            "--window shows it, too.",
        ),
        click.Option(
            ["--release-to"],
            metavar="URL",
            help="Let people send a message on from the page, through this server: smtp://relay.example.com.",
        ),
        click.Option(
            ["--check-senders"],
            is_flag=True,
            help="Ask the DNS about the sender of each message that is opened on the page: SPF, DKIM, DMARC.",
        ),
    ]


@dataclass(slots=True)
class PageWanted:
    """A page at ``port`` of loopback (0: a free one), and what can be done from it. ``window`` is told before it opens.

    - ``scheme``: how mail comes in, as in the URL of the server.
    - ``release_to``: the URL of a server that messages are sent on to, "" for none; ``check_senders``: see ``judging``.
    """

    port: int
    scheme: str = "smtp"
    release_to: str = ""
    check_senders: bool = False
    window: str = field(default="", init=False)

    def window_at(self, url: str) -> None:
        """The window that shows the conversations is at ``url`` ("": there is none)."""
        self.window = url

    async def open(self, mailbox: Mailbox, servers: Sequence[Address], settled: Settled) -> MailboxPage:
        """Show ``mailbox``, to which mail comes by ``servers``; ``settled``: see ``Terms``. Raises ``ListenError``."""
        from portside.apps.mailbox.judging import judge_by_dns
        from portside.apps.mailbox.serving import open_mailbox_page
        from portside.apps.mailbox.terms import Terms

        terms = Terms(
            smtp=f"{self.scheme}://{servers[0]}" if servers and not servers[0].path else "",
            release=_release(self.release_to) if self.release_to else None,
            release_to=_without_login(self.release_to),
            ladder=lambda: self.window,
            settled=settled,
            judge=judge_by_dns() if self.check_senders else None,
        )
        try:
            page = await open_mailbox_page(mailbox, Address(LOOPBACK, self.port), terms)
        except ListenError as error:
            raise ListenError(str(error).replace("--port", "--mailbox")) from error
        tell(f"the mailbox is at {page.url}")
        return page


def page_wanted(values: Values, watching: Wanted | None, scheme: str) -> PageWanted | None:
    """The page that is asked for, by its own option or with the window. Raises ``UsageError``."""
    asked, window = values["mailbox"], None if watching is None else watching.window
    if (asked is None and window is None) or values["sink"]:
        _refuse_without_page(values)
        return None
    port = asked if asked is not None else PORT if window else 0
    return PageWanted(port, scheme, values["release_to"] or "", values["check_senders"])


def watching_here() -> Wanted | None:
    """What the command line that is being read wants recorded and shown."""
    ctx = click.get_current_context(silent=True)
    return None if ctx is None else recording.wanted(ctx)


def _refuse_without_page(values: Values) -> None:
    if values["mailbox"] is not None:
        raise UsageError("'--sink' keeps nothing, so that there is nothing for '--mailbox' to show")
    for name in ("release_to", "check_senders"):
        if values[name]:
            raise UsageError(f"'--{name.replace('_', '-')}' is done from the mailbox page: add --mailbox")


def _release(url: str) -> Release:
    from portside.apps.mailbox.releasing import through
    from portside.protocols.smtp.client import Mailer, Settings

    settings = Settings(url)
    Mailer(settings)  # it says what is wrong with a URL
    return through(settings)


def _without_login(url: str) -> str:
    """``url`` as a page may show it."""
    parts = urlsplit(url)
    return url if "@" not in parts.netloc else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
