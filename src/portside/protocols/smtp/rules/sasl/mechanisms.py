"""The mechanisms by their names, the best first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portside.protocols.smtp.rules.sasl.bearer import Bearer
from portside.protocols.smtp.rules.sasl.exchanges import Exchange
from portside.protocols.smtp.rules.sasl.passwords import Login, Plain
from portside.protocols.smtp.rules.sasl.scram import Scram

SCRAM_PLUS = "SCRAM-SHA-256-PLUS"
SCRAM = "SCRAM-SHA-256"
BEARER = "OAUTHBEARER"
PLAIN = "PLAIN"
LOGIN = "LOGIN"
MECHANISMS = (SCRAM_PLUS, SCRAM, BEARER, PLAIN, LOGIN)
"""All that there are."""
HIDDEN = frozenset({SCRAM_PLUS, SCRAM})
"""Those that say nothing by which whoever listens could log in."""


def exchange(name: str, nonce: Callable[[], str], bindings: Mapping[str, bytes]) -> Exchange:
    """A login by the mechanism ``name``, one of ``MECHANISMS``."""
    match name:
        case "PLAIN":
            return Plain()
        case "LOGIN":
            return Login()
        case "OAUTHBEARER":
            return Bearer()
    return Scram(nonce, bindings, plus=name == SCRAM_PLUS)
