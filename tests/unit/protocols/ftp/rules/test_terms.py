"""TYPE, STRU, MODE and OPTS."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.protocols.ftp.rules.terms import HASHES, Terms, set_mode, set_option, set_structure, set_type
from portside.protocols.ftp.syntax.commands import Setting, TypeCode
from portside.protocols.ftp.syntax.listings import FACTS


def test_a_connection_begins_with_text_as_a_stream() -> None:
    terms = Terms()
    assert (terms.text, terms.packed, terms.facts, terms.hash) == (True, False, FACTS, "SHA-256")


def test_type_and_mode_change_one_thing_each() -> None:
    terms, reply = set_type(Terms(), TypeCode("I"))
    assert (terms.text, reply.code) == (False, 200)
    terms, reply = set_mode(terms, "Z")
    assert (terms.text, terms.packed, reply.code) == (False, True, 200)
    terms, _ = set_mode(terms, "S")
    assert set_structure(terms, "F") == (Terms(text=False), set_structure(terms, "F")[1])


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("UTF8", "ON", "Names are UTF-8, always."),
        ("UTF8", "", "Names are UTF-8, always."),
        ("UTF-8", "on", "Names are UTF-8, always."),
        ("MLST", "size;Type;nonsense;", "MLST OPTS type;size;"),
        ("MLST", "", "MLST OPTS "),
        ("HASH", "sha-512", "SHA-512"),
        ("HASH", "", "SHA-256"),
        ("MODE", "Z LEVEL 9", "MODE Z LEVEL is 9."),
    ],
)
def test_options_are_told_as_they_are_then(name: str, value: str, told: str) -> None:
    _, reply = set_option(Terms(), Setting(name, value))
    assert (reply.code, reply.lines[0]) == (200, told)


@pytest.mark.parametrize(
    ("name", "value"),
    [("UTF8", "OFF"), ("HASH", "CRC32"), ("MODE", "Z LEVEL 10"), ("MODE", "S LEVEL 1"), ("MODE", ""), ("RETR", "x")],
)
def test_other_options_are_refused(name: str, value: str) -> None:
    with pytest.raises(RemoteError) as caught:
        set_option(Terms(), Setting(name, value))
    assert caught.value.status == 501


def test_feat_marks_what_is_chosen() -> None:
    terms, _ = set_option(Terms(), Setting("HASH", "MD5"))
    assert terms.hash_feature == "SHA-1;SHA-256;SHA-512;MD5*"
    terms, _ = set_option(terms, Setting("MLST", "size;"))
    assert "size*;" in terms.facts_feature
    assert "type;" in terms.facts_feature
    assert len(HASHES) == terms.hash_feature.count(";") + 1
