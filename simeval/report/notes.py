"""What the reader of the page must know about it: what is left out, what was not measured, which limits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from simeval.metrics.records import ERROR
from simeval.report.budget import MIB, Replays
from simeval.report.rows import Row

__all__ = ["limits_of", "not_measured", "notes_of"]

NOTE_LENGTH = 200  # characters of a note that quotes others
# Which curve an event's limit is drawn in, and its sign there: a deceleration is a negative acceleration.
CURVE_OF_EVENT = {"hard_brake": ("acceleration_mps2", -1.0), "ttc_low": ("ttc_s", 1.0)}


def notes_of(rows: Sequence[Row], replays: Replays, budget_mib: float, bare: int) -> list[str]:
    """Sentences for the top of the page; none when nothing is missing."""
    notes = []
    not_run = sum(row.episode is None for row in rows)
    if not_run:
        notes.append(f"{not_run} of {len(rows)} planned episodes have not run; they count as unscored.")
    failed = [
        f"{each['metric']} in {count} episodes: {reason.removeprefix(ERROR)}"
        for each in not_measured(rows)
        for reason, count in each["reasons"]
        if reason.startswith(ERROR)
    ]
    if failed:
        notes.append(shorten(f"Metrics failed: {'; '.join(failed)}.", NOTE_LENGTH))
    if replays.num_left_out:
        notes.append(
            f"Replays of {replays.num_left_out} passing episodes were left out to keep this page "
            f"under {budget_mib:g} MiB (`simeval report --budget-mib` raises the limit). "
            "No other replay was dropped."
        )
    size = (replays.size + bare) / MIB
    if size > budget_mib:
        notes.append(
            f"This page is {size:.0f} MiB, more than the {budget_mib:g} MiB asked for: replays of episodes "
            "that did not pass are never left out."
        )
    without = sum(row.key in replays.missing for row in rows if row.episode is not None)
    if without:
        notes.append(f"{without} episodes have no replay; each says why.")
    return notes


def not_measured(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Metrics that are undefined in some episodes: how many, and the reasons given, commonest first."""
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    seen: Counter[str] = Counter()
    for row in rows:
        for m in row.measurements:
            seen[m["metric"]] += 1
            if m.get("value") is None:
                reasons[m["metric"]][str(m.get("reason") or "no reason given")] += 1
    return [
        {
            "metric": metric,
            "undefined": sum(counts.values()),
            "of": seen[metric],
            "reasons": [list(pair) for pair in counts.most_common(3)],
        }
        for metric, counts in sorted(reasons.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    ]


def limits_of(rows: Sequence[Row]) -> dict[str, float]:
    """The limit that events were compared with, by curve, where all events agree on it."""
    found: dict[str, set[float]] = defaultdict(set)
    for row in rows:
        for event in row.events:
            if event["event"] in CURVE_OF_EVENT and event.get("limit") is not None:
                curve, sign = CURVE_OF_EVENT[event["event"]]
                found[curve].add(sign * abs(float(event["limit"])))
    return {curve: limits.pop() for curve, limits in sorted(found.items()) if len(limits) == 1}
