"""File transfer by FTP, with and without TLS (RFC 959 and what has grown around it)."""

from portside.protocols.spec import Needs, Spec, rooms_of

SPEC = Spec(
    name="ftp",
    summary="transfers files over a connection of their own, while another one carries the commands",
    rfcs=("RFC 959", "RFC 2389", "RFC 2428", "RFC 3659", "RFC 4217"),
    port=2121,
    transports=("TCP", "TLS"),
    needs=Needs(loss="no loss", throughput="elastic", timing="no"),
    rooms=rooms_of(__name__, "messages", "syntax", "explain", "rules", "server", "client"),
    assigned=(21,),
)
