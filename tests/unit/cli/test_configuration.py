from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.cli.configuration import BadLine, Entry, arguments, parse_configuration
from portside.cli.serving import offered


def _arguments(text: str) -> list[str]:
    (entry,) = parse_configuration(text)
    return arguments(entry, offered(entry.protocol))


def test_tables_keep_their_order_and_their_lines() -> None:
    text = '# two\n[[serve]]\nprotocol = "upper"\nidle_time = 3\n\n[[ serve ]]\n"udp" = true\nprotocol = \'upper\'\n'
    first, second = parse_configuration(text)
    assert first == Entry("upper", {"idle-time": 3}, {"": 2, "protocol": 3, "idle-time": 4}, 2)
    assert second == Entry("upper", {"udp": True}, {"": 6, "udp": 7, "protocol": 8}, 6)
    assert (first.line_of("idle-time"), first.line_of("nowhere")) == (4, 2)


def test_an_array_of_inline_tables_will_do() -> None:
    first, second = parse_configuration('serve = [{protocol = "upper"}, {protocol = "upper", udp = true}]')
    assert (first.values, second.values, second.line) == ({}, {"udp": True}, 0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("udp = true", ["--udp"]),
        ("udp = false", []),
        ("port = 0", ["--port=0"]),
        ('port = "0"', ["--port=0"]),
        ("idle-time = 2.5", ["--idle-time=2.5"]),
        ("idle_time = 2", ["--idle-time=2"]),
        ('host = "::1"', ["--host=::1"]),
        ('host = ["::1", "127.0.0.1"]', ["--host=::1", "--host=127.0.0.1"]),
        ("host = []", []),
        ('cert = "--odd"', ["--cert=--odd"]),
        ("window = 4040", ["--window=4040"]),
        ('window = "0"', ["--window=0"]),
    ],
)
def test_a_value_becomes_what_one_would_type(line: str, expected: list[str]) -> None:
    assert _arguments(f'[[serve]]\nprotocol = "upper"\n{line}\n') == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("listing = true", ["--listing"]),
        ("listing = false", ["--no-listing"]),
        ("no-listing = true", ["--no-listing"]),
        ("no_listing = false", ["--listing"]),
        ('target = "site"', ["--", "site"]),
        ('target = "--upload"', ["--", "--upload"]),
        ('site = ["a.test=x"]', ["--site=a.test=x"]),
    ],
)
def test_the_web_server_has_keys_of_its_own(line: str, expected: list[str]) -> None:
    assert _arguments(f"[[serve]]\n{line}\n") == expected


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "it needs a table [[serve]] for each server"),
        ("serve = 3", 0, "it needs a table [[serve]] for each server"),
        ("serve = [3]", 0, "it needs a table [[serve]] for each server"),
        ("[serve]\nport = 1", 0, "it needs a table [[serve]] for each server"),
        ("\nport = 3\n[[serve]]", 2, "'port' stands outside of a table [[serve]]"),
        ("[[serve]]\n[other]\na = 1", 2, "'other' stands outside of a table [[serve]]"),
        ("[[serve]]\nport = \n", 2, "not TOML: invalid value"),
        ('[[serve]]\nprotocol = "sip"', 2, "'serve sip' is not built yet"),
        ('[[serve]]\nprotocol = "uper"', 2, "there is no protocol 'uper'; did you mean 'upper'?"),
        ("[[serve]]\nprotocol = 3", 2, "there is no protocol '3'; there are http, ftp, smtp, telnet, upper"),
        ("[[serve]]\nmax-head = 1\nmax_head = 2", 2, "'max_head' is set twice"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(BadLine) as caught:
        parse_configuration(text)
    assert (caught.value.line, str(caught.value)) == (line, message)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("udpp = true", "'serve upper' has no 'udpp'; did you mean 'udp'?"),
        ('target = "x"', "'serve upper' has no 'target'"),
        ("udp = 1", "'udp' is true or false"),
        ('udp = "yes"', "'udp' is true or false"),
        ("port = [1, 2]", "'port' has one value, not a list of them"),
        ("port = true", "'port' is a text or a number"),
        ("host = [true]", "'host' is a text or a number"),
        ("port = 2026-01-01", "'port' is a text or a number"),
        ("port = {a = 1}", "'port' is a text or a number"),
    ],
)
def test_a_key_or_value_that_does_not_do_is_named_with_its_line(key: str, message: str) -> None:
    with pytest.raises(BadLine) as caught:
        _arguments(f'[[serve]]\nprotocol = "upper"\n\n{key}\n')
    assert (caught.value.line, str(caught.value)) == (4, message)


def test_a_target_is_a_text() -> None:
    with pytest.raises(BadLine, match="'target' is a text"):
        _arguments("[[serve]]\ntarget = 3")


@given(st.text(st.sampled_from("[]{}serv=\"'#\n 1tru_-."), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    line = _line_of_the_fault(text)
    assert line is None or 0 <= line <= text.count("\n") + 1


def _line_of_the_fault(text: str) -> int | None:
    try:
        for entry in parse_configuration(text):
            arguments(entry, offered(entry.protocol))
    except BadLine as error:
        return error.line
    return None
