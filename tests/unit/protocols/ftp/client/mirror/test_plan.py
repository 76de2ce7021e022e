"""When two files are taken for the same."""

from __future__ import annotations

import pytest

from portside.protocols.ftp.client.mirror.plan import DAY, MINUTE, Leaf, Verdict, judge

CASES = [
    (Leaf(3, 100.0), None, Verdict.NEW),
    (Leaf(3, 100.0), Leaf(3, 100.0), Verdict.SAME),
    (Leaf(3, 100.9), Leaf(3, 100.1), Verdict.SAME),
    (Leaf(3, 100.0), Leaf(3, 101.0), Verdict.CHANGED),
    (Leaf(3, 100.0), Leaf(4, 100.0), Verdict.CHANGED),
    (Leaf(None, 100.0), Leaf(4, 100.0), Verdict.CHANGED),
    (Leaf(3, 100.0), Leaf(None, 100.0), Verdict.CHANGED),
    (Leaf(3, 101.0), Leaf(3, 100.0), Verdict.CHANGED),
    (Leaf(3, 100.9), Leaf(3, 101.1), Verdict.CHANGED),
    (Leaf(3, None), Leaf(3, 100.0), Verdict.SAME),
    (Leaf(3, 100.0), Leaf(3, None), Verdict.SAME),
    (Leaf(3, 100.0, MINUTE), Leaf(3, 130.0), Verdict.SAME),
    (Leaf(3, 100.0, MINUTE), Leaf(3, 170.0), Verdict.CHANGED),
    (Leaf(3, 100.0, DAY), Leaf(3, 50_000.0), Verdict.SAME),
    (Leaf(3, 100.0), Leaf(3, 100.0 + DAY, DAY), Verdict.CHANGED),
]


@pytest.mark.parametrize(("source", "copy", "verdict"), CASES)
def test_size_and_time_decide(source: Leaf, copy: Leaf | None, verdict: Verdict) -> None:
    assert judge(source, copy) is verdict


@pytest.mark.parametrize(("copied", "verdict"), [(99.0, Verdict.CHANGED), (101.0, Verdict.SAME), (900.0, Verdict.SAME)])
def test_where_times_are_not_kept_a_younger_copy_will_do(copied: float, verdict: Verdict) -> None:
    assert judge(Leaf(3, 100.0), Leaf(3, copied), times_kept=False) is verdict
