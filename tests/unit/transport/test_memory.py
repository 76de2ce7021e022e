from __future__ import annotations

import asyncio
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.transport.memory import Pair
from portside.transport.tcp import HIGH_WATER, LOW_WATER
from tests.support.conversations import Ears, until


def started(piece: int = 0) -> tuple[Pair, Ears, Ears]:
    pair, client, server = Pair(piece), Ears(), Ears()
    pair.client.start(client)
    pair.server.start(server)
    return pair, client, server


@given(st.binary(), st.integers(0, 9))
def test_what_one_end_writes_the_other_receives_in_pieces(data: bytes, piece: int) -> None:
    pair, _, server = started(piece)
    sizes: list[int] = []
    server.received = lambda got: (sizes.append(len(got)), server.data.extend(got))  # type: ignore[method-assign,func-returns-value]
    pair.client.write(data)
    assert pair.client.pending == len(data)
    pair.flow()
    assert bytes(server.data) == data
    assert pair.client.pending == 0
    assert max(sizes, default=0) <= (piece or len(data))


def test_both_ends_know_both_addresses() -> None:
    pair = Pair()
    assert pair.client.door.local == pair.server.door.remote
    assert pair.client.door.remote == pair.server.door.local


def test_nothing_is_delivered_from_within_a_write() -> None:
    pair, _, server = started()
    pair.client.write(b"x")
    assert server.data == b""


def test_a_file_is_read_and_closed() -> None:
    pair, _, server = started()
    file = io.BytesIO(b"0123456789")
    pair.client.write_file(file, 2, 3)
    pair.flow()
    assert (bytes(server.data), file.closed) == (b"234", True)


def test_a_paused_end_receives_nothing_until_it_resumes() -> None:
    pair, _, server = started()
    pair.server.pause()
    pair.client.write(b"x")
    pair.flow()
    assert server.data == b""
    pair.server.resume()
    pair.flow()
    assert server.data == b"x"


def test_who_had_to_wait_is_told_once_there_is_room() -> None:
    pair, client, server = started(piece=1000)
    pair.server.pause()
    pair.client.write(b"x" * (HIGH_WATER + 1))
    pair.flow()
    assert client.drains == 0
    pair.server.resume()
    pair.flow()
    assert (client.drains, len(server.data)) == (1, HIGH_WATER + 1)
    pair.client.write(b"x" * LOW_WATER)
    pair.flow()
    assert client.drains == 1


def test_an_end_comes_after_all_that_was_written() -> None:
    pair, client, server = started(piece=2)
    pair.client.write(b"hello")
    pair.client.finish(5.0)
    pair.client.write(b"too late")
    pair.flow()
    assert (bytes(server.data), server.ends, server.losses, client.losses) == (b"hello", 1, [], [None])
    pair.server.finish()
    pair.flow()
    assert (server.losses, client.losses) == ([None], [None])


def test_an_abort_takes_back_what_has_not_arrived() -> None:
    pair, client, server = started()
    pair.client.write(b"hello")
    pair.client.abort()
    pair.flow()
    assert (bytes(server.data), server.ends, client.losses) == (b"", 1, [None])


def test_on_a_loop_the_bytes_flow_by_themselves() -> None:
    async def main() -> None:
        pair, client, server = Pair(3, asyncio.get_running_loop().call_soon), Ears(), Ears()
        pair.client.start(client)
        pair.server.start(server)
        pair.client.write(b"hello you")
        await until(lambda: server.data == b"hello you")
        pair.server.finish()
        await until(lambda: client.ends)

    asyncio.run(main())


@pytest.mark.parametrize("piece", [0, 1, 4])
def test_a_message_is_split_without_loss(piece: int) -> None:
    assert b"".join(Pair(piece).split(b"0123456789")) == b"0123456789"
    assert Pair(piece).split(b"x") == [b"x"]
