"""``python -m fuzz [SECONDS] [--seed N] [--target NAME]``: every target for its share of the time.

Prints the inputs that broke an invariant, as Python writes them, and exits 1 if there was one. The same seed tries
the same inputs in the same order.
"""

from __future__ import annotations

import argparse
import sys

from fuzz.run import run, targets


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Feed the parsers what nobody should send.")
    parser.add_argument("seconds", type=float, nargs="?", default=60.0, help="for all targets together (60)")
    parser.add_argument("--seed", type=int, default=1, help="another one tries other inputs (1)")
    parser.add_argument("--target", choices=targets(), help="only this one")
    arguments = parser.parse_args()
    chosen = [arguments.target] if arguments.target else targets()
    broken = 0
    for name in chosen:
        report = run(name, arguments.seed, seconds=arguments.seconds / len(chosen))
        broken += len(report.broken)
        print(f"{name:12} {report.tried:9,} inputs, {len(report.broken)} broke it", flush=True)
        for data, fault in report.broken:
            shown = repr(data) if len(data) < 2000 else f"{data[:1000]!r} ... {data[-1000:]!r} ({len(data):,} bytes)"
            print(f"  {shown}\n    {fault.strip().replace(chr(10), chr(10) + '    ')}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
