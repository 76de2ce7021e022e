"""When what is typed is a secret."""

from __future__ import annotations

import pytest

from portside.interfaces import Role
from portside.protocols.telnet.explain.secrecy import Secrecy
from portside.protocols.telnet.messages import Verb
from portside.protocols.telnet.syntax.scanning import Command, Ending, Request, Run, Subnegotiation

C, S = Role.CLIENT, Role.SERVER


@pytest.mark.parametrize(
    ("said", "hides"),
    [
        (b"Password: ", True), (b"password:", True), (b"Enter passphrase for key 'id': ", True), (b"Password", True),
        (b"Enter PIN (4 digits):", True), (b"Mot de passe : ", True), ("密码：".encode(), True),
        ("密码:".encode(), True), (b"Verification code: ", True), (b"login\r\nPassword: ", True),
        (b"Password:\r\n", True), (b"old stuff\rPassword: ", True), (b"\x07\x1b[1mPassword:\x1b[m ", True),
        (b"$ ", False), (b"Password changed.\r\n", False), (b"Password: ok\r\n$ ", False), (b"login: ", False),
        (b"$ cat passwords.txt", False), (b"spinning: ", False), (b"", False), (b"Password: \r\n\r\n", False),
    ],
)  # fmt: skip
def test_prompts(said: bytes, hides: bool) -> None:
    for step in (1, 3, 1000):
        secrecy = Secrecy()
        for at in range(0, len(said), step):
            secrecy.hear(S, Run(said[at : at + step], 0, 0))
        assert secrecy.hides is hides


@pytest.mark.parametrize(
    ("requests", "hides"),
    [
        ([(S, Verb.WILL, 1)], True),
        ([(S, Verb.WILL, 1), (S, Verb.WILL, 3)], False),
        ([(S, Verb.WILL, 3), (S, Verb.WILL, 1)], False),
        ([(S, Verb.WILL, 1), (S, Verb.WONT, 1)], False),
        ([(S, Verb.WILL, 1), (C, Verb.DONT, 1)], False),
        ([(S, Verb.WILL, 1), (S, Verb.WILL, 3), (C, Verb.DONT, 3)], True),
        ([(C, Verb.WILL, 1)], False),
        ([(S, Verb.DO, 1)], False),
        ([(S, Verb.WILL, 24)], False),
    ],
)
def test_echo_without_keys(requests: list[tuple[Role, Verb, int]], hides: bool) -> None:
    secrecy = Secrecy()
    for role, verb, option in requests:
        secrecy.hear(role, Request(verb, option, 0, 3))
    assert secrecy.hides is hides


def test_a_client_that_edits_lines_and_is_echoed_shows_nothing_of_them() -> None:
    secrecy = Secrecy()
    for option in (3, 1):
        secrecy.hear(S, Request(Verb.WILL, option, 0, 3))
    assert not secrecy.hides
    secrecy.hear(S, Subnegotiation(34, b"\x01\x03", Ending.WHOLE, 0, 7))
    assert secrecy.hides
    secrecy.hear(C, Subnegotiation(34, b"\x03\x03\x02\x03", Ending.WHOLE, 0, 9))
    assert secrecy.hides
    secrecy.hear(S, Subnegotiation(34, b"\x01\x02", Ending.WHOLE, 0, 7))
    assert not secrecy.hides
    secrecy.hear(S, Subnegotiation(34, b"\x01\x03", Ending.WHOLE, 0, 7))
    secrecy.hear(C, Request(Verb.WONT, 34, 0, 3))
    assert not secrecy.hides


def test_typing_ahead_is_hidden_until_the_server_says_more_than_the_name() -> None:
    secrecy = Secrecy()
    secrecy.hear_server(b"login: ")
    assert not secrecy.hides
    secrecy.hear_line_end()
    assert secrecy.hides
    secrecy.hear_server(b"jo\r\n")
    assert secrecy.hides
    secrecy.hear_server(b"Welcome!\r\n")
    assert not secrecy.hides


def test_again_means_a_password_only_behind_one() -> None:
    secrecy = Secrecy()
    secrecy.hear_server(b"Try again: ")
    assert not secrecy.hides
    secrecy.hear_server(b"\r\nNew password: ")
    assert secrecy.hides
    secrecy.hear_server(b"\r\nAnd again: ")
    assert secrecy.hides
    secrecy.hear_server(b"\r\n$ ")
    assert not secrecy.hides


def test_a_hole_hides_until_the_server_speaks() -> None:
    secrecy = Secrecy()
    secrecy.missed(C)
    assert not secrecy.hides
    secrecy.missed(S)
    secrecy.hear(S, Command(241, 0, 2))
    assert secrecy.hides
    secrecy.hear_server(b"$ ")
    assert not secrecy.hides


def test_a_copy_goes_its_own_way() -> None:
    secrecy = Secrecy()
    secrecy.hear_server(b"Password: ")
    copy = secrecy.copy()
    secrecy.hear_server(b"\r\n$ ")
    assert copy.hides
    assert not secrecy.hides


def test_a_name_and_a_password_may_come_before_the_first_prompt() -> None:
    secrecy = Secrecy()
    assert not secrecy.hides
    secrecy.hear_line_end()
    assert secrecy.hides
    secrecy.hear_server(b"Welcome\r\nlogin: ")
    assert secrecy.hides
    secrecy.hear_server(b"ann\r\n$ ")
    assert not secrecy.hides


def test_what_answers_the_first_prompt_is_no_name() -> None:
    secrecy = Secrecy()
    secrecy.hear_server(b"> ")
    secrecy.hear_line_end()
    assert not secrecy.hides


def test_nothing_is_no_word_of_the_server() -> None:
    secrecy = Secrecy()
    secrecy.hear_server(b"")
    secrecy.hear_line_end()
    assert secrecy.hides
