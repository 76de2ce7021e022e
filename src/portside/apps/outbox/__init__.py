"""The durable queue: mail that waits until its next server takes it, or its sender hears that none will."""

from portside.apps.outbox.outbox import Outbox, outbox_folder
from portside.apps.outbox.runner import Runner
from portside.apps.outbox.schedule import Schedule
from portside.apps.outbox.settings import Settings

__all__ = ["Outbox", "Runner", "Schedule", "Settings", "outbox_folder"]
