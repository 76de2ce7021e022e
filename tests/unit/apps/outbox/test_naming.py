"""Names of queued messages."""

from __future__ import annotations

from portside.apps.outbox.naming import ALPHABET, LOT_DIGITS, TIME_DIGITS, Names, name_of


def zeros(count: int) -> bytes:
    return bytes(count)


def test_names_stand_in_the_order_of_time() -> None:
    moments = [0.0, 0.001, 1.5, 1_700_000_000.0, 1_700_000_000.001, 4_000_000_000.0]
    names = [name_of(moment, zeros) for moment in moments]
    assert names == sorted(names)
    assert len(set(names)) == len(names)


def test_a_name_is_a_file_s_name_of_one_length() -> None:
    for name in (name_of(0, zeros), name_of(1_800_000_000, lambda count: b"\xff" * count)):
        assert len(name) == TIME_DIGITS + LOT_DIGITS
        assert set(name) <= set(ALPHABET)


def test_the_alphabet_is_in_order_and_has_no_letter_for_another() -> None:
    assert list(ALPHABET) == sorted(ALPHABET)
    assert len(ALPHABET) == 32
    assert not set("ilou") & set(ALPHABET)


def test_messages_of_one_moment_differ_by_lot() -> None:
    assert name_of(1, zeros) != name_of(1, lambda count: bytes(count - 1) + b"\x01")


def test_no_name_is_given_twice_even_where_the_lot_would_have_it() -> None:
    lots = iter(b"\0\0\1\1\1\2")
    names = Names(lambda count: bytes(count - 1) + bytes([next(lots)]))
    given = [names.of(1), names.of(1), names.of(2), names.of(2.0001)]
    assert [(name[:TIME_DIGITS], name[-1]) for name in given] == [
        (name_of(1, zeros)[:TIME_DIGITS], "0"),
        (name_of(1, zeros)[:TIME_DIGITS], "1"),
        (name_of(2, zeros)[:TIME_DIGITS], "1"),
        (name_of(2, zeros)[:TIME_DIGITS], "2"),
    ]
