"""What can be said of mail that is sent, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from portside.cli import recording
from portside.cli.kinds import FILE, FOLDER, SECONDS
from portside.cli.options import gathered, later_options, trust_options

CONNECTIONS = 4
"""As ``smtp.client.settings`` says; reading it there would load all of the client for a help text."""
TLS = ("require", "opportunistic", "off")
NOTIFY = ("never", "success", "failure", "delay")


@dataclass(frozen=True, slots=True)
class MailOptions:
    """What was said on the command line, apart from the server."""

    sender: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    body: str | None
    html: Path | None
    attach: tuple[Path, ...]
    inline: tuple[Path, ...]
    header: tuple[str, ...]
    charset: str
    files: tuple[Path, ...]
    notify: tuple[str, ...]
    envid: str
    ret: str | None
    require_tls: bool
    dkim_key: Path | None
    dkim_selector: str
    dkim_domain: str
    user: str | None
    oauth: bool
    starttls: str | None
    lmtp: bool
    helo: str
    chunking: bool
    connections: int
    messages: int | None
    mx_port: int
    dns: tuple[str, ...]
    queue: bool
    outbox: Path | None
    timeout: float | None
    verbose: bool
    quiet: bool
    json: bool
    insecure: bool
    cacert: Path | None
    ca: str | None


WRITING = (
    click.option("--from", "sender", metavar="ADDRESS",
                 help="Who sends it ('Ann <ann@example.com>'; '<>': nobody, as for a report)."),
    click.option("--to", multiple=True, metavar="ADDRESS", help="Who gets it; may be said several times."),
    click.option("--cc", multiple=True, metavar="ADDRESS", help="Who gets a copy."),
    click.option("--bcc", multiple=True, metavar="ADDRESS", help="Who gets a copy that nobody hears of."),
    click.option("--subject", default="", metavar="TEXT", help="What it is about."),
    click.option("--body", metavar="TEXT", help="What it says; without it, what comes from stdin."),
    click.option("--html", type=FILE, metavar="FILE", help="The same in HTML, from FILE."),
    click.option("--attach", type=FILE, multiple=True, metavar="FILE", help="A file that goes along."),
    click.option("--inline", type=FILE, multiple=True, metavar="FILE",
                 help="A picture that the HTML shows under its file's name."),
    click.option("--header", multiple=True, metavar="LINE", help="A further field: 'Name: value'."),
    click.option("--charset", default="utf-8", metavar="NAME", help="How stdin and the HTML are encoded (utf-8)."),
    click.option("--file", "files", type=FILE, multiple=True, metavar="PATH",
                 help="A message as it is (.eml; '-' is stdin), an mbox, a Maildir, or a folder of .eml files."),
    click.option("--dkim-key", type=FILE, metavar="FILE", help="Sign it with this key (PEM)."),
    click.option("--dkim-selector", default="", metavar="NAME", help="Under which name the DNS has the public key."),
    click.option("--dkim-domain", default="", metavar="NAME", help="Who signs (the sender's domain)."),
)  # fmt: skip
ASKING = (
    click.option("--dsn", "notify", type=click.Choice(NOTIFY), multiple=True,
                 help="Have the sender told of this; may be said several times."),
    click.option("--envid", default="", metavar="ID", help="Your own name of it, in those reports."),
    click.option("--ret", type=click.Choice(["full", "headers"]), help="How much of it they hold."),
    click.option("--require-tls", is_flag=True, help="TLS all the way, or not at all (REQUIRETLS)."),
)  # fmt: skip
SERVERS = (
    click.option("--starttls", type=click.Choice(TLS), help="TLS or nothing, where offered, or never."),
    click.option("--mx-port", type=click.IntRange(1, 65535), default=25, metavar="N",
                 help="Port of the servers that MX names (25)."),
    click.option("--dns", multiple=True, metavar="HOST[:PORT]", help="Ask these name servers."),
    click.option("--timeout", type=SECONDS, metavar="S", help="Wait no longer than S seconds for any answer."),
)  # fmt: skip
"""What every command that sends mail takes."""
REACHING = (
    click.option("-u", "--user", metavar="USER[:PASSWORD]", help="Log in; the server's TLS is required then."),
    click.option("--oauth", is_flag=True, help="The password is a token of OAuth 2."),
    click.option("--lmtp", is_flag=True, help="Speak LMTP, as to a server that delivers."),
    click.option("--helo", default="", metavar="NAME", help="Our own name."),
    click.option("--chunking/--no-chunking", default=True, help="Send by BDAT where it is offered (yes)."),
    click.option("--connections", type=click.IntRange(1, 64), default=CONNECTIONS, metavar="N",
                 help=f"So many connections with one server share the work ({CONNECTIONS})."),
    click.option("--messages", type=click.IntRange(1), metavar="N", help="Messages over one connection (1000)."),
    click.option("--queue", is_flag=True, help="Put it into the queue, which tries for days ('portside queue')."),
    click.option("--outbox", type=FOLDER, metavar="DIR", help="Where that queue is."),
)  # fmt: skip
TALKING = (
    click.option("-v", "--verbose", is_flag=True, help="Show the conversation on stderr."),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("--json", is_flag=True, help="Print what happened as one JSON object for each recipient."),
)  # fmt: skip
OPTIONS = (*WRITING, *ASKING, *REACHING, *SERVERS, *TALKING)

mail_options = gathered("mail", MailOptions, OPTIONS, [*trust_options(), *later_options(), *recording.options()])
"""Adds ``OPTIONS``; the command gets them as one argument ``mail``."""
