"""The listing of a folder, as a page for people and as JSON for programs.

Pure functions: what is in the folder comes in, bytes go out. Links are relative, so the page's own address has
to end with a slash; they work behind a proxy that serves the folder under another prefix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import inf, isfinite
from urllib.parse import parse_qs

from portside.errors import LocalError
from portside.protocols.http.server.pages.amounts import count, human_date, human_size, moment, rfc3339
from portside.protocols.http.server.pages.names import reference, visible_html
from portside.protocols.http.server.pages.page import render_page

TOKEN_FIELD = "token"
"""The form's field that proves the form is ours; it comes ahead of the files."""

FILE_FIELD = "file"
"""The form's field with the files, repeated."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder.

    ``size`` is in bytes (None for a folder, or where unknown); ``modified`` in seconds since 1970 (UTC).
    """

    name: str
    folder: bool
    size: int | None
    modified: float


# ----------------------------------------------------------------------------------------------- the order

NaturalKey = tuple[str | tuple[int, str], ...]

_DIGITS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> NaturalKey:
    """Sorts as people count: ``a2`` before ``a10``, and without regard to case.

    Digits compare by length, then as text: ``int`` refuses very long ones.
    """
    parts: list[str | tuple[int, str]] = list(_DIGITS.split(name.casefold()))
    for place in range(1, len(parts), 2):
        digits = str(parts[place]).lstrip("0")
        parts[place] = (len(digits), digits)
    return tuple(parts)


def _by_name(entry: Entry) -> NaturalKey:
    return natural_key(entry.name)


def _by_size(entry: Entry) -> float:
    return -1 if entry.folder or entry.size is None else entry.size


def _by_date(entry: Entry) -> float:
    return entry.modified if isfinite(entry.modified) else -inf


_KEYS: dict[str, Callable[[Entry], float]] = {"size": _by_size, "date": _by_date}


def sort_entries(entries: Sequence[Entry], by: str, descending: bool) -> list[Entry]:
    """Folders first, then by ``name``, ``size`` or ``date``; equals stay in the ascending order of their names.

    Raises ``LocalError`` for another ``by``: ``parse_order`` never gives one.
    """
    if by == "name":
        ordered = sorted(entries, key=_by_name, reverse=descending)
    elif by in _KEYS:
        ordered = sorted(sorted(entries, key=_by_name), key=_KEYS[by], reverse=descending)
    else:
        raise LocalError(f"a listing cannot be sorted by {by!r}: use name, size or date")
    return sorted(ordered, key=lambda entry: not entry.folder)


def parse_order(query: str) -> tuple[str, bool]:
    """The order that a query asks for, as ``(sort, descending)``; what is unknown means by name, ascending."""
    fields = parse_qs(query[:_LONGEST_QUERY])
    by = fields.get("sort", ["name"])[-1]
    descending = fields.get("order", ["asc"])[-1] == "desc"
    return (by, descending) if by == "name" or by in _KEYS else ("name", False)


_LONGEST_QUERY = 256
"""Characters of a query that are read: ours have under 25, and nobody needs to be served a longer one."""


# ------------------------------------------------------------------------------------------------ the page


def render_listing(
    path_segments: Sequence[str],
    entries: Sequence[Entry],
    *,
    sort: str,
    descending: bool,
    upload: bool,
    notice: str | None,
    upload_token: str | None = None,
    now: float,
) -> bytes:
    """The folder as a page (HTML5, UTF-8), to be sent with ``STYLE_CSP``.

    ``path_segments`` are the decoded names from the served folder down to this one, none for the served folder
    itself; ``entries`` come in any order; ``notice`` is plain text to show above the table; ``upload_token``
    goes into the form that ``upload`` asks for; ``now`` is in seconds since 1970.
    """
    parts = [
        _crumbs(path_segments),
        f'<p class="notice" role="status"><bdi>{visible_html(notice)}</bdi></p>\n' if notice else "",
        _upload_form(upload_token) if upload else "",
        '<div class="card">\n',
        _table(sort_entries(entries, sort, descending), sort, descending, bool(path_segments), now),
        "" if entries else '<p class="empty">This folder is empty.</p>\n',
        f'<p class="sum">{_summary(entries)}</p>\n</div>\n',
    ]
    return render_page(f"/{''.join(f'{name}/' for name in path_segments)}", "".join(parts))


def _crumbs(path_segments: Sequence[str]) -> str:
    """The way from the top to this folder, and this folder's name as the heading."""
    if not path_segments:
        return "<h1>Home</h1>\n"
    depth = len(path_segments)
    names = ["Home", *(f"<bdi>{visible_html(name)}</bdi>" for name in path_segments)]
    links = (f'<li><a href="{"../" * (depth - place)}">{name}</a></li>\n' for place, name in enumerate(names[:-1]))
    return f'<nav aria-label="Folders above"><ol>\n{"".join(links)}</ol></nav>\n<h1>{names[-1]}</h1>\n'


