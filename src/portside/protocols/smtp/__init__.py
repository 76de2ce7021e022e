"""Mail handed on by SMTP, submitted by it, and delivered by LMTP (RFC 5321, RFC 6409, RFC 2033)."""

from portside.protocols.spec import Needs, Spec, rooms_of

SPEC = Spec(
    name="smtp",
    summary="hands mail on, from host to host and from a program to its first server",
    rfcs=("RFC 5321", "RFC 6409", "RFC 2033", "RFC 3207", "RFC 4954", "RFC 3461", "RFC 3030", "RFC 6531"),
    port=2525,
    transports=("TCP", "TLS"),
    needs=Needs(loss="no loss", throughput="elastic", timing="no"),
    rooms=rooms_of(__name__, "messages", "syntax", "explain", "rules", "server", "client"),
    assigned=(25, 587, 465, 24),
)
