"""``portside serve smtp``: mail is taken and kept in a Maildir, and the options of its own."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from portside import catalog
from portside.accounts.users import KnownAccounts, Source, User, given
from portside.accounts.users_file import UsersFile
from portside.cli.kinds import ACCOUNT, BASE, FILE, FOLDER, PASSWORD, SECONDS, SIZE
from portside.cli.serving import Running, Serving, ServingCommand, applications, doors, mail_page
from portside.cli.serving.doors import Values
from portside.cli.serving.mailing import start_mail
from portside.errors import LocalError, UsageError
from portside.interfaces import Tap
from portside.protocols.smtp.rules.chaos import ChaosRule, parse_rule
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy, Tls
from portside.protocols.smtp.rules.sasl.mechanisms import BEARER, HIDDEN, MECHANISMS, SCRAM_PLUS
from portside.protocols.smtp.server.handler import HOOKS, Handler, hook_of
from portside.protocols.smtp.server.settings import Settings
from portside.protocols.smtp.syntax.addresses import ascii_domain, is_domain

if TYPE_CHECKING:
    from portside.cli.serving.relaying import Relaying

SPEC = catalog.spec("smtp")
LONGEST_BANNER = 400
"""Letters of the greeting: with the name it still fits a line of 512 octets."""

_LIMITS = ServerLimits()
_BANNER = re.compile(r"[ -~]*")


# -------------------------------------------------------------------------------------- values of options


def _domains(_ctx: click.Context, _option: click.Parameter, names: Sequence[str]) -> frozenset[str] | None:
    return frozenset(form for name in names for form in _forms(name)) or None


def _forms(name: str) -> tuple[str, str]:
    """A domain as it is written, and as the DNS has it: either may come behind an ``@``."""
    plain = name.lower().rstrip(".")
    try:
        ascii_form = ascii_domain(plain)
    except LocalError as error:
        raise click.BadParameter(str(error)) from error
    if not is_domain(ascii_form):
        raise click.BadParameter(f"'{name}' is no domain; write example.com")
    return plain, ascii_form


def _name(_ctx: click.Context, _option: click.Parameter, name: str | None) -> str:
    if name is None:
        own = socket.gethostname().lower()
        return own if is_domain(own) and own.isascii() else "localhost"
    if not is_domain(name) or not name.isascii():
        raise click.BadParameter(f"'{name}' is no host's name; write mail.example.com")
    return name.lower()


def _banner(_ctx: click.Context, _option: click.Parameter, text: str) -> str:
    if not _BANNER.fullmatch(text) or len(text) > LONGEST_BANNER:
        raise click.BadParameter(f"a banner is one line of at most {LONGEST_BANNER} ASCII letters")
    return text


def _chaos(_ctx: click.Context, _option: click.Parameter, rules: Sequence[str]) -> tuple[ChaosRule, ...]:
    try:
        return tuple(parse_rule(rule) for rule in rules)
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


# ----------------------------------------------------------------------------------------------- the server


def settings(values: Values) -> Settings:
    """What the values of the options ask for. Raises ``UsageError`` where they contradict each other."""
    accounts = _accounts(values)
    _refuse_contradictions(values, accounts)
    context = doors.tls({**values, "tls": True})
    binding = _binding(values) if accounts is not None else b""
    return Settings(
        addresses=doors.addresses(values),
        policy=_policy(values, accounts, bound=bool(binding)),
        limits=_limits(values),
        context=context,
        accounts=accounts,
        binding=binding,
        rate=values["rate"],
        recipient_rate=values["recipient_rate"],
        chaos=values["chaos"],
        seed=values["seed"],
        per_address=values["per_address"],
    )


def _refuse_contradictions(values: Values, accounts: KnownAccounts | None) -> None:
    for option in ("require_auth", "relay", "relay_through", "only_known"):
        if values[option] and accounts is None:
            raise UsageError(
                f"'--{option.replace('_', '-')}' is about users: add --user NAME:PASSWORD, or --users FILE"
            )
    if _relays(values) and values["domain"] is None:
        raise UsageError("'--relay' sends on what is for other domains: say with --domain which ones stay here")
    if _relays(values) and (values["lmtp"] or values["sink"]):
        raise UsageError("LMTP delivers, and a sink forgets: neither sends on; leave out --relay")
    if values["max_size"] < 1:
        raise UsageError("'--max-size 0' would take no message at all; RFC 5321 asks for 64K at least")
    if values["sink"] and values["per_recipient"]:
        raise UsageError("'--sink' keeps nothing, so that there is nothing to keep '--per-recipient'")


def _relays(values: Values) -> bool:
    return bool(values["relay"] or values["relay_through"])


def _policy(values: Values, accounts: KnownAccounts | None, *, bound: bool) -> Policy:
    return Policy(
        name=values["name"],
        banner=values["banner"],
        lmtp=values["lmtp"],
        tls=Tls.IMPLICIT if values["tls"] else Tls.REQUIRED if values["require_tls"] else Tls.OFFERED,
        mechanisms=() if accounts is None else _mechanisms(accounts, bound=bound),
        clear_login=values["auth_without_tls"],
        login_required=values["require_auth"],
        domains=values["domain"],
        relays=_relays(values),
        is_known=accounts.is_user if accounts is not None and values["only_known"] else None,
        bare_lines=values["bare_lf"],
    )


def _mechanisms(accounts: KnownAccounts, *, bound: bool) -> tuple[str, ...]:
    """SCRAM only where it works for everybody; tokens only where a handler judges them."""
    left_out = {BEARER} | (set() if accounts.all_have_keys else HIDDEN) | (set() if bound else {SCRAM_PLUS})
    return tuple(name for name in MECHANISMS if name not in left_out)


def _limits(values: Values) -> ServerLimits:
    idle = values["idle_time"] or _LIMITS.command
    return replace(
        _LIMITS,
        largest=values["max_size"],
        recipients=values["max_recipients"],
        command=idle,
        greeting=min(idle, _LIMITS.greeting),
        pause=values["greet_pause"],
    )


def _accounts(values: Values) -> KnownAccounts | None:
    sources: list[Source] = []
    if values["user"]:
        sources.append(given([(User(name), password) for name, password in values["user"]], scram=True))
    if values["users"] is not None:
        sources.append(UsersFile(values["users"]))
    return KnownAccounts(*sources) if sources else None


def _binding(values: Values) -> bytes:
    """What our certificate's hash is (RFC 5929 §4.1), so that a proof of a password holds for this server alone."""
    from portside.cli.serving.binding import end_point_of

    return end_point_of(values["cert"], doors.host_names(values))


