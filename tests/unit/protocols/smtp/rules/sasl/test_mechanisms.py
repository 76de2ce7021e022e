from __future__ import annotations

import pytest

from portside.protocols.smtp.rules.sasl.bearer import Bearer
from portside.protocols.smtp.rules.sasl.mechanisms import HIDDEN, MECHANISMS, exchange
from portside.protocols.smtp.rules.sasl.passwords import Login, Plain
from portside.protocols.smtp.rules.sasl.scram import Scram


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("PLAIN", Plain),
        ("LOGIN", Login),
        ("OAUTHBEARER", Bearer),
        ("SCRAM-SHA-256", Scram),
        ("SCRAM-SHA-256-PLUS", Scram),
    ],
)
def test_each_name_has_its_exchange(name: str, kind: type[object]) -> None:
    assert name in MECHANISMS
    assert type(exchange(name, lambda: "nonce", {})) is kind


def test_the_best_stands_first() -> None:
    assert set(MECHANISMS[:2]) == HIDDEN
    assert MECHANISMS[-1] == "LOGIN"