def _upload_form(token: str | None) -> str:
    """A form that works without scripts; browsers let files be dropped on the field itself."""
    hidden = f'<input type="hidden" name="{TOKEN_FIELD}" value="{escape(token)}">\n' if token else ""
    return (
        '<form class="upload" method="post" action="./" enctype="multipart/form-data">\n'
        f'{hidden}<label for="files">Add files</label>\n'
        f'<input type="file" id="files" name="{FILE_FIELD}" multiple required>\n'
        "<button>Upload</button>\n</form>\n"
    )


def _table(entries: Sequence[Entry], sort: str, descending: bool, parent: bool, now: float) -> str:
    order = "descending" if descending else "ascending"
    above = '<tr class="up"><td><a href="../"><bdi>Parent folder</bdi></a></td><td></td><td></td></tr>\n'
    return (
        f"<table>\n<caption>Contents of this folder by {sort}, {order}</caption>\n<thead><tr>"
        f"{''.join(_column(key, sort, descending) for key in _COLUMNS)}</tr></thead>\n<tbody>\n"
        f"{above if parent else ''}{''.join(_rows(entries, now))}</tbody>\n</table>\n"
    )


_COLUMNS = {"name": "Name", "size": "Size", "date": "Modified"}


def _column(key: str, sort: str, descending: bool) -> str:
    """A column's heading; its link turns the order round, or begins with the largest, or the newest."""
    active = key == sort
    order = "desc" if (not descending if active else key != "name") else "asc"
    aria = f' aria-sort="{"descending" if descending else "ascending"}"' if active else ""
    return f'<th scope="col"{aria}><a href="?sort={key}&amp;order={order}">{_COLUMNS[key]}</a></th>'


def _rows(entries: Sequence[Entry], now: float) -> Iterator[str]:
    for entry in entries:
        name = visible_html(entry.name)
        yield (
            f'<tr class="{_kind(entry)}"><td><a href="{reference(entry.name, entry.folder)}">'
            f"<bdi>{name}{'/' if entry.folder else ''}</bdi></a></td>"
            f"{_size_cell(entry)}<td>{_time(entry.modified, now)}</td></tr>\n"
        )


def _size_cell(entry: Entry) -> str:
    if entry.size is None or entry.folder:
        return "<td></td>" if entry.folder else "<td>unknown</td>"
    number, unit = human_size(entry.size)
    return f'<td title="{count(entry.size, "byte")}">{number} <span>{unit}</span></td>'


def _time(modified: float, now: float) -> str:
    when = moment(modified)
    if when is None:
        return "unknown"
    exact = when.isoformat(" ")[:19]
    return f'<time datetime="{rfc3339(when)}" title="{exact} UTC">{human_date(modified, now)}</time>'


def _summary(entries: Sequence[Entry]) -> str:
    """How many there are of each kind, and the size of the files together."""
    folders = sum(entry.folder for entry in entries)
    sizes = [entry.size for entry in entries if not entry.folder and entry.size is not None]
    total = sum(sizes)
    return (
        f"{count(folders, 'folder')}, {count(len(entries) - folders, 'file')}, "
        f'<span title="{count(total, "byte")}">{" ".join(human_size(total))}</span>'
    )


# ------------------------------------------------------------------------------------- what kind of a file

_ENDINGS = {
    "text": "txt md rst log pdf doc docx odt rtf tex epub",
    "picture": "png jpg jpeg gif svg webp avif bmp ico tif tiff heic",
    "sound": "mp3 wav flac ogg opus m4a aac mid midi",
    "film": "mp4 webm mkv mov avi mpg mpeg m4v ogv",
    "code": "py js mjs ts c h cpp hpp rs go java rb sh css sql lua php pl swift kt tsx jsx",
    "archive": "zip gz tgz bz2 xz zst br tar 7z rar deb rpm whl jar iso",
    "data": "json csv tsv xml yaml yml toml ini ods xlsx xls db sqlite pcap pcapng parquet",
    "web": "html htm xhtml",
}
_KINDS = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}


def _kind(entry: Entry) -> str:
    """The class that gives the row its icon."""
    if entry.folder:
        return "folder"
    _, dot, ending = entry.name.rpartition(".")
    return _KINDS.get(ending.lower(), "sheet") if dot else "sheet"


# ------------------------------------------------------------------------------------------------ the data


def render_listing_json(
    path_segments: Sequence[str], entries: Sequence[Entry], *, sort: str = "name", descending: bool = False
) -> bytes:
    """The folder as JSON (RFC 8259): its path, and each entry's name, href, type, size and time.

    Sizes are in bytes, null for folders; times as in RFC 3339, in UTC. A byte of a name that is no UTF-8 stands
    as a lone surrogate in ``name``; ``href`` is exact.
    """
    content = {
        "path": f"/{''.join(f'{name}/' for name in path_segments)}",
        "entries": [_fact(entry) for entry in sort_entries(entries, sort, descending)],
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _fact(entry: Entry) -> dict[str, str | int | None]:
    when = moment(entry.modified)
    return {
        "name": entry.name,
        "href": reference(entry.name, entry.folder),
        "type": "folder" if entry.folder else "file",
        "size": None if entry.folder else entry.size,
        "modified": None if when is None else rfc3339(when),
    }
