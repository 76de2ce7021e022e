"""What a window watches: a capture, and, where that goes on in further files, the latest part of it.

A record that is divided by size is ``t.pcapng``, ``t.1.pcapng``, ``t.2.pcapng`` and so on. Who follows it sees one
file at a time: when a file is followed by another one, its story ends and a new one begins (``generation``), so that
what is kept stays bounded however long a server runs.
"""

from __future__ import annotations

import gc
import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from portside.capture.disk import numbered
from portside.capture.keylog import ENDED
from portside.errors import UsageError
from portside.inspector.story import Story

MOST_KEYS = 20_000
"""Lines of a key log that are kept for the next story: those of some thousand connections, about 4 MB."""
QUIET = 2
"""How often there has to be nothing to read until the remains of an earlier story are cleared away: whoever was told
something has let go of it by then, and nobody waits."""


class Watched:
    """The current ``story``. ``more_keys`` returns lines of a key log that have come meanwhile.

    Among those may be the word that the record has ended before its time (``capture.keylog.ended``).

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
        self._original = paths[0]
        self._divided = follow and len(paths) == 1
        self._show_secrets = show_secrets
        self._more_keys = more_keys
        self._keys = keys
        self._further: deque[bytes] = deque(maxlen=MOST_KEYS)
        self._last_change = 0
        self._quiet = 0
        """How often there has to be nothing to read from now on; 0: nothing is left to be cleared away."""
        self._keeps_more = self._keep_more if more_keys is not None else None
        self._rest = b""
        """The line of the key log that has only begun."""
        self.generation = 0
        """The number of the part that the story is about; the first is 0."""
        self.skipped = 0
        """Parts that were gone before they could be read."""
        self.ended = ""
        """Why the record has ended before its time."""
        self.story = Story(paths, keys=keys, show_secrets=show_secrets, follow=follow, more_keys=self._keeps_more)

    @property
    def live(self) -> bool:
        """Whether there is something to wait for."""
        return self.story.live

    @property
    def growing(self) -> bool:
        """Whether more may come."""
        return self.story.live and not self.ended

    @property
    def remarks(self) -> Sequence[str]:
        """What is to be known beyond the remarks of the story: what it is not about."""
        said = []
        if self.generation:
            part = self.generation + 1  # people count from 1
            said.append(f"what was said before part {part} is not shown")
            said.append(f"connections of TLS that began before part {part} stay closed")
        if self.skipped:
            parts = "1 part was" if self.skipped == 1 else f"{self.skipped:,} parts were"
            said.append(f"{parts} skipped: the page could not keep up")
        if self.ended:
            said.append(f"the record ended here: {self.ended}; what goes on is not shown")
        return said

    def _keep_more(self) -> bytes:
        assert self._more_keys is not None
        lines = self._more_keys()
        self._further.extend(lines.splitlines(keepends=True))
        *whole, self._rest = (self._rest + lines).split(b"\n")
        for line in whole:
            if line.startswith(ENDED):
                self.ended = line.removeprefix(ENDED).decode("utf-8", "replace")
                self.story.tell()
        return lines

    def read(self, budget: int) -> bool:
        """Read about ``budget`` bytes more; False where there is nothing more for now."""
        if self.story.read(budget):
            return True
        following = self._following() if self._divided else None
        if following is None:
            self._clear_away()
            return False
        return self.story.read(budget) or self._begin(following)  # a file is whole once the next one is there

    def _clear_away(self) -> None:
        """Have Python look for an earlier story: its parts know each other, so it does not go by itself."""
        if self._quiet:
            self._quiet -= 1
            if not self._quiet:
                gc.collect()

    @property
    def _path(self) -> Path:
        return numbered(self._original, self.generation)

    def _following(self) -> int | None:
        """The number of the file that goes on where the current one has ended; a later one where that is gone."""
        changed = self._changed()
        if _time(numbered(self._original, self.generation + 1)) >= changed > 0:
            return self.generation + 1
        return None if self._path.exists() else self._first_after(self.generation, changed)

    def _first_after(self, number: int, changed: int) -> int | None:
        """The first file behind ``number`` that was written since ``changed``: an older one is of an earlier run."""
        stem, suffix = re.escape(self._original.stem), re.escape(self._original.suffix)
        try:
            names = [path.name for path in self._original.parent.iterdir()]
        except OSError:  # the folder has gone as well
            return None
        found = [int(match[1]) for name in names if (match := re.fullmatch(rf"{stem}\.([0-9]{{1,9}}){suffix}", name))]
        later = [one for one in sorted(found) if one > number]
        return next((one for one in later if _time(numbered(self._original, one)) >= changed), None)

    def _changed(self) -> int:
        """When the current file was written last, in ns, as far as it was seen: what is older does not follow it."""
        self._last_change = max(self._last_change, _time(self._path))
        return self._last_change

    def _begin(self, number: int) -> bool:
        """Go on with the story of file ``number``; False where it is gone again, and a later one has to be found."""
        try:
            story = Story(
                [numbered(self._original, number)],
                keys=b"".join([self._keys, *self._further]),
                show_secrets=self._show_secrets,
                follow=True,
                more_keys=self._keeps_more,
            )
        except UsageError:
            return False
        before, self.story = self.story, story
        self.skipped += number - self.generation - 1
        self.generation = number
        before.finish()
        before.close()
        if self._quiet:  # since the last one there was always something to read
            gc.collect()
        self._quiet = QUIET
        return True

    def finish(self) -> None:
        """Nothing follows."""
        self.story.finish()

    def close(self) -> None:
        """Close the files."""
        self.story.close()


def _time(path: Path) -> int:
    """When ``path`` was written last, in ns; 0 where it is gone."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
