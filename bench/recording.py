"""The price of a record: a file of 1 KB, kept alive over 64 connections, recorded and not.

The record goes to memory (/dev/shm), so that the disk is not what is measured, in files of which only three stay.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.measure import Ratio, compare, folder, portside, wrk
from bench.small_file import UNLIKE

MEMORY = Path("/dev/shm")
DIVIDED = ["--record-size", "32M", "--record-files", "3"]


def run() -> list[Ratio]:
    with folder() as home, tempfile.TemporaryDirectory(dir=MEMORY, prefix="portside-bench-") as memory:
        script = home / "unlike.lua"
        script.write_text(UNLIKE)
        record = Path(memory) / "record.pcapng"
        with portside(home) as off, portside(home, options=["--record", record, *DIVIDED]) as on:
            found = [
                compare(
                    "1 KB, like heads, recorded",
                    lambda: wrk(on, "1k.txt")["requests"],
                    lambda: wrk(off, "1k.txt")["requests"],
                    unit="req/s",
                    peer="not recorded",
                    wanted=0.5,
                ),
                compare(
                    "1 KB, an unlike head in every request, recorded",
                    lambda: wrk(on, "1k.txt", script=script)["requests"],
                    lambda: wrk(off, "1k.txt", script=script)["requests"],
                    unit="req/s",
                    peer="not recorded",
                ),
            ]
        if len(list(record.parent.glob("record*.pcapng"))) < 2:  # what ends early stays one file
            raise SystemExit("the record ended before its time")
        return found
