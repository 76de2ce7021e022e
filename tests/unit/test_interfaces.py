"""The contracts between the rooms: what addresses look like, and which objects keep the contracts."""

from __future__ import annotations

import ast
import asyncio
import socket
from pathlib import Path

import pytest

from portside import interfaces
from portside.interfaces import Address, Datagrams
from portside.transport.memory import Pair
from portside.transport.udp import SocketDatagrams


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (Address("127.0.0.1", 80), "127.0.0.1:80"),
        (Address("::1", 80), "[::1]:80"),
        (Address("localhost"), "localhost:0"),
        (Address("", 0, "/run/x.sock"), "unix:/run/x.sock"),
    ],
)
def test_an_address_is_written_as_people_write_it(address: Address, text: str) -> None:
    assert str(address) == text


def test_addresses_of_the_same_place_are_equal() -> None:
    assert Address("127.0.0.1", 80) == Address("127.0.0.1", 80)
    assert len({Address("127.0.0.1", 80), Address("127.0.0.1", 80)}) == 1


def test_datagrams_and_streams_are_told_apart() -> None:
    async def made() -> Datagrams:
        return SocketDatagrams(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    datagrams = asyncio.run(made())
    assert isinstance(datagrams, Datagrams)
    assert not isinstance(Pair().client, Datagrams)
    datagrams.close()


def test_the_contracts_import_nothing_of_portside_but_its_errors() -> None:
    source = Path(interfaces.__file__).read_text()
    imported = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if name and name.startswith("portside")} == {"portside.errors"}
