from __future__ import annotations

import pytest

from portside.protocols.telnet.messages import Data, PromptEnd, TerminalTypes
from portside.protocols.telnet.server.screen import SHOWN_AT_ONCE
from tests.support.visitors import Desk


def test_a_newline_leads_to_the_beginning_of_the_next_line() -> None:
    desk = Desk()
    desk.screen.write("one\ntwo\r\n")
    assert desk.text == "one\r\ntwo\r\n"


def test_what_the_character_set_lacks_is_a_question_mark() -> None:
    desk = Desk()
    desk.terminal.charset = "ascii"
    desk.screen.write("grün")
    assert desk.text == "gr?n"


def test_half_a_surrogate_hurts_nobody() -> None:
    desk = Desk()
    desk.screen.write("a\ud800b")
    assert desk.text == "a?b"


def test_what_is_told_has_lines_of_its_own() -> None:
    desk = Desk()
    desk.screen.write("half a line")
    desk.screen.tell("a bell rings")
    desk.screen.tell("again\n")
    assert desk.text == "half a line\r\na bell rings\r\nagain\r\n"


def test_a_line_that_is_typed_stays_below_what_is_told() -> None:
    desk = Desk(draws=True)
    desk.screen.ask("> ", draws=True)
    desk.screen.show("hello", 2)
    desk.screen.tell("a bell rings")
    assert desk.window() == ["a bell rings", "> hello"]


def test_text_that_is_written_meanwhile_stands_above_the_line_as_well() -> None:
    desk = Desk(draws=True)
    desk.screen.ask("> ", draws=True)
    desk.screen.show("hello", 5)
    desk.screen.write("one\ntwo\n")
    assert desk.window() == ["one", "two", "> hello"]


def test_a_line_over_several_rows_is_drawn_anew_as_a_whole() -> None:
    desk = Desk(draws=True, columns=10)
    desk.screen.ask("> ", draws=True)
    desk.screen.show("x" * 25, 25)
    desk.screen.tell("a bell")
    assert desk.window() == ["a bell", "> " + "x" * 8, "x" * 10, "x" * 7]


def test_whoever_edits_at_home_gets_the_prompt_again() -> None:
    desk = Desk()
    desk.screen.ask("> ", draws=False)
    desk.screen.tell("a bell rings")
    assert desk.text == "> \r\na bell rings\r\n> "


def test_only_the_last_line_of_a_prompt_is_drawn_anew() -> None:
    desk = Desk(draws=True)
    desk.screen.ask("Who are you?\n> ", draws=True)
    desk.screen.tell("a bell rings")
    assert desk.window() == ["Who are you?", "a bell rings", ">"]


@pytest.mark.parametrize(("marks", "expected"), [(True, [PromptEnd()]), (False, [])])
def test_the_end_of_a_prompt_is_told_to_those_who_speak_telnet(marks: bool, expected: list[PromptEnd]) -> None:
    desk = Desk()
    desk.screen.marks_prompts = marks
    desk.screen.ask("> ", draws=False)
    assert desk.paper.others == expected


def test_an_empty_prompt_has_no_end() -> None:
    desk = Desk()
    desk.screen.marks_prompts = True
    desk.screen.ask("", draws=False)
    assert desk.paper.others == []


def test_a_window_of_another_size_shows_the_same_line() -> None:
    desk = Desk(draws=True, columns=20)
    desk.screen.ask("> ", draws=True)
    desk.screen.show("hello", 5)
    desk.terminal.columns = 40
    desk.screen.resized()
    assert desk.window() == ["> hello"]


def test_without_a_line_a_resize_draws_nothing() -> None:
    desk = Desk()
    desk.screen.resized()
    assert desk.text == ""


def test_a_finished_line_leads_to_the_next_one() -> None:
    desk = Desk(draws=True)
    desk.screen.ask("> ", draws=True)
    desk.screen.show("hello", 1)
    desk.screen.done(newline=False)
    desk.screen.write("hi\n")
    assert desk.window() == ["> hello", "hi"]


@pytest.mark.parametrize(("newline", "expected"), [(True, "p: \r\nx"), (False, "p: x")])
def test_whoever_edits_at_home_is_in_the_next_line_already_unless_it_was_secret(newline: bool, expected: str) -> None:
    desk = Desk()
    desk.screen.ask("p: ", draws=False)
    desk.screen.done(newline=newline)
    desk.screen.write("x")
    assert desk.text == expected


def test_only_a_terminal_that_can_is_cleared() -> None:
    desk = Desk()
    desk.screen.clear()
    assert desk.text == ""
    desk.terminal.hear(TerminalTypes(("XTERM",)))
    desk.screen.clear()
    assert desk.text == "\x1b[H\x1b[2J"


def test_much_text_leaves_in_pieces() -> None:
    desk = Desk()
    desk.screen.write("x\n" * SHOWN_AT_ONCE)
    assert len([message for message in desk.paper.said if isinstance(message, Data)]) == 2
    assert desk.text == "x\r\n" * SHOWN_AT_ONCE