def _handler(target: str | None) -> Handler | None:
    """The handler that a target names: an object, or a class that makes one. Raises ``UsageError``."""
    if target is None:
        return None
    context = click.get_current_context(silent=True)
    found = applications.find(target, Path(context.meta.get(BASE) or ".") if context is not None else Path())
    handler = found() if isinstance(found, type) else found
    if not any(hook_of(handler, name) for name in HOOKS):
        raise UsageError(f"'{target}' is no handler: it has to have a coroutine named {', '.join(HOOKS)}")
    return cast(Handler, handler)


def _relaying(values: Values) -> Relaying | None:
    if not _relays(values):
        return None
    from portside.cli.serving.relaying import Relaying  # the client of mail and its queue take their time

    return Relaying(values["relay_through"] or "", os.environ.get(PASSWORD, ""))


def _exposed(values: Values) -> str:
    if values["require_auth"]:
        return ""
    whose = " and ".join(sorted(values["domain"])) if values["domain"] else "anybody"
    return f"whoever reaches this machine may leave mail for {whose} here"


def _prepare(**values: Any) -> Serving:
    wanted = settings(values)
    folder = None if values["sink"] else values["target"]
    scheme = "lmtp" if values["lmtp"] else "smtps" if values["tls"] else "smtp"
    handler, relaying = _handler(values["handler"]), _relaying(values)
    if hook_of(handler, "auth") is not None:  # whoever is to judge passwords has to be told them
        wanted = replace(wanted, policy=replace(wanted.policy, mechanisms=()))
    page = mail_page.page_wanted(values, mail_page.watching_here(), scheme)

    async def start(tap: Tap | None) -> Running:
        return await start_mail(
            replace(wanted, tap=tap),
            folder,
            per_recipient=values["per_recipient"],
            handler=handler,
            relaying=relaying,
            page=page,
        )

    return Serving(
        scheme=scheme,
        what="taking mail, and forgetting it" if folder is None else f"keeping mail in {folder.resolve()}",
        exposed=_exposed(values),
        start=start,
        quiet=values["quiet"],
        window_at=None if page is None else page.window_at,
    )


