from __future__ import annotations

from portside.protocols.spec import rooms_of


def test_rooms_are_named_by_import_strings() -> None:
    assert rooms_of("portside.protocols.upper", "syntax", "server") == {
        "syntax": "portside.protocols.upper.syntax",
        "server": "portside.protocols.upper.server",
    }
