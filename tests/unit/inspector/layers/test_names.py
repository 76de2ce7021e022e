"""Names of ports and flags."""

from __future__ import annotations

import pytest

from portside.inspector.layers.names import FLAGS, flags, port


@pytest.mark.parametrize(
    ("number", "said"), [(80, "http (by its number)"), (50000, "chosen for this conversation alone"), (1234, "")]
)
def test_ports(number: int, said: str) -> None:
    assert port(number) == said


def test_every_bit_has_a_name() -> None:
    assert sorted(bit for bit, *_ in FLAGS) == [1 << place for place in range(8)]
    assert flags(0) == "none" and flags(0xFF).count(",") == 7
