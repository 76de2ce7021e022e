"""Telnet: the remote terminal, and the game worlds that grew on it (RFC 854)."""

from portside.protocols.spec import Needs, Spec, rooms_of

SPEC = Spec(
    name="telnet",
    summary="gives a terminal on another machine, or opens a world that many visit",
    rfcs=("RFC 854", "RFC 855", "RFC 1143", "RFC 1184", "RFC 1572", "RFC 2066"),
    port=2323,
    transports=("TCP", "TLS"),
    needs=Needs(loss="no loss", throughput="a few KB/s", timing="yes: echo within 100 ms"),
    rooms=rooms_of(__name__, "messages", "syntax", "explain", "rules", "server", "client"),
    assigned=(23,),
)
