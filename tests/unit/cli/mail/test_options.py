"""What can be said of mail, and that help costs nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
import pytest

from portside.cli.mail.options import CONNECTIONS, NOTIFY, TLS, MailOptions, mail_options
from portside.mail.envelope import Notify
from portside.protocols.smtp.client import settings
from portside.protocols.smtp.rules.orders import TlsUse

PLAIN = MailOptions(
    sender=None, to=(), cc=(), bcc=(), subject="", body=None, html=None, attach=(), inline=(), header=(),
    charset="utf-8", files=(), notify=(), envid="", ret=None, require_tls=False, dkim_key=None, dkim_selector="",
    dkim_domain="", user=None, oauth=False, starttls=None, lmtp=False, helo="", chunking=True, connections=CONNECTIONS,
    messages=None, mx_port=25, dns=(), queue=False, outbox=None, timeout=None, verbose=False, quiet=False,
    json=False, insecure=False, cacert=None, ca=None,
)  # fmt: skip


def options(**said: Any) -> MailOptions:
    return replace(PLAIN, **said)


def test_what_is_not_said_is_plain() -> None:
    found: list[MailOptions] = []

    @click.command()
    @mail_options
    def command(mail: MailOptions) -> None:
        found.append(mail)

    command.main([], standalone_mode=False)
    assert found == [PLAIN]


def test_every_field_has_its_option() -> None:
    @click.command()
    @mail_options
    def command(mail: MailOptions) -> None:
        """Nothing."""

    assert frozenset(MailOptions.__slots__) <= {param.name for param in command.params}


def test_the_words_are_those_of_the_rooms_below() -> None:
    assert settings.CONNECTIONS == CONNECTIONS
    assert set(TLS) == {use.value for use in TlsUse} - {TlsUse.IMPLICIT.value}
    assert {name.upper() for name in NOTIFY} == {each.value for each in Notify}


def test_the_help_loads_no_client() -> None:
    script = (
        "import sys; from portside.cli.program import run; run(['send', '--help']);"
        "print('loaded', *(name for name in sys.modules if name.startswith(('portside.protocols', 'dns'))))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.splitlines()[-1] == "loaded"


@pytest.mark.parametrize(
    "wrong", [("--connections", "0"), ("--starttls", "maybe"), ("--dsn", "perhaps"), ("--mx-port", "0")]
)
def test_what_makes_no_sense_is_refused(wrong: tuple[str, ...], command: Callable[..., Any]) -> None:
    ended = command("send", *wrong)
    assert (ended.code, ended.stdout) == (2, "") and wrong[0] in ended.stderr
