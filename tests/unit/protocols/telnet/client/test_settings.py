"""What a client tells of itself, and what it does not."""

from __future__ import annotations

import pytest

from portside.protocols.telnet.client.settings import Settings
from portside.protocols.telnet.messages import Mtts, Option, Party, Variable, Want, WindowSize
from portside.transport.dial import ClientTls


def test_a_client_begins_to_negotiate_at_its_own_port_only_unless_it_is_told() -> None:
    settings = Settings(window=WindowSize(80, 24))
    assert Want(Option.SGA, Party.THEM) in settings.policy(23).first
    assert settings.policy(2323).first == ()
    assert Settings(begin=True).policy(2323).first != ()
    assert Settings(begin=False).policy(23).first == ()


def test_without_a_window_none_is_offered() -> None:
    policy = Settings(begin=True).policy(23)
    assert Option.NAWS not in policy.ours
    assert Want(Option.NAWS, Party.US) not in policy.first


def test_only_what_was_named_of_the_environment_is_told() -> None:
    assert Settings().policy(23).environment == ()
    policy = Settings(environment={"USER": "ann", "EDITOR": "vi"}).policy(23)
    assert policy.environment == (Variable("USER", "ann"), Variable("EDITOR", "vi", user=True))


@pytest.mark.parametrize(
    ("terminal", "charset", "flags"),
    [
        ("unknown", "utf-8", None),
        ("dumb", "utf-8", None),
        ("vt100", "latin-1", Mtts.ANSI | Mtts.VT100),
        ("vt100", "utf_8", Mtts.ANSI | Mtts.VT100 | Mtts.UTF_8),
        ("xterm-256color", "utf-8", Mtts.ANSI | Mtts.VT100 | Mtts.UTF_8 | Mtts.COLOURS_256),
    ],
)
def test_what_the_terminal_can_do_is_told(terminal: str, charset: str, flags: Mtts | None) -> None:
    policy = Settings(terminal=terminal, charset=charset).policy(23)
    assert policy.mtts == flags
    assert policy.terminal_types[0] == terminal.upper()


@pytest.mark.parametrize(
    ("terminal", "types"),
    [
        ("xterm-256color", ("XTERM-256COLOR", "XTERM")),
        ("xterm", ("XTERM", "ANSI")),
        ("dumb", ("DUMB",)),
        ("unknown", ("UNKNOWN",)),
    ],
)
def test_a_simpler_type_stands_between_the_best_one_and_what_it_can_do(terminal: str, types: tuple[str, ...]) -> None:
    assert Settings(terminal=terminal).policy(23).terminal_types == types


def test_tls_is_told_and_binary_is_asked_for_in_both_directions() -> None:
    policy = Settings(terminal="xterm", tls=ClientTls(), binary=True).policy(2323)
    assert policy.mtts is not None
    assert Mtts.SSL in policy.mtts
    assert policy.first == (Want(Option.BINARY, Party.US), Want(Option.BINARY, Party.THEM))


def test_the_character_set_of_ones_own_is_agreed_to_before_others() -> None:
    assert Settings().policy(23).charsets == ("UTF-8", "US-ASCII")
    assert Settings(charset="iso8859-1").policy(23).charsets == ("ISO8859-1", "UTF-8", "US-ASCII")
