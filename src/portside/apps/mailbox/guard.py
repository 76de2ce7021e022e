"""Who may look into the mailbox, and who may change it: people and programs of this machine, and the page itself.

The page has a plain address, so that tests and scripts find it; whoever may run programs here may read it. Websites
may not: what comes by a name that is none of ours is sent away by ``HostGuard`` in front of this (DNS rebinding), what
comes from another site's page is known by Origin and Sec-Fetch-Site, and a form can't say what changes something, which
is JSON or has no body at all.
"""

from __future__ import annotations

from portside.protocols.http.messages import Request
from portside.protocols.http.server.local_pages import JSON, Refused, protected, refuse_strangers, the_one

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""What the page may do; the frame of a mail has a policy of its own."""
PROTECTED = protected(POLICY)
"""Fields of every answer."""
METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
READING = ("GET", "HEAD")
"""Methods that change nothing."""


def check(request: Request, path: str) -> None:
    """Let a request for ``path`` pass. Raises ``Refused``."""
    if request.method not in METHODS:
        raise Refused(405, "nothing is done here in that way")
    reading = request.method in READING
    refuse_strangers(request.headers, the_one(request.headers, b"host").lower(), is_page=reading and not path)
    if not reading and request.body and not _is_json(request):
        raise Refused(415, "say it in JSON (Content-Type: application/json)")


def _is_json(request: Request) -> bool:
    kind = the_one(request.headers, b"content-type")
    return kind.partition(b";")[0].strip().lower() == JSON
