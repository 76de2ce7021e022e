"""The uppercase application, with which many a course begins: whatever is sent comes back in upper case."""

from portside.protocols.spec import Needs, Spec, rooms_of

SPEC = Spec(
    name="upper",
    summary="sends back whatever it gets, in upper case",
    rfcs=(),
    port=12000,
    transports=("TCP", "UDP", "TLS"),
    needs=Needs(loss="no loss", throughput="elastic", timing="no"),
    rooms=rooms_of(__name__, "messages", "syntax", "explain", "rules", "server", "client"),
)
