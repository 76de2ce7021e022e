"""What the operating system lets this process have."""

from __future__ import annotations

import contextlib
import resource

ENOUGH_FILES = 1_048_576
"""Open files asked for where the hard limit is unlimited: the kernel's usual ceiling."""


def raise_open_files() -> int:
    """Raise the soft limit of open files to the hard one; returns the limit now in force.

    Each connection is an open file, and the soft limit is often 1,024.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # some systems name a hard limit that they do not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
