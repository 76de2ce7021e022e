"""Words of HTTP and where they are specified."""

from __future__ import annotations

import re
from http import HTTPStatus

from portside.protocols.http.explain.meanings import FIELDS, METHODS, STATUS_CODES


def test_every_registered_status_code_is_known() -> None:
    assert {status.value for status in HTTPStatus} - {418} <= set(STATUS_CODES)


def test_every_word_has_a_meaning_and_a_source() -> None:
    assert all(meaning and source for meaning, source in (*METHODS.values(), *FIELDS.values()))
    assert all(phrase and meaning for phrase, meaning in STATUS_CODES.values())
    assert len(FIELDS) >= 70 and all(name == name.lower() for name in FIELDS)
    assert all(re.fullmatch(r"RFC \d{4} §[\d.]+", source) for _, source in METHODS.values())
