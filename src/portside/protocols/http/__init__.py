"""HTTP/1.1, and 1.0 for those who speak it: RFC 9110 (semantics), RFC 9111 (caching), RFC 9112 (the messages)."""

from portside.protocols.spec import Needs, Spec, rooms_of

SPEC = Spec(
    name="http",
    summary="serves a folder to browsers and to whoever else speaks HTTP, and fetches from such servers",
    rfcs=("RFC 9110", "RFC 9111", "RFC 9112"),
    port=8080,
    transports=("TCP", "TLS"),
    needs=Needs(loss="no loss", throughput="elastic", timing="no"),
    rooms=rooms_of(__name__, "messages", "syntax", "explain", "rules", "server", "client"),
)
