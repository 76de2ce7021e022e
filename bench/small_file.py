"""A file of 1 KB, kept alive over 64 connections, against nginx with its open_file_cache."""

from __future__ import annotations

from pathlib import Path

from bench.measure import Ratio, compare, folder, nginx, portside, wrk

UNLIKE = """\
local number = 0
request = function()
  number = number + 1
  return wrk.format("GET", nil, {["X-Request-Id"] = tostring(number)})
end
"""


def run() -> list[Ratio]:
    with folder() as home:
        script = home / "unlike.lua"
        script.write_text(UNLIKE)
        return [
            *_compare(home, script, log=False),
            *_compare(home, script, log=True),
        ]


def _compare(home: Path, script: Path, *, log: bool) -> list[Ratio]:
    words = "log on" if log else "log off"
    with portside(home, log=log) as ours, nginx(home, log=log) as theirs:
        return [
            compare(
                f"1 KB, like heads, {words}",
                lambda: wrk(ours, "1k.txt")["requests"],
                lambda: wrk(theirs, "1k.txt")["requests"],
                unit="req/s",
                peer="nginx",
                wanted=1.0,
            ),
            compare(
                f"1 KB, an unlike head in every request, {words}",
                lambda: wrk(ours, "1k.txt", script=script)["requests"],
                lambda: wrk(theirs, "1k.txt", script=script)["requests"],
                unit="req/s",
                peer="nginx",
                wanted=0.5,
            ),
        ]
