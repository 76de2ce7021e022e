"""``python -m bench [NAME...]``: run all comparisons, or those named."""

from __future__ import annotations

import importlib
import os
import sys

COMPARISONS = (
    "startup", "small_file", "large_file", "client_small", "client_bulk", "idle", "recording", "captures", "ftp",
    "ftp_mirror", "telnet", "smtp_server", "smtp_client", "mailbox",
)  # fmt: skip


def main() -> None:
    names = sys.argv[1:] or COMPARISONS
    unknown = [name for name in names if name not in COMPARISONS]
    if unknown:
        raise SystemExit(f"no such comparison: {unknown[0]}; there are {', '.join(COMPARISONS)}")
    if (os.cpu_count() or 1) < 2:
        print("only one core: both sides share it, and the ratios mean little", file=sys.stderr)
    for name in names:
        importlib.import_module(f"bench.{name}").run()


if __name__ == "__main__":
    main()
