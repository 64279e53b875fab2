"""A run folder in, one self-contained HTML file out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simeval import __version__
from simeval.judge import UNCLASSIFIED, current_taxonomy
from simeval.report.blocks import encode_record
from simeval.report.budget import MIB, Replays, choose_replays
from simeval.report.facts import facts_of
from simeval.report.files import written
from simeval.report.index import FORMAT, columns_of, number_columns
from simeval.report.notes import limits_of, not_measured, notes_of
from simeval.report.page import assemble, overridden_assets
from simeval.report.rows import OUTCOMES, Row, plain, read_rows, scenarios_of
from simeval.report.source import RunFolder
from simeval.runs.latency import latency_of
from simeval.scenario import Scenario

__all__ = ["BUDGET_MIB", "ReportSummary", "build_report", "report_page"]

BUDGET_MIB = 50.0
NOTE_ROOM = 600  # characters of the notes, which are written last
FACTS_IN_BLOCK = 64  # episodes whose facts are compressed together

Scenarios = Mapping[str, Scenario | str]


@dataclass(frozen=True, kw_only=True)
class ReportSummary:
    """What was written."""

    path: Path
    size: int  # bytes
    planned: int
    outcomes: dict[str, int]
    replays: int
    left_out: int  # replays of passing episodes that the budget had no room for
    without_trace: int
    notes: list[str] = field(default_factory=list)


def build_report(
    run: RunFolder,
    out: Path | None = None,
    *,
    budget_mib: float = BUDGET_MIB,
    done: Callable[[], None] = lambda: None,
) -> ReportSummary:
    """Writes the report of a run, by default to `report/index.html` in its folder.

    Args:
        run: as `simeval.runs.open_run` gives it.
        out: the file to write.
        budget_mib: size above which replays of passing episodes are left out [MiB].
        done: called once an episode, for a progress line.

    Raises:
        StorageFull: when the file cannot be written.
    """
    page, summary = report_page(run, budget_mib=budget_mib, done=done)
    path = out or run.path / "report" / "index.html"
    data = page.encode("utf-8")
    written(path, lambda file: file.write_bytes(data))
    return ReportSummary(path=path, size=len(data), **summary)


def report_page(
    run: RunFolder, *, budget_mib: float = BUDGET_MIB, done: Callable[[], None] = lambda: None
) -> tuple[str, dict[str, Any]]:
    """The page as text, and the counts of a `ReportSummary`. The same run gives the same text."""
    rows = read_rows(run)
    scenarios = scenarios_of(run, rows)
    facts = _fact_blocks(run, rows, scenarios)
    index = _index(run, rows, scenarios)
    bare = len(assemble(_title(run), index | _places(rows, facts, Replays()), facts)) + NOTE_ROOM
    replays = choose_replays(run, rows, int(budget_mib * MIB) - bare, done)
    notes = notes_of(rows, replays, budget_mib, bare)
    index |= {"notes": notes} | _places(rows, facts, replays)
    page = assemble(_title(run), index, [*facts, *replays.maps.values(), *replays.replays.values()])
    outcomes = Counter(row.outcome for row in rows)
    summary = {
        "planned": len(rows),
        "outcomes": {name: outcomes[name] for name in OUTCOMES},
        "replays": len(replays.replays),
        "left_out": replays.num_left_out,
        "without_trace": len(replays.missing),
        "notes": notes,
    }
    return page, summary


LOST, OTHER = "No failure mode says how", "Other rules of the profile"


def _weaknesses(rows: Sequence[Row]) -> dict[str, str]:
    """What a driver lacks that fails so, in words, for each failure mode of this run."""
    words, found = current_taxonomy().weaknesses, {UNCLASSIFIED: LOST}
    for row in rows:
        if row.mode is not None and row.score is not None and row.mode not in found:
            said = row.score.get("weakness")
            found[row.mode] = OTHER if said is None else words.get(str(said), str(said))
    return found


def _meanings(rows: Sequence[Row]) -> dict[str, str]:
    """What each failure mode of this run means."""
    known = current_taxonomy().meanings
    return {mode: known[mode] for mode in sorted({row.mode for row in rows if row.mode}) if mode in known}


def _index(run: RunFolder, rows: Sequence[Row], scenarios: Scenarios) -> dict[str, Any]:
    units = number_columns(rows)
    return {
        "format": FORMAT,
        "made_by": f"simeval {__version__}",
        "title": _title(run),
        "profile": _profile(run),
        "manifest": plain(run.manifest),
        "overrides": overridden_assets(),
        "notes": [],
        "num_episodes": len(rows),
        "metrics": list(units),
        "columns": columns_of(rows, scenarios, units),
        "limits": limits_of(rows),
        "not_measured": not_measured(rows),
        "meanings": _meanings(rows),
        "weaknesses": _weaknesses(rows),
        "traffic": plain(run.traffic_card()),
        "latency": {name: times._asdict() for name, times in latency_of(run.plan, run.episodes).items()},
    }


def _fact_blocks(run: RunFolder, rows: Sequence[Row], scenarios: Scenarios) -> list[str]:
    facts = [facts_of(run, row, scenarios[row.scenario_id]) for row in rows]
    starts = range(0, len(facts), FACTS_IN_BLOCK)
    return [encode_record(facts[at : at + FACTS_IN_BLOCK]) for at in starts]


def _places(rows: Sequence[Row], facts: Sequence[str], replays: Replays) -> dict[str, Any]:
    """In which block each thing is: facts first, then maps, then replays."""
    at_map = {name: len(facts) + i for i, name in enumerate(replays.maps)}
    first = len(facts) + len(replays.maps)
    at_replay = {key: first + i for i, key in enumerate(replays.replays)}
    reasons = sorted(set(replays.missing.values()))
    return {
        "facts": {"per_block": FACTS_IN_BLOCK, "blocks": list(range(len(facts)))},
        "maps": at_map,
        "replays": [at_replay.get(row.key, -1) for row in rows],
        "no_replay": {
            "values": [*reasons, "Left out to keep this page within its size."],
            "codes": [_reason(row, replays, reasons) for row in rows],
        },
    }


def _reason(row: Row, replays: Replays, reasons: list[str]) -> int:
    if row.key in replays.replays:
        return -1
    why = replays.missing.get(row.key)
    return len(reasons) if why is None else reasons.index(why)


def _title(run: RunFolder) -> str:
    return str(run.manifest.get("run_id") or run.path.name or "run")


def _profile(run: RunFolder) -> str:
    return str(getattr(run, "profile", "") or run.manifest.get("profile") or "")
