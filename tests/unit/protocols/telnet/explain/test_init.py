"""Telnet, watched: what is recognised, found, shown and hidden, over whole conversations."""

from __future__ import annotations

import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Said
from portside.protocols.telnet import explain
from tests.support.telnet import wire

C, S = Role.CLIENT, Role.SERVER
Turn = tuple[Role, bytes]

LOGIN: list[Turn] = [
    (S, wire("IAC DO TTYPE IAC WILL ECHO IAC WILL SGA")),
    (C, wire("IAC WILL TTYPE IAC DO ECHO IAC DO SGA IAC WONT 37")),
    (S, wire("IAC SB TTYPE SEND IAC SE 'login: '")),
    (C, wire("IAC SB TTYPE IS 'XTERM' IAC SE 'j'")),
    (S, b"j"),
    (C, b"o\r\0"),
    (S, b"o\r\nPassword: "),
    (C, b"hunt"),
    (C, b"er2\r\0"),
    (S, b"\r\nLast login: never\r\n$ "),
    (C, b"ls\r\0"),
    (S, b"ls\r\n"),
    (C, wire("IAC IP")),
]


def read(talk: list[Turn], step: int = 10_000) -> list[Said]:
    reader = explain.reader()
    found: list[Said] = []
    for role, data in talk:
        for at in range(0, len(data), step):
            found += reader.read(role, data[at : at + step])
    for role in Role:
        found += reader.ended(role)
    assert reader.switch is None
    assert list(reader.expected) == []
    return found


def hide(talk: list[Turn], step: int = 10_000) -> bytes:
    """What the client says, hidden."""
    mask = explain.mask()
    shown = b""
    for role, data in talk:
        for at in range(0, len(data), step):
            hidden = mask.hide(role, data[at : at + step])
            shown += hidden if role is C else b""
    return shown


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("IAC DO TTYPE", True),
        ("IAC WILL ECHO 'x'", True),
        ("IAC WONT 37", True),
        ("IAC DO 222", False),
        ("IAC DO", False),
        ("IAC NOP 1", False),
        ("'login: '", False),
        ("IAC", False),
    ],
)
def test_it_is_recognised_by_its_first_request(words: str, expected: bool) -> None:
    assert all(explain.recognises(role, wire(words)) is expected for role in (C, S, None))


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_a_login_in_words(step: int) -> None:
    found = read(LOGIN, step)
    assert [said.title for said in found if said.role is S] == [
        "server do TTYPE", "server will ECHO", "server will SGA", "server: asks for the terminal type", "login: jo",
        "Password:", "Last login: never", "$ ls",
    ]  # fmt: skip
    assert [said.title for said in found if said.role is C] == [
        "client will TTYPE (agreed)", "client do ECHO (agreed)", "client do SGA (agreed)",
        "client won't AUTHENTICATION", "client: terminal type XTERM", "jo", "*******", "ls",
        "client: interrupt process (IP)",
    ]  # fmt: skip
    assert all(said.complete for said in found)


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_a_password_is_hidden_and_nothing_else(step: int) -> None:
    shown = hide(LOGIN, step)
    assert shown == b"".join(data for role, data in LOGIN if role is C).replace(b"hunter2", b"*******")


def test_messages_cover_all_that_was_said() -> None:
    for role in Role:
        spans = sorted((said.start, said.stop) for said in read(LOGIN) if said.role is role)
        assert spans[0][0] == 0
        assert all(before[1] == after[0] for before, after in pairwise(spans))
        assert spans[-1][1] == sum(len(data) for who, data in LOGIN if who is role)


