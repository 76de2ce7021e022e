"""Addresses of data connections, in every spelling that is used (RFC 959, RFC 1123 §4.1.2.6, RFC 2428)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError, RemoteError
from portside.interfaces import Address
from portside.protocols.ftp.syntax import addresses as room

PORTS = [
    ("127,0,0,1,4,1", Address("127.0.0.1", 1025)),
    ("192,0,2,255,255,255", Address("192.0.2.255", 65535)),
    (" 127,0,0,1,0,21 ", Address("127.0.0.1", 21)),
    ("0,0,0,0,0,0", Address("0.0.0.0", 0)),
    ("256,0,0,1,4,1", 501),
    ("127,0,0,1,4,256", 501),
    ("127,0,0,1,4", 501),
    ("127,0,0,1,4,1,1", 501),
    ("127.0.0.1,4,1", 501),
    ("127,0,0,1,4,+1", 501),
    ("127,0,0,1,4,-1", 501),
    ("127,0,0,1,4, 1", 501),
    ("127,0,0,1,4,1_0", 501),
    ("127,0,0,1,4,\u0661", 501),
    ("127,0,0,1,4,0x1", 501),
    ("127,0,0,1,4,1000", 501),
    ("", 501),
]


@pytest.mark.parametrize(("argument", "meant"), PORTS)
def test_port(argument: str, meant: Address | int) -> None:
    if isinstance(meant, int):
        with pytest.raises(RemoteError) as caught:
            room.parse_port(argument)
        assert caught.value.status == meant
    else:
        assert room.parse_port(argument) == meant


PASVS = [
    ("Entering Passive Mode (127,0,0,1,200,10).", Address("127.0.0.1", 51210)),
    ("Entering Passive Mode (127,0,0,1,200,10)", Address("127.0.0.1", 51210)),
    ("Entering Passive Mode. 127,0,0,1,200,10", Address("127.0.0.1", 51210)),
    ("=127,0,0,1,200,10", Address("127.0.0.1", 51210)),
    ("Passive mode on (10,1,2,3,0,21)", Address("10.1.2.3", 21)),
    ("127,0,0,1,200,10", Address("127.0.0.1", 51210)),
    ("Entering Passive Mode", None),
    ("Entering Passive Mode (127,0,0,1,200)", None),
    ("Entering Passive Mode (127,0,0,1,200,10,1)", None),
    ("Entering Passive Mode (300,0,0,1,200,10)", None),
    ("Entering Passive Mode (127,0,0,1,2000,10)", None),
]


@pytest.mark.parametrize(("text", "meant"), PASVS)
def test_pasv_in_every_dialect(text: str, meant: Address | None) -> None:
    if meant is None:
        with pytest.raises(RemoteError):
            room.parse_pasv(text)
    else:
        assert room.parse_pasv(text) == meant


EPRTS = [
    ("|1|132.235.1.2|6275|", Address("132.235.1.2", 6275)),
    ("|2|1080::8:800:200C:417A|5282|", Address("1080::8:800:200c:417a", 5282)),
    ("|2|::1|5282|", Address("::1", 5282)),
    ("!1!127.0.0.1!1025!", Address("127.0.0.1", 1025)),
    ("#2#::1#1025#", Address("::1", 1025)),
    ("|1|127.0.0.1|65535|", Address("127.0.0.1", 65535)),
    ("|3|::1|5282|", 522),
    ("|0|::1|5282|", 522),
    ("|1|::1|5282|", 501),
    ("|2|127.0.0.1|5282|", 501),
    ("|1|127.0.0.1|65536|", 501),
    ("|1|127.0.0.1|99999|", 501),
    ("|1|localhost|21|", 501),
    ("|1|127.0.0.1|5282", 501),
    ("1|127.0.0.1|5282|", 501),
    ("|1|127.0.0.1|+21|", 501),
    ("|1|127.0.0.1||", 501),
    ("|1||21|", 501),
    ("|2|fe80::1%eth0|21|", 501),
    ("|1|127.0.0.1|21|x", 501),
    ("|1!127.0.0.1|21|", 501),
    ("", 501),
]


@pytest.mark.parametrize(("argument", "meant"), EPRTS)
def test_eprt(argument: str, meant: Address | int) -> None:
    if isinstance(meant, int):
        with pytest.raises(RemoteError) as caught:
            room.parse_eprt(argument)
        assert caught.value.status == meant
    else:
        assert room.parse_eprt(argument) == meant


EPSVS = [
    ("Entering Extended Passive Mode (|||6446|)", 6446),
    ("Entering Extended Passive Mode (|||6446|).", 6446),
    ("(!!!6446!)", 6446),
    ("(|||65536|)", None),
    ("(||6446|)", None),
    ("(|||6446)", None),
    ("(|!|6446|)", None),
    ("Entering Extended Passive Mode", None),
    ("(|||+21|)", None),
    ("(|||\u0661|)", None),
]


@pytest.mark.parametrize(("text", "port"), EPSVS)
def test_epsv(text: str, port: int | None) -> None:
    if port is None:
        with pytest.raises(RemoteError):
            room.parse_epsv(text)
    else:
        assert room.parse_epsv(text) == port


@given(host=st.ip_addresses(), port=st.integers(0, 65535))
def test_what_is_written_is_read_as_it_was(host: object, port: int) -> None:
    address = Address(str(host), port)
    assert room.parse_eprt(room.serialise_eprt(address)) == address
    assert room.parse_epsv(f"now ({room.serialise_epsv(port)})") == port
    if ":" not in address.host:
        assert room.parse_port(room.serialise_port(address)) == address
        assert room.parse_pasv(f"({room.serialise_port(address)})") == address


def test_port_has_no_place_for_ipv6() -> None:
    with pytest.raises(LocalError):
        room.serialise_port(Address("::1", 21))
