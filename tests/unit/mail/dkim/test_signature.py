"""The field DKIM-Signature: the rules of RFC 6376 §3.5, each broken once."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.mail.dkim.canonical import Form
from portside.mail.dkim.signature import MOST_NAMES, Signature, parse_signature

GOOD = {
    "v": "1", "a": "rsa-sha256", "b": "YWJj", "bh": "ZGVm", "d": "Example.com", "h": "From:To", "s": "S1",
}  # fmt: skip


def field(**changes: str | None) -> str:
    tags = GOOD | changes
    return "; ".join(f"{name}={value}" for name, value in tags.items() if value is not None)


def test_a_signature_is_read() -> None:
    assert parse_signature(field()) == Signature(
        "rsa-sha256", b"abc", b"def", Form.SIMPLE, Form.SIMPLE, "example.com", "s1", ("from", "to"), "@Example.com"
    )
    said = field(
        a="Ed25519-SHA256", c="relaxed/simple", i="ann@mail.example.com", l="5", t="7", x="8", q="dns/txt:other"
    )
    assert parse_signature(said) == Signature(
        "ed25519-sha256", b"abc", b"def", Form.RELAXED, Form.SIMPLE, "example.com", "s1", ("from", "to"),
        "ann@mail.example.com", 5, 7, 8,
    )  # fmt: skip
    assert parse_signature(said).identity_domain == "mail.example.com"


def test_a_domain_in_another_script_is_one() -> None:
    assert parse_signature(field(d="bücher.example", i="ä@post.bücher.example")).domain == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("said", "forms"),
    [
        ("simple", (Form.SIMPLE, Form.SIMPLE)),
        ("relaxed", (Form.RELAXED, Form.SIMPLE)),
        ("RELAXED/Relaxed", (Form.RELAXED, Form.RELAXED)),
    ],
)
def test_the_forms_are_read(said: str, forms: tuple[Form, Form]) -> None:
    found = parse_signature(field(c=said))
    assert (found.header_form, found.body_form) == forms


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *[({name: None}, f"no {name}=") for name in ("v", "a", "b", "bh", "d", "h", "s")],
        ({"b": ""}, "no b="),
        ({"v": "2"}, "version 1"),
        ({"v": "01"}, "version 1"),
        ({"a": "rsa-sha1"}, "proves nothing"),
        ({"a": "rsa-sha512"}, "proves nothing"),
        ({"b": "!"}, "no base64"),
        ({"c": "relaxed/none"}, "canonicalization"),
        ({"c": "/relaxed"}, "canonicalization"),
        ({"d": "no domain"}, "name of the DNS"),
        ({"s": "a..b"}, "name of the DNS"),
        ({"h": "to:subject"}, "does not sign From"),
        ({"h": ":".join(["from"] * (MOST_NAMES + 1))}, "more than"),
        ({"i": "ann@example.org"}, "not of its domain"),
        ({"i": "ann@notexample.com"}, "not of its domain"),
        ({"i": "ann"}, "not of its domain"),
        ({"l": "-1"}, "no number"),
        ({"t": "soon"}, "no number"),
        ({"t": "5", "x": "5"}, "ended before"),
        ({"q": "dns/other"}, "not in the DNS"),
    ],
)
def test_a_rule_that_is_broken_is_named(changes: dict[str, str | None], reason: str) -> None:
    with pytest.raises(RemoteError, match=reason):
        parse_signature(field(**changes))
