"""Names of files that strangers chose: nothing in them is a place, and nothing in them deceives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.mime.names import LONGEST_NAME, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("my report.pdf", "my report.pdf"),
        ("grün 日本.txt", "grün 日本.txt"),
        ("/etc/passwd", "passwd"),
        ("../../.ssh/authorized_keys", "authorized_keys"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\a\\b.txt", "b.txt"),
        (".bashrc", "bashrc"),
        ("...", "attachment"),
        ("", "attachment"),
        ("/", "attachment"),
        ("a/", "attachment"),
        ("a\0b", "a_x00b"),
        ("a\r\nb", "a_r_nb"),
        ("invoice\u202efdp.exe", "invoice_u202efdp.exe"),
        ("a:b*c?.txt", "a_b_c_.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("console.txt", "console.txt"),
        (" spaced . ", "spaced"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("日" * 300 + ".pdf")
    assert name.endswith("日.pdf")
    assert len(name.encode()) <= LONGEST_NAME
    assert len(safe_name("x" * 300)) == LONGEST_NAME
    assert len(safe_name("x." + "y" * 300)) == LONGEST_NAME


@given(st.text(max_size=300))
def test_whatever_comes_is_one_name(name: str) -> None:
    safe = safe_name(name)
    assert safe not in {"", ".", ".."}
    assert not set(safe) & set('/\\\0:*?"<>|\r\n')
    assert not safe.startswith(".")
    assert len(safe.encode("utf-8")) <= LONGEST_NAME + 1
