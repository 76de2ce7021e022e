from __future__ import annotations

import pytest

from portside.errors import LocalError
from portside.protocols.telnet.server.styles import ALL, FEW, MANY, NONE, styled, unstyled


@pytest.mark.parametrize(
    ("style", "colours", "codes"),
    [
        ("bold", FEW, "1"),
        ("bold red", FEW, "1;31"),
        ("bright-blue", FEW, "94"),
        ("underline white", MANY, "4;37"),
        ("#ff8800", ALL, "38;2;255;136;0"),
        ("#ff8800", MANY, "38;5;208"),
        ("#ff0000", FEW, "91"),
        ("#800000", FEW, "31"),
    ],
)
def test_a_style_is_said_as_far_as_the_terminal_has_it(style: str, colours: int, codes: str) -> None:
    assert styled("x", style, colours) == f"\x1b[{codes}mx\x1b[0m"


def test_where_there_are_no_colours_text_is_plain() -> None:
    assert styled("x", "bold red", NONE) == "x"


def test_an_empty_text_has_no_style() -> None:
    assert styled("", "bold", FEW) == ""


@pytest.mark.parametrize("style", ["mauve", "bright-bold", "#12345", "31"])
def test_a_word_that_is_no_style_is_an_error(style: str) -> None:
    with pytest.raises(LocalError, match="neither a colour nor an attribute"):
        styled("x", style, ALL)


def test_styles_can_be_taken_off_again() -> None:
    assert unstyled(styled("one", "bold #123456", ALL) + " two") == "one two"
