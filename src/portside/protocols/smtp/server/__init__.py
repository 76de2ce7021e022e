"""The server's side of SMTP, submission and LMTP.

A program that looks at what another one sends::

    from portside.protocols.smtp.server import Handler, Reply, Settings, serve

    class Reader(Handler):
        async def recipient(self, visit, envelope, recipient):
            if recipient.local_part == "nobody":
                return Reply(550, ("Nobody lives here.",), "5.1.1")

        async def message(self, visit, envelope, content):
            print(envelope.sender, envelope.addresses, len(content.read()))

    server = await serve(Settings(), Reader())
"""

from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.server.handler import Handler, Visit
from portside.protocols.smtp.server.serving import MailServer, serve
from portside.protocols.smtp.server.settings import Settings
from portside.protocols.smtp.server.sink import SinkStore

__all__ = ["Handler", "MailServer", "Reply", "Settings", "SinkStore", "Visit", "serve"]
