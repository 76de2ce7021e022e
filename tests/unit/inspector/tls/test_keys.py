"""Key logs: whole lines count, whatever else stands there."""

from __future__ import annotations

from portside.inspector.tls.keys import LONGEST_LINE, MASTER, KeyLog

RANDOM, SECRET = bytes(range(32)), bytes(range(48))
LINE = f"CLIENT_RANDOM {RANDOM.hex()} {SECRET.hex()}\n".encode()


def test_a_line_is_found_by_random_and_label() -> None:
    log = KeyLog()
    log.add(b"# made by a test\r\n" + LINE + b"nonsense\nCLIENT_RANDOM 00 11\n")
    assert log.find(RANDOM, MASTER) == SECRET
    assert log.find(RANDOM, "EXPORTER_SECRET") is None and log.find(b"other", MASTER) is None
    assert log.knows(RANDOM) and not log.knows(SECRET)
    assert log.lines() == LINE


def test_a_line_may_come_in_two_pieces_and_without_its_end() -> None:
    log = KeyLog()
    log.add(LINE[:70])
    assert log.find(RANDOM, MASTER) is None
    log.add(LINE[70:-1])
    assert log.find(RANDOM, MASTER) == SECRET


def test_an_endless_line_is_not_kept() -> None:
    log = KeyLog()
    for _ in range(100):
        log.add(b"A" * LONGEST_LINE)
    log.add(b"\n" + LINE)
    assert log.lines() == LINE
