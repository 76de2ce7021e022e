"""What follows from what both sides agreed upon: how keys are taken, and what is said for them."""

from __future__ import annotations

import pytest

from portside.cli.terminal.agreement import SETTABLE, Agreement
from portside.errors import LocalError, UsageError
from portside.protocols.telnet.messages import (
    Data,
    Flow,
    FlowControl,
    Function,
    Level,
    LineMode,
    Option,
    OptionChanged,
    Party,
    Sayable,
    SpecialCharacter,
    SpecialCharacters,
    Want,
)

ECHO, SGA, LINEMODE = (Option.ECHO, Party.THEM), (Option.SGA, Party.THEM), (Option.LINEMODE, Party.US)
On = set[tuple[Option, Party]]


class Link:
    """A connection where some options are on."""

    def __init__(self, on: On) -> None:
        self.options = on
        self.said: list[Sayable] = []

    def on(self, option: Option, party: Party) -> bool:
        return (option, party) in self.options

    def say(self, message: Sayable) -> None:
        self.said.append(message)


def agreed(*on: tuple[Option, Party], crlf: bool = False) -> tuple[Agreement, Link]:
    agreement, link = Agreement(crlf=crlf), Link(set(on))
    agreement.connection = link  # type: ignore[assignment]
    return agreement, link


@pytest.mark.parametrize(
    ("on", "edits", "traps", "echoes"),
    [
        ((), True, True, True),  # the network virtual terminal: line by line, shown here
        ((ECHO,), True, True, False),  # a password, line by line
        ((SGA,), False, False, True),
        ((SGA, ECHO), False, False, False),  # each key at once, shown by the server
        ((LINEMODE,), False, False, True),  # RFC 1184: no mode is on before one is said
        ((LINEMODE, SGA, ECHO), False, False, False),
    ],
)
def test_the_manner_follows_from_the_options(
    on: tuple[tuple[Option, Party], ...], edits: bool, traps: bool, echoes: bool
) -> None:
    manner = agreed(*on)[0].manner
    assert (manner.edit, manner.trap, manner.echo, manner.flow, manner.keys) == (edits, traps, echoes, None, ())


@pytest.mark.parametrize("edit", [False, True])
@pytest.mark.parametrize("trapsig", [False, True])
def test_linemode_says_where_lines_are_edited_and_signals_made(edit: bool, trapsig: bool) -> None:
    agreement, link = agreed(LINEMODE, SGA)
    assert agreement.hear(LineMode(edit=edit, trapsig=trapsig))
    assert (agreement.edits, agreement.traps, agreement.signals) == (edit, trapsig, trapsig)
    link.options.discard(LINEMODE)
    assert agreement.hear(OptionChanged(*LINEMODE, False))
    assert (agreement.edits, agreement.traps, agreement.signals) == (False, False, False)
    link.options.add(LINEMODE)
    assert not agreement.edits


def test_the_servers_keys_hold_as_long_as_linemode_does() -> None:
    agreement, link = agreed(LINEMODE)
    keys = SpecialCharacter(Function.EC, Level.VALUE, 8), SpecialCharacter(Function.SUSP, Level.NOSUPPORT, 26)
    assert agreement.hear(SpecialCharacters(keys))
    assert agreement.manner.keys == ((Function.EC, 8), (Function.SUSP, 0))
    link.options.clear()
    agreement.hear(OptionChanged(*LINEMODE, False))
    assert agreement.manner.keys == ()


@pytest.mark.parametrize(
    ("said", "flow"),
    [
        ([], None),
        ([Flow.RESTART_ANY], None),
        ([Flow.ON], Flow.ON),
        ([Flow.OFF], Flow.OFF),
        ([Flow.RESTART_ANY, Flow.ON], Flow.RESTART_ANY),
        ([Flow.ON, Flow.RESTART_ANY], Flow.RESTART_ANY),
        ([Flow.ON, Flow.RESTART_ANY, Flow.RESTART_XON], Flow.ON),
        ([Flow.RESTART_ANY, Flow.ON, Flow.OFF], Flow.OFF),
    ],
)
def test_flow_control_is_as_the_server_has_it(said: list[Flow], flow: Flow | None) -> None:
    agreement, link = agreed((Option.LFLOW, Party.US))
    for mode in said:
        assert agreement.hear(FlowControl(mode))
    assert agreement.manner.flow is flow
    link.options.clear()
    agreement.hear(OptionChanged(Option.LFLOW, Party.US, False))
    assert agreement.manner.flow is None


def test_data_changes_no_manner() -> None:
    assert not agreed()[0].hear(Data(b"x"))


@pytest.mark.parametrize(
    ("on", "crlf", "typed", "said"),
    [
        ((), False, b"a line\n", b"a line\r\n"),
        (((Option.BINARY, Party.US),), False, b"a line\n", b"a line\n"),
        ((SGA,), False, b"\r", b"\r"),
        ((SGA,), True, b"\r", b"\r\n"),
        ((SGA, (Option.BINARY, Party.US)), True, b"\r", b"\r"),
    ],
)
def test_enter_is_what_the_server_takes_for_it(
    on: tuple[tuple[Option, Party], ...], crlf: bool, typed: bytes, said: bytes
) -> None:
    assert agreed(*on, crlf=crlf)[0].typed(typed) == said


def test_what_a_person_sets_holds_against_what_was_agreed_upon() -> None:
    agreement, link = agreed(ECHO)
    assert [agreement.is_set(what) for what in SETTABLE] == [False, False, False]
    assert agreement.set("echo", True) == "what is typed is shown here"
    assert agreement.set("crlf", True) == "Enter sends CR LF"
    assert (agreement.echoes, agreement.is_set("crlf"), agreement.is_set("echo")) == (True, True, True)
    assert agreement.set("binary", True) == "binary is asked for"
    assert link.said == [Want(Option.BINARY, party, True) for party in Party]
    assert agreement.set("binary", False) == "binary is asked to end"
    for what in ("nonsense", ""):
        with pytest.raises(UsageError, match="binary, crlf, echo"):
            agreement.set(what, True)


def test_lines_or_keys_are_asked_for_as_both_sides_know_them() -> None:
    agreement, link = agreed()
    agreement.edit(False)
    assert link.said == [Want(Option.SGA, Party.THEM, True), Want(Option.ECHO, Party.THEM, True)]
    assert not agreement.edits
    link.said.clear()
    link.options.add(LINEMODE)
    agreement.hear(LineMode(edit=False, trapsig=True))
    agreement.edit(True)
    assert link.said == [LineMode(edit=True, trapsig=True)]
    with pytest.raises(LocalError):
        Agreement().edit(True)


def test_what_holds_is_told_in_words() -> None:
    agreement, _ = agreed(ECHO, SGA, (Option.NAWS, Party.US))
    assert agreement.lines() == ["each key is sent at once", "we: NAWS", "the server: ECHO, SGA"]
    assert Agreement().lines() == ["lines are edited here", "we: no options", "the server: no options"]
