"""What a window watches: a capture, and, where that goes on in further files, the latest part of it.

A record that is divided by size is ``t.pcapng``, ``t.1.pcapng``, ``t.2.pcapng`` and so on. Who follows it sees one
file at a time: when a file is followed by another one, its story ends and a new one begins (``generation``), so that
what is kept stays bounded however long a server runs.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from portside.inspector.story import Story

MOST_KEYS = 2000
"""Pieces of a key log that are kept for the next story: those of as many flushes of a record."""


class Watched:
    """The current ``story``. ``more_keys`` returns lines of a key log that have come meanwhile.

    Raises ``UsageError`` as ``Story`` does.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        keys: bytes = b"",
        show_secrets: bool = False,
        follow: bool = False,
        more_keys: Callable[[], bytes] | None = None,
    ) -> None:
        self._path = paths[0]
        self._original = paths[0]
        self._divided = follow and len(paths) == 1
        self._show_secrets = show_secrets
        self._more_keys = more_keys
        self._keys = deque([keys], MOST_KEYS)
        self._keeps_more = self._keep_more if more_keys is not None else None
        self.generation = 0
        self.story = Story(paths, keys=keys, show_secrets=show_secrets, follow=follow, more_keys=self._keeps_more)

    @property
    def live(self) -> bool:
        """Whether more may come."""
        return self.story.live

    def _keep_more(self) -> bytes:
        assert self._more_keys is not None
        lines = self._more_keys()
        if lines:
            self._keys.append(lines)
        return lines

    def read(self, budget: int) -> bool:
        """Read about ``budget`` bytes more; False where there is nothing more for now."""
        if self.story.read(budget):
            return True
        following = self._following() if self._divided else None
        if following is None:
            return False
        if not self.story.read(budget):  # a file is whole once the next one is there
            self._begin(following)
        return True

    def _following(self) -> Path | None:
        """The file that goes on where the current one has ended; a later one where that is gone again."""
        path = self._numbered(self.generation + 1)
        if not path.exists():
            if self._path.exists():
                return None
            path = self._numbered(self._first_after(self.generation))
        try:
            return path if path.stat().st_mtime_ns >= self._changed() else None
        except OSError:
            return None

    def _numbered(self, number: int) -> Path:
        return self._original.with_name(f"{self._original.stem}.{number}{self._original.suffix}")

    def _number_of(self, path: Path) -> int:
        return int(path.name.removeprefix(f"{self._original.stem}.").removesuffix(self._original.suffix))

    def _first_after(self, number: int) -> int:
        stem, suffix = re.escape(self._original.stem), re.escape(self._original.suffix)
        found = [
            int(match[1])
            for path in self._original.parent.iterdir()
            if (match := re.fullmatch(rf"{stem}\.([0-9]{{1,9}}){suffix}", path.name))
        ]
        return min((one for one in found if one > number), default=number + 1)

    def _changed(self) -> int:
        """When the current file was written last, in ns: what is older does not follow it; 0 where it is gone."""
        return self._path.stat().st_mtime_ns if self._path.exists() else 0

    def _begin(self, path: Path) -> None:
        story = Story(
            [path],
            keys=b"".join(self._keys),
            show_secrets=self._show_secrets,
            follow=True,
            more_keys=self._keeps_more,
        )
        before, self.story, self._path = self.story, story, path
        self.generation = self._number_of(path)
        before.finish()
        before.close()

    def finish(self) -> None:
        """Nothing follows."""
        self.story.finish()

    def close(self) -> None:
        """Close the files."""
        self.story.close()
