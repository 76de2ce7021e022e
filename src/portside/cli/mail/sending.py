"""The work of ``portside send``: messages are made ready one by one, and handed over as fast as they are taken."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from portside.cli.mail.drafts import Draft, Spoilt, written
from portside.cli.mail.files import messages_in
from portside.cli.mail.options import MailOptions
from portside.cli.mail.progress import Octets, shown
from portside.cli.mail.signing import Sign, signing
from portside.cli.mail.telling import MANY, Telling
from portside.cli.mail.ways import Way
from portside.cli.screen import is_watched
from portside.errors import LocalError, UsageError


async def send(way: Way, mail: MailOptions, octets: Octets | None = None) -> int:
    """Send what the options say by ``way``; returns the exit code. ``octets`` are shown to who waits."""
    drafts, several = messages(mail)
    telling = Telling(mail, many=several and is_watched(sys.stdout))
    async with shown(octets):
        async for draft, became in way.hand(drafts):
            telling.tell(draft, became)
    return telling.conclude()


def messages(mail: MailOptions) -> tuple[Iterable[Draft | Spoilt], bool]:
    """The messages, signed where that is asked for, and whether there are many. Raises ``UsageError``."""
    sign = signing(mail)
    if not mail.files:
        draft = written(mail)
        return [sign(draft) if sign is not None else draft], False
    _refuse_for_files(mail)
    found = messages_in(mail)
    several = len(mail.files) > MANY or any(path.is_dir() for path in mail.files)
    return (found if sign is None else _signed(found, sign)), several


def _signed(drafts: Iterable[Draft | Spoilt], sign: Sign) -> Iterator[Draft | Spoilt]:
    for draft in drafts:
        if isinstance(draft, Spoilt):
            yield draft
            continue
        try:
            yield sign(draft)
        except (UsageError, LocalError) as error:
            yield Spoilt(draft.label, error)


def _refuse_for_files(mail: MailOptions) -> None:
    said = {
        "--subject": mail.subject, "--body": mail.body, "--html": mail.html, "--attach": mail.attach,
        "--inline": mail.inline, "--header": mail.header,
    }  # fmt: skip
    for name, value in said.items():
        if value:
            raise UsageError(f"{name} is for a message that is written here; --file sends one as it is")
