"""Payloads part by part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.explain.subfields import MOST_PARTS, parts_of
from tests.support.telnet import wire


@pytest.mark.parametrize(
    ("option", "payload", "parts"),
    [
        ("NAWS", "0 80 0 0", [("Width", "80", "80 columns"), ("Height", "0", "unknown")]),
        ("TTYPE", "IS 'XTERM'", [("Kind", "IS", "tells"), ("Terminal type", "XTERM", "")]),
        ("TSPEED", "SEND", [("Kind", "SEND", "asks")]),
        ("LFLOW", "2", [("Flow control", "2", "any key restarts")]),
        ("LFLOW", "7", [("Flow control", "7", "unknown")]),
        ("NEW-ENVIRON", "INFO VAR 'A' VALUE 'b' USERVAR",
         [("Kind", "INFO", "tells what has changed"), ("VAR", "A", ""), ("VALUE", "b", ""),
          ("USERVAR", "", "all of this kind")]),
        ("NEW-ENVIRON", "9", [("Kind", "9", "unknown")]),
        ("CHARSET", "REQUEST ';A;B'",
         [("Kind", "REQUEST", "proposes"), ("Separator", ";", "stands between the names"), ("Character set", "A", ""),
          ("Character set", "B", "")]),
        ("CHARSET", "ACCEPTED 'A'", [("Kind", "ACCEPTED", "takes it"), ("Parameters", "A", "")]),
        ("LINEMODE", "MODE 5", [("Kind", "MODE", "who edits lines and makes signals"),
                                ("Mode", "0x05", "EDIT, MODE_ACK")]),
        ("LINEMODE", "SLC 3 226 3 77 0 0",
         [("Kind", "SLC", "special characters"), ("IP", "0x03", "has this value, ACK, FLUSHIN, FLUSHOUT"),
          ("function 77", "0x00", "not supported")]),
        ("LINEMODE", "DONT FORWARDMASK 'm'",
         [("Command", "DONT", "don't"), ("Kind", "FORWARDMASK", "characters that send what was typed"),
          ("Parameters", "m", "")]),
        ("STATUS", "IS WILL ECHO", [("Kind", "IS", "tells"), ("WILL", "ECHO", "is on")]),
        ("GMCP", "'A.B {}'", [("Package", "A.B", ""), ("Data", "{}", "JSON")]),
        ("GMCP", "'A.B'", [("Package", "A.B", "")]),
        ("MSSP", "1 'N' 2 'v'", [("Variable", "N", ""), ("Value", "v", "")]),
        ("222", "'xyz'", [("Parameters", "xyz", "")]),
        ("222", "", []),
    ],
)  # fmt: skip
def test_parts_have_the_standards_names(option: str, payload: str, parts: list[tuple[str, str, str]]) -> None:
    found = parts_of(wire(option)[0], wire(payload))
    assert [(part.name, part.value, part.meaning) for part in found] == parts


@given(st.integers(0, 255), st.binary(max_size=60))
def test_parts_follow_each_other_to_the_end(option: int, payload: bytes) -> None:
    at = 0
    found = parts_of(option, payload)
    for part in found:
        assert at <= part.start <= part.stop
        at = part.stop
    assert at == len(payload) or not found


def test_there_are_not_too_many() -> None:
    assert len(parts_of(39, b"\0" + b"\0a" * 10_000)) == MOST_PARTS + 1
