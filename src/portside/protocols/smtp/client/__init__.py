"""The SMTP client: connections, where mail goes, and what people want sent on top."""

from portside.protocols.smtp.client.mailer import Mailer
from portside.protocols.smtp.client.outcome import Outcome, Result, Server
from portside.protocols.smtp.client.settings import Settings

__all__ = ["Mailer", "Outcome", "Result", "Server", "Settings"]
