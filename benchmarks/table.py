"""The table of a run, for people and as JSON."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

from attrs import asdict

from benchmarks.measure import Ratio, Report


def as_text(reports: Sequence[Report]) -> str:
    """The measurements and ratios of each benchmark, as Markdown tables."""
    return "\n".join(line for report in reports for line in _lines(report))


def _lines(report: Report) -> list[str]:
    lines = [
        f"## {report.title}",
        "",
        "| work | size | seconds (median) | rows | rows/s | extra MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for it in report.measured:
        memory = "" if it.extra_memory_megabytes is None else f"{it.extra_memory_megabytes:,.0f}"
        seconds = f"{it.seconds:.4f}" if it.seconds < 1 else f"{it.seconds:.2f}"
        lines.append(f"| {it.name} | {it.size:,} | {seconds} | {it.rows:,} | {it.rows_per_second:,.0f} | {memory} |")
    if report.ratios:
        lines += ["", "| ratio | size | found | to reach | |", "|---|--:|--:|--:|---|"]
        lines += [_ratio_line(ratio) for ratio in report.ratios]
    lines += ["", *(f"- {note}" for note in report.notes), ""]
    return lines


def _ratio_line(ratio: Ratio) -> str:
    found = f"{ratio.value:.2f}{ratio.unit}"
    if ratio.limit is None:
        return f"| {ratio.name} | {ratio.size:,} | {found} | | |"
    sign = "≥" if ratio.at_least else "≤"
    said = "holds" if ratio.holds else "**misses**"
    limit = f"{sign} {ratio.limit:g}{ratio.unit}"
    return f"| {ratio.name} | {ratio.size:,} | {found} | {limit} | {said} |"


def as_data(reports: Sequence[Report], scale: str) -> dict[str, Any]:
    """The same as plain data, with what it was measured on."""
    return {
        "scale": scale,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "reports": [
            {
                **asdict(report),
                "ratios": [{**asdict(ratio), "holds": ratio.holds} for ratio in report.ratios],
            }
            for report in reports
        ],
    }
