"""How a user's name stands among other fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.smtp.rules.sasl.names import escaped, unescaped


@pytest.mark.parametrize(("name", "written"), [("ann", "ann"), ("a,b=c", "a=2Cb=3Dc"), ("=2C", "=3D2C"), ("", "")])
def test_a_name_has_neither_comma_nor_equals_sign(name: str, written: str) -> None:
    assert escaped(name) == written
    assert unescaped(written) == name


@given(st.text(alphabet="=,23CDa"))
def test_a_name_comes_back_as_it_was(name: str) -> None:
    assert unescaped(escaped(name)) == name