command = ServingCommand(
    "smtp",
    help="""Take mail by SMTP, and keep it in the Maildir FOLDER (./mail, unless you name another).

    Without --domain, mail for every address is kept here, and nothing is ever sent on: that is how one sees what a
    program sends. With it, only mail for those domains is taken. STARTTLS is always offered, with a certificate of the
    local CA; --tls begins with it (smtps). What was answered by 250 is on the disk.

    --chaos answers wrongly on purpose: STAGE=ACTION, where STAGE is connect, helo, starttls, auth, mail, rcpt, data,
    content or end, and ACTION a code (400 to 599), disconnect, or stall:SECONDS. mail and rcpt may name addresses, as
    in rcpt:bob@*=550; @10% is by chance, *2 for the first two times only.
    """,
    examples=(
        "portside serve smtp",
        "portside serve smtp /srv/mail --domain example.com --users users --require-tls",
        "portside serve smtp --chaos 'rcpt=451*2' --chaos 'end=disconnect@10%'",
    ),
    params=[
        click.Argument(["target"], default="mail", metavar="[FOLDER]", type=FOLDER),
        *doors.options(SPEC.port),
        click.Option(
            ["--domain"],
            multiple=True,
            metavar="NAME",
            callback=_domains,
            help="Take mail for this domain only. May be given several times.  [default: whatever comes is kept]",
        ),
        click.Option(
            ["--user"],
            type=ACCOUNT,
            multiple=True,
            metavar="NAME:PASSWORD",
            help="Let this user log in; leave out :PASSWORD and set PORTSIDE_PASSWORD. May be given several times.",
        ),
        click.Option(["--users"], type=FILE, help="Users who may log in: a file that 'portside passwd' makes."),
        click.Option(["--require-auth"], is_flag=True, help="Take nothing without a login."),
        click.Option(["--require-tls"], is_flag=True, help="Take nothing without TLS (STARTTLS)."),
        click.Option(
            ["--auth-without-tls"], is_flag=True, help="Let clients on this machine log in without TLS, to try it out."
        ),
        click.Option(["--only-known"], is_flag=True, help="Refuse recipients who are no users."),
        click.Option(
            ["--relay"], is_flag=True, help="Send on to other domains what comes from users who have logged in."
        ),
        click.Option(
            ["--relay-through"],
            metavar="URL",
            help=f"Send it on through this server: smtp://USER@relay.example.com ({PASSWORD} holds the password).  "
            "[default: the servers of each domain, by MX]",
        ),
        click.Option(
            ["--handler"],
            metavar="MODULE:NAME",
            help="Ask this handler of yours, a class with coroutines, at each step; it is looked for in the folder you "
            "are in.",
        ),
        click.Option(["--lmtp"], is_flag=True, help="Speak LMTP: a reply for each recipient."),
        click.Option(["--per-recipient"], is_flag=True, help="Keep a Maildir for each recipient, below FOLDER."),
        *mail_page.options(),
        click.Option(["--sink"], is_flag=True, help="Keep nothing: say yes to every message, and forget it."),
        click.Option(
            ["--chaos"],
            multiple=True,
            metavar="RULE",
            callback=_chaos,
            help="Answer wrongly on purpose, as in rcpt=450, content=disconnect, connect=stall:30s or rcpt=550@10%. "
            "May be given several times.",
        ),
        click.Option(["--seed"], type=int, metavar="NUMBER", help="Have chance decide the same way each time."),
        click.Option(
            ["--name"], metavar="HOST", callback=_name, help="Call the server so.  [default: this host's name]"
        ),
        click.Option(["--banner"], default="", metavar="TEXT", callback=_banner, help="Say this in the greeting, too."),
        click.Option(
            ["--max-size"],
            type=SIZE,
            default=_LIMITS.largest,
            help="The largest message that is taken.  [default: 64M]",
        ),
        click.Option(
            ["--max-recipients"],
            type=click.IntRange(100, 100_000),
            default=_LIMITS.recipients,
            show_default=True,
            metavar="NUMBER",
            help="Recipients of one message; RFC 5321 asks for 100 at least.",
        ),
        click.Option(
            ["--rate"],
            type=click.IntRange(0, 1_000_000),
            default=0,
            metavar="NUMBER",
            help="Messages that one address may send in a minute, 0 for any number.  [default: 0]",
        ),
        click.Option(
            ["--recipient-rate"],
            type=click.IntRange(0, 1_000_000),
            default=0,
            metavar="NUMBER",
            help="Recipients that one address may name in a minute, 0 for any number.  [default: 0]",
        ),
        click.Option(
            ["--bare-lf"], is_flag=True, help="Take a bare LF in a message for an end of line, not for an error."
        ),
        click.Option(
            ["--greet-pause"],
            type=SECONDS,
            default=0.0,
            help="Wait so long before the greeting, and refuse who speaks meanwhile.  [default: 0]",
        ),
        click.Option(
            ["--idle-time"],
            type=SECONDS,
            default=_LIMITS.command,
            help=f"How long a connection may be silent between commands.  [default: {_LIMITS.command:g}]",
        ),
        doors.per_address(),
    ],
    callback=_prepare,
)
