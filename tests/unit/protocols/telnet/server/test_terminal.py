from __future__ import annotations

import pytest

from portside.protocols.telnet.messages import (
    CharsetChosen,
    Environment,
    Mtts,
    Party,
    TerminalTypes,
    Variable,
    WindowSize,
)
from portside.protocols.telnet.server.terminal import COLUMNS, HIGHEST, ROWS, WIDEST, Terminal


def _of(*names: str, mtts: Mtts | None = None) -> Terminal:
    terminal = Terminal(wanted=("COLORTERM", "LANG"))
    terminal.hear(TerminalTypes(names, mtts))
    return terminal


def test_a_terminal_of_which_nothing_is_known_is_small_and_plain() -> None:
    terminal = Terminal()
    assert (terminal.columns, terminal.rows, terminal.colours, terminal.name) == (80, 24, 0, "")
    assert not terminal.draws


@pytest.mark.parametrize(
    ("told", "expected"),
    [((133, 41), (133, 41)), ((0, 0), (COLUMNS, ROWS)), ((65535, 65535), (WIDEST, HIGHEST)), ((1, 1), (1, 1))],
)
def test_the_window_is_as_told_within_reason(told: tuple[int, int], expected: tuple[int, int]) -> None:
    terminal = Terminal()
    terminal.hear(WindowSize(*told))
    assert (terminal.columns, terminal.rows) == expected


@pytest.mark.parametrize(
    ("names", "colours"),
    [
        (("XTERM",), 16),
        (("xterm-256color",), 256),
        (("xterm-direct",), 2**24),
        (("VT100",), 16),
        (("DUMB",), 0),
        (("UNKNOWN",), 0),
        (("teletype-33",), 0),
    ],
)
def test_colours_follow_from_the_name(names: tuple[str, ...], colours: int) -> None:
    assert _of(*names).colours == colours


@pytest.mark.parametrize(
    ("mtts", "colours"),
    [
        (Mtts.ANSI, 16),
        (Mtts.ANSI | Mtts.COLOURS_256, 256),
        (Mtts.ANSI | Mtts.TRUECOLOUR, 2**24),
        (Mtts.VT100, 0),
    ],
)
def test_a_game_client_says_its_colours_itself(mtts: Mtts, colours: int) -> None:
    assert _of("MUDLET", "XTERM", mtts=mtts).colours == colours


def test_the_environment_may_promise_all_colours() -> None:
    terminal = _of("xterm")
    terminal.hear(Environment((Variable("COLORTERM", "truecolor"),)))
    assert terminal.colours == 2**24


def test_the_name_is_the_one_that_says_what_it_can() -> None:
    assert _of("STRANGE", "XTERM-256COLOR", "ANSI").name == "xterm-256color"


def test_a_name_that_is_none_is_not_believed() -> None:
    assert _of("x\x1b[2J", "../../etc").name == ""


def test_a_game_client_has_a_line_of_its_own() -> None:
    assert _of("XTERM").draws
    assert not _of("MUDLET", "XTERM", mtts=Mtts.ANSI).draws


@pytest.mark.parametrize(
    ("name", "charset"), [("UTF-8", "utf-8"), ("utf-8", "utf-8"), ("US-ASCII", "ascii"), ("KOI8-R", "utf-8")]
)
def test_the_character_set_is_one_that_we_have_proposed(name: str, charset: str) -> None:
    terminal = Terminal()
    terminal.hear(CharsetChosen(name, Party.US))
    assert terminal.charset == charset


def test_a_game_client_that_knows_unicode_is_believed() -> None:
    terminal = Terminal("ascii")
    terminal.hear(TerminalTypes(("MUDLET",), Mtts.UTF_8))
    assert terminal.charset == "utf-8"


def test_of_the_environment_only_what_was_asked_for_and_is_harmless_is_kept() -> None:
    terminal = Terminal(wanted=("LANG", "COLORTERM"))
    told = (Variable("LANG", "de_DE.UTF-8"), Variable("USER", "-f root"), Variable("COLORTERM", "a\nb"))
    terminal.hear(Environment(told))
    assert terminal.environment == {"LANG": "de_DE.UTF-8"}


def test_what_was_told_before_stays_known() -> None:
    terminal = Terminal(wanted=("LANG", "COLORTERM"))
    terminal.hear(Environment((Variable("LANG", "C"),)))
    terminal.hear(Environment((Variable("COLORTERM", "24bit"), Variable("LANG")), update=True))
    assert terminal.environment == {"LANG": "C", "COLORTERM": "24bit"}
