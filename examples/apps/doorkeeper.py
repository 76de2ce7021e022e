"""Looks at mail before it is kept: ``portside serve smtp --handler doorkeeper:Doorkeeper``."""

from typing import BinaryIO

from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.server import Handler, Reply, Visit


class Doorkeeper(Handler):
    """Every coroutine is optional; what returns a reply refuses."""

    async def recipient(self, visit: Visit, envelope: Envelope, recipient: Recipient) -> Reply | None:
        if recipient.local_part == "nobody":
            return Reply(550, ("Nobody lives here.",), "5.1.1")
        return None

    async def message(self, visit: Visit, envelope: Envelope, content: BinaryIO) -> Reply | None:
        if b"lottery" in content.read().lower():
            return Reply(554, ("You have won nothing here.",), "5.7.1")
        return None
