"""A file of the disk as what goes along with a message."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from portside.mail.composing import DEFAULT_TYPE, Attachment


def attached(path: Path, content_id: str = "") -> Attachment:
    """The file, with its name's last part and its type. Raises ``OSError`` where it can't be read."""
    return Attachment(path.name, path.read_bytes(), _type_of(path), content_id)


def _type_of(path: Path) -> str:
    """What a file holds, as its name says; one that is packed is not told from any other."""
    kind, packed = mimetypes.guess_type(path.name)
    return DEFAULT_TYPE if kind is None or packed is not None else kind
