"""What FTP answers where a file stands in the way (RFC 959 §4.2, §5.4)."""

from __future__ import annotations

from collections.abc import Mapping

from portside.errors import RemoteError
from portside.files.refusals import Refusal, Why
from portside.protocols.ftp.messages import Reply

_CODES: Mapping[Why, int] = {
    Why.ABSENT: 550,
    Why.FORBIDDEN: 550,
    Why.EXISTS: 550,
    Why.NOT_A_FOLDER: 550,
    Why.IS_A_FOLDER: 550,
    Why.NOT_EMPTY: 550,
    Why.NO_ROOM: 452,
    Why.TOO_LARGE: 552,
    Why.BAD_NAME: 553,
    Why.BROKEN: 451,
}


def refused(error: RemoteError) -> Reply:
    """The reply that tells of ``error``."""
    code = _CODES[error.why] if isinstance(error, Refusal) else error.status or 451
    text = str(error)
    return Reply(code, (f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}",))
