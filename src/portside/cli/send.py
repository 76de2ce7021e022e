"""``portside send``: send mail to a server, or to each domain's own."""

from __future__ import annotations

import click

from portside.cli.clients import run_client
from portside.cli.mail.options import MailOptions, mail_options
from portside.cli.usage import Command


@click.command(
    "send",
    cls=Command,
    examples=(
        "portside send --to ann@example.com --subject Hello --body Hi smtp://localhost:2525",
        "portside send --user ann --to ben@example.com --attach report.pdf smtp://mail.example.com:587 < letter.txt",
        "portside send --file letter.eml",
    ),
    short_help="Send mail, by one server or by each domain's own.",
)
@click.argument("url", required=False, default="", metavar="[smtp://HOST[:PORT]]")
@mail_options
def command(url: str, mail: MailOptions) -> int:
    """Send a message, or many, to the server that the URL names (smtp, smtps or lmtp); without one, to the servers that
    the DNS names for each recipient's domain (MX).

    A line for each recipient tells what the server said. With 4yz and 5yz the exit code is 1.
    """
    return run_client(_send(url, mail))


async def _send(url: str, mail: MailOptions) -> int:
    from portside.cli.mail.progress import counting
    from portside.cli.mail.reaching import settings_of
    from portside.cli.mail.sending import send
    from portside.cli.mail.ways import Direct, Way

    octets = counting(mail)
    settings = settings_of(url, mail, observer=octets)
    way: Way
    if mail.queue:
        from portside.cli.mail.queueing import Queued

        way = Queued(settings, mail.outbox)
    else:
        way = Direct(settings)
    return await send(way, mail, octets)