HIDDEN: dict[str, list[Turn]] = {
    "a game turns echo on": [(S, b"By what name? "), (C, b"jo\r\n"), (S, b"\xff\xfb\x01The word, please.\r\n"),
                             (C, b"hunter2\r\n"), (S, b"\xff\xfc\x01Welcome\r\n"), (C, b"north\r\n")],
    "typed ahead": [(S, b"login: "), (C, b"jo\r\nhunter2\r\n"), (S, b"jo\r\nPassword: "), (S, b"\r\n$ "),
                    (C, b"ls\r\n")],
    "another language": [(S, "Kennwort für jo: ".encode()), (C, b"hunter2\r\n"), (S, b"\r\n$ "), (C, b"ls\r\n")],
    "in colour": [(S, b"\x1b[1;31mPassword:\x1b[0m "), (C, b"hunter2\r\n"), (S, b"\r\n$ "), (C, b"ls\r\n")],
    "a line of its own": [(S, b"Enter your password:\r\n"), (C, b"hunter2\r\n"), (S, b"ok\r\n"), (C, b"ls\r\n")],
    "for another one": [(S, b"[sudo] password for jo: "), (C, b"hunter2\r\n"), (S, b"\r\n# "), (C, b"ls\r\n")],
    "once more": [(S, b"New password: "), (C, b"hunter2\r\n"), (S, b"\r\nRetype it: "), (C, b"hunter2\r\n"),
                  (S, b"\r\n$ "), (C, b"ls\r\n")],
    "a PIN": [(S, b"PIN> "), (C, b"hunter2\r\n"), (S, b"\r\n$ "), (C, b"ls\r\n")],
    "compressed": [(S, b"\xff\xfa\x56\xff\xf0" + zlib.compress(b"Enter your secret: ")), (C, b"hunter2\r\n")],
    "a variable": [(C, wire("IAC SB NEW-ENVIRON IS USERVAR 'API_TOKEN' VALUE 'hunter2' VAR 'USER' VALUE 'ls' IAC SE"))],
    "an escaped name": [(C, wire("IAC SB NEW-ENVIRON INFO VAR 'PASS' ESC 1 VALUE 'hunter2' IAC SE"))],
    "a package": [(C, wire("""IAC SB GMCP 'Char.Login {"name": "ls", "password" : "hunter2"}' IAC SE"""))],
    "a quote in it": [(C, wire(r"""IAC SB GMCP 'A {"token":"\"hunter2","n":["ls"]}' IAC SE"""))],
    "a ticket": [(C, wire("IAC SB 37 IS 'hunter2' IAC SE 'ls'"))],
}  # fmt: skip


@pytest.mark.parametrize("talk", HIDDEN.values(), ids=HIDDEN.keys())
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_secrets_are_hidden_wherever_they_stand(talk: list[Turn], step: int) -> None:
    shown = hide(talk, step)
    said = b"".join(data for role, data in talk if role is C)
    assert len(shown) == len(said)
    assert b"hunter2" not in shown
    for plain in (b"ls", b"jo\r\n", b"north", b"USER", b"\xff\xf0"):
        assert shown.count(plain) == said.count(plain)
    for message in read(talk, step):
        data = b"".join(data for role, data in talk if role is message.role)[message.start : message.stop]
        assert "hunter2" not in message.title
        fields = explain.fields(message, data)
        assert not any("hunter2" in field.value for field in fields)
        assert any(field.secret for field in fields) is (message.role is C and b"hunter2" in data)


SHOWN: dict[str, list[Turn]] = {
    "a shell": [(S, b"\xff\xfb\x01\xff\xfb\x03$ "), (C, b"ls\r"), (S, b"ls\r\nfile\r\n$ ")],
    "a file that is named so": [(S, b"$ "), (C, b"cat password\r\n"), (S, b"cat password\r\n$ "), (C, b"ls\r\n")],
    "talk of passwords": [(S, b"Your password was changed.\r\n> "), (C, b"look\r\n")],
    "a game without a prompt": [(S, b"Your name? "), (C, b"jo\r\n"), (S, b"Hello jo.\r\nA quay.\r\n"),
                                (C, b"look\r\n")],
    "a harmless variable": [(C, wire("IAC SB NEW-ENVIRON IS VAR 'LANG' VALUE 'C' IAC SE"))],
}  # fmt: skip


@pytest.mark.parametrize("talk", SHOWN.values(), ids=SHOWN.keys())
def test_what_is_no_secret_is_shown(talk: list[Turn]) -> None:
    assert hide(talk) == b"".join(data for role, data in talk if role is C)


def test_nobody_knows_what_a_hole_has_asked_for() -> None:
    mask = explain.mask()
    mask.hide(S, b"$ ")
    mask.missed(S, 20)
    assert mask.hide(C, b"hunter2\r\n") == b"*******\r\n"
    mask.hide(S, b"\r\n$ ")
    assert mask.hide(C, b"ls\r\n") == b"ls\r\n"


@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.binary(max_size=30)), max_size=12), st.integers(1, 5))
def test_noise_never_raises_and_any_split_finds_the_same(talk: list[Turn], step: int) -> None:
    def told(found: list[Said]) -> list[str]:
        return sorted(f"{one.role} {one.kind} {one.title} {one.start} {one.stop}" for one in found)

    assert told(read(talk, step)) == told(read(talk))
    assert hide(talk, step) == hide(talk)
