"""The options of ``portside serve smtp``, and what they ask for."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
from pathlib import Path

import click
import pytest

from portside.cli.serving import Serving
from portside.cli.serving.smtp import command, settings
from portside.errors import UsageError
from portside.interfaces import Address
from portside.protocols.smtp.rules.chaos import Disconnect, Refuse, Stage
from portside.protocols.smtp.rules.policy import Tls
from portside.protocols.smtp.server import Settings
from tests.support import certificates

USER = ("--user", "anna:secret")


def context_of(*arguments: str | Path) -> click.Context:
    return command.make_context("smtp", [str(argument) for argument in arguments])


def settings_of(*arguments: str | Path) -> Settings:
    return settings(context_of(*arguments).params)


def serving_of(*arguments: str | Path) -> Serving:
    return command.prepare(context_of(*arguments))


def test_a_server_without_options_is_a_safe_one() -> None:
    wanted = settings_of()
    assert wanted.addresses == (Address("127.0.0.1", 2525),)
    policy = wanted.policy
    assert (policy.tls, policy.domains, policy.relays, policy.mechanisms) == (Tls.OFFERED, None, False, ())
    assert wanted.context is not None
    assert (wanted.accounts, wanted.binding, wanted.chaos) == (None, b"", ())


@pytest.mark.parametrize(
    ("options", "tls"),
    [
        ([], Tls.OFFERED),
        (["--tls"], Tls.IMPLICIT),
        (["--require-tls"], Tls.REQUIRED),
        (["--tls", "--require-tls"], Tls.IMPLICIT),
    ],
)
def test_how_tls_is_asked_for(options: list[str], tls: Tls) -> None:
    assert settings_of(*options).policy.tls is tls


@pytest.mark.parametrize(("options", "scheme"), [([], "smtp"), (["--tls"], "smtps"), (["--lmtp"], "lmtp")])
def test_the_scheme_says_how_one_speaks(options: list[str], scheme: str) -> None:
    serving = serving_of(*options)
    assert (serving.scheme, serving.protocol) == (scheme, "smtp")


def test_other_options_reach_the_server() -> None:
    wanted = settings_of(
        "--max-size", "1M", "--max-recipients", "100", "--rate", "3", "--recipient-rate", "4", "--seed", "7",
        "--greet-pause", "2", "--idle-time", "9", "--name", "MX.example.com", "--banner", "hello", "--lmtp",
        "--bare-lf", "--per-address", "5", *USER, "--only-known", "--auth-without-tls", "--require-auth",
    )  # fmt: skip
    limits, policy = wanted.limits, wanted.policy
    assert (limits.largest, limits.recipients, limits.pause) == (1024 * 1024, 100, 2.0)
    assert (limits.command, limits.greeting) == (9.0, 9.0)
    assert (policy.name, policy.banner, policy.lmtp, policy.bare_lines) == ("mx.example.com", "hello", True, True)
    assert (policy.clear_login, policy.login_required) == (True, True)
    assert (wanted.rate, wanted.recipient_rate, wanted.seed, wanted.per_address) == (3, 4, 7, 5)
    assert policy.is_known is not None
    assert (policy.is_known("ANNA"), policy.is_known("bert")) == (True, False)


def test_domains_are_known_in_both_spellings() -> None:
    wanted = settings_of("--domain", "Example.com.", "--domain", "bücher.example")
    assert wanted.policy.domains == {"example.com", "bücher.example", "xn--bcher-kva.example"}


def test_rules_of_chaos_are_read() -> None:
    wanted = settings_of("--chaos", "rcpt=450*2", "--chaos", "end=disconnect@10%")
    assert [(rule.stage, rule.action) for rule in wanted.chaos] == [
        (Stage.RCPT, Refuse(450)),
        (Stage.END, Disconnect()),
    ]


def test_scram_is_offered_where_it_works_for_everybody(tmp_path: Path) -> None:
    assert settings_of(*USER).policy.mechanisms == ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN")
    assert len(settings_of(*USER).binding) >= 32
    from portside.accounts.passwords import hash_password

    users = tmp_path / "users"
    users.write_text(f"bert:{hash_password('x', cost=4)}\n")
    users.chmod(0o600)
    assert settings_of(*USER, "--users", users).policy.mechanisms == ("PLAIN", "LOGIN")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--require-auth"], "about users"),
        (["--only-known"], "about users"),
        (["--relay"], "about users"),
        ([*USER, "--relay"], "--domain"),
        ([*USER, "--relay", "--domain", "example.com", "--lmtp"], "LMTP"),
        (["--sink", "--per-recipient"], "keeps nothing"),
        (["--max-size", "0"], "no message at all"),
    ],
)
def test_what_makes_no_sense_is_refused(options: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        settings_of(*options)


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--domain", "not a domain", "is no domain"),
        ("--domain", "a..b", "is no|can't be"),
        ("--chaos", "rcpt=250", "400 to 599"),
        ("--chaos", "x", "no rule of chaos"),
        ("--name", "a b", "no host"),
        ("--name", "bücher", "no host"),
        ("--banner", "a\r\nb", "one line"),
        ("--banner", "x" * 401, "one line"),
        ("--user", "anna", "PASSWORD"),
        ("--max-recipients", "99", "100"),
    ],
)
def test_a_value_that_is_none_is_refused_in_one_line(option: str, value: str, why: str) -> None:
    with pytest.raises(click.BadParameter, match=why):
        context_of(option, value)


@pytest.mark.parametrize("target", ["", "a\0b"])
def test_a_folder_has_a_name(target: str) -> None:
    with pytest.raises(click.BadParameter):
        context_of(target)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "whoever reaches this machine may leave mail for anybody here"),
        (
            ["--domain", "b.example", "--domain", "a.example"],
            "whoever reaches this machine may leave mail for a.example and b.example here",
        ),
        ([*USER, "--require-auth"], ""),
    ],
)
def test_what_others_may_do_is_told(options: list[str], told: str) -> None:
    assert serving_of(*options).exposed == told


def test_where_mail_goes_is_said(tmp_path: Path) -> None:
    assert serving_of(tmp_path).what == f"keeping mail in {tmp_path}"
    assert serving_of("--sink").what == "taking mail, and forgetting it"


@pytest.fixture
def handlers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with handlers of a user's own."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_mail_handlers.py").write_text(
        "class Judge:\n    async def auth(self, visit, user, secret):\n        return True\n"
        "class Greeter:\n    async def helo(self, visit, name):\n        return None\n"
        "ready = Greeter()\n"
    )
    return tmp_path


@pytest.mark.parametrize("name", ["Greeter", "ready", "Judge"])
def test_a_handler_is_found_by_its_name(handlers: Path, name: str) -> None:
    assert serving_of("--handler", f"own_mail_handlers:{name}").scheme == "smtp"


@pytest.mark.parametrize("name", ["nothing", "__name__"])
def test_what_is_no_handler_is_refused(handlers: Path, name: str) -> None:
    with pytest.raises(UsageError):
        serving_of("--handler", f"own_mail_handlers:{name}")


@pytest.mark.parametrize("own", [False, True])
def test_a_login_is_bound_to_the_certificate_that_is_shown(tmp_path: Path, own: bool) -> None:
    pair = certificates.good(tmp_path, certificates.make_ca(tmp_path))
    files = ("--cert", pair.cert, "--key", pair.key) if own else ()
    wanted = settings_of(*USER, *files, "--name", "mx.example.com", "--domain", "example.com")
    assert wanted.context is not None
    assert hashlib.sha256(shown_by(wanted.context)).digest() == wanted.binding


def test_who_trusts_the_local_authority_trusts_a_server_of_this_machine_whatever_it_is_called() -> None:
    plain, named = settings_of(), settings_of("--name", "mx.example.com", "--domain", "example.com")
    assert plain.context is not None
    assert named.context is not None
    assert shown_by(plain.context) == shown_by(named.context)


def shown_by(server: ssl.SSLContext) -> bytes:
    """The certificate that a handshake shows."""
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(there, back, server_side=True)
    theirs = client.wrap_bio(back, there)
    for _ in range(4):
        for side in (theirs, ours):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return theirs.getpeercert(True) or b""
