"""What game worlds say, where it was agreed upon."""

from __future__ import annotations

import pytest

from portside.errors import LocalError
from portside.interfaces import Role
from portside.protocols.telnet.messages import Gmcp, Mssp, Option, Party, Want
from tests.support.telnet import converse, talk


def test_both_sides_send_packages_and_the_server_its_status() -> None:
    client, server = talk(Role.CLIENT), talk(Role.SERVER)
    server.say(Want(Option.GMCP, Party.US), Want(Option.MSSP, Party.US))
    converse(client, server)
    client.forget()
    server.forget()
    server.say(Gmcp("Room.Info", '{"name": "quay\xff"}'), Mssp((("PLAYERS", ("3",)),)))
    client.say(Gmcp("Core.Hello", "{}"))
    converse(client, server)
    assert client.heard == [Gmcp("Room.Info", '{"name": "quay\xff"}'), Mssp((("PLAYERS", ("3",)),))]
    assert server.heard == [Gmcp("Core.Hello", "{}")]


@pytest.mark.parametrize("message", [Gmcp("A"), Mssp(())], ids=["GMCP", "MSSP"])
def test_saying_needs_the_option(message: Gmcp | Mssp) -> None:
    with pytest.raises(LocalError):
        talk(Role.SERVER).say(message)


def test_a_client_tells_no_status() -> None:
    client = talk(Role.CLIENT)
    client.agree(Option.MSSP, Party.THEM)
    with pytest.raises(LocalError):
        client.say(Mssp(()))
