"""Run the benchmarks and print their table: ``python -m benchmarks --scale small --only aging``."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.measure import SCALES, Report
from benchmarks.table import as_data, as_text

BENCHMARKS = ("billing", "inbox", "aging", "upsert", "condo", "cocorico", "structuring", "imports", "http", "killbill")


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for; 1 where a ratio at a size at which ratios bind misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", choices=sorted(SCALES), default="small", help="how much work (default: small)")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="only this benchmark; may be repeated")
    parser.add_argument("--json", type=Path, help="write the figures as JSON to this file too")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a ratio misses its limit")
    chosen = parser.parse_args(arguments)
    reports: list[Report] = []
    for name in chosen.only or BENCHMARKS:
        print(f"{name} …", file=sys.stderr)
        reports.extend(import_module(f"benchmarks.{name}").run(SCALES[chosen.scale]))
    print(as_text(reports))
    if chosen.json:
        chosen.json.write_text(json.dumps(as_data(reports, chosen.scale), indent=2) + "\n", encoding="utf-8")
    missed = [ratio for report in reports for ratio in report.ratios if not ratio.holds]
    return 1 if chosen.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main())
