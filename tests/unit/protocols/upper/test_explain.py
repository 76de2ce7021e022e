"""The uppercase application, watched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Content
from portside.protocols.upper import explain


@pytest.mark.parametrize("step", [1, 3, 100])
def test_lines_are_messages_however_they_come(step: int) -> None:
    reader = explain.reader()
    found = []
    for role, data in ((Role.CLIENT, b"one\r\ntwo\nthr"), (Role.SERVER, b"ONE\r\nTWO\n")):
        for at in range(0, len(data), step):
            found += reader.read(role, data[at : at + step])
    for role in Role:
        reader.ended(role)
    assert [(one.title, one.start, one.stop, one.complete) for one in found] == [
        ("one", 0, 5, True), ("two", 5, 9, True), ("thr", 9, 12, True), ("ONE", 0, 5, True), ("TWO", 5, 9, True),
    ]  # fmt: skip
    assert [one.answers for one in found] == [None, None, None, found[0], found[1]]
    assert reader.switch is None and not explain.recognises(Role.CLIENT, b"one")


def test_a_datagram_is_a_message() -> None:
    reader = explain.reader(datagrams=True)
    asked = [reader.read(Role.CLIENT, text)[0] for text in (b"a\nb", b"c")]
    (answer,) = reader.read(Role.SERVER, b"A\nB")
    assert answer.answers is asked[0] and (asked[1].start, asked[1].stop) == (3, 4)


def test_a_hole_is_noted() -> None:
    reader = explain.reader()
    (said,) = reader.read(Role.CLIENT, b"abc")
    reader.missed(Role.CLIENT, 4)
    reader.read(Role.CLIENT, b"\n")
    assert (said.stop, said.complete, said.notes) == (8, True, ("4 bytes were not captured",))


def test_its_parts() -> None:
    reader = explain.reader()
    (said,) = reader.read(Role.CLIENT, b"hi there\r\n")
    text, end = explain.fields(said, b"hi there\r\n")
    assert (text.value, text.meaning, end.value) == ("hi there", "comes back in upper case", "CR LF")
    assert explain.content(said, b"hi there\r\n") == Content(b"hi there", "text/plain")
    mask = explain.mask()
    mask.missed(Role.CLIENT, 1)
    assert mask.hide(Role.CLIENT, b"x") == b"x"


@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.binary(max_size=40))))
def test_noise_never_raises(row: list[tuple[Role, bytes]]) -> None:
    reader = explain.reader()
    for role, data in row:
        for said in reader.read(role, data):
            assert explain.fields(said, data) and said.start < said.stop
