"""What the page tells about one episode besides its replay: why it ended as it did, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from simeval.report.rows import READ_ERRORS, Row, plain
from simeval.report.source import RunFolder
from simeval.scenario import Scenario

__all__ = ["facts_of"]

Facts = dict[str, Any]


def facts_of(run: RunFolder, row: Row, scenario: Scenario | str) -> Facts:
    """One plain record; texts are as the run folder holds them, numbers to six digits."""
    score, episode = row.score or {}, row.episode or {}
    record = {
        "reason": row.reason,
        "ending_detail": episode.get("ending_detail"),
        "cause_agent": score.get("cause_agent"),
        "evidence": score.get("evidence") or [],
        "chain": [_event(e) for e in _decoded(score.get("chain")) or [] if isinstance(e, Mapping)],
        "also": score.get("also") or [],
        "subscores": score.get("subscores") or [],
        "events": [_event(e) for e in row.events],
        "measurements": [_measurement(m) for m in row.measurements],
        "error": _error(episode),
        "reproduce": _command(run, row.key),
        "scenario": _about(scenario),
    }
    return cast(Facts, _short(plain(record)))


def _event(event: Mapping[str, Any]) -> Facts:
    """An event as the page draws it; a detail that is a JSON text becomes what it says."""
    shown = {k: v for k, v in event.items() if k != "key" and v is not None}
    shown["detail"] = _decoded(event.get("detail"))
    return shown


def _measurement(m: Mapping[str, Any]) -> list[Any]:
    value = m.get("value") if m.get("valid", True) else None
    return [m["metric"], value, m.get("unit") or "", m.get("reason")]


def _error(episode: Mapping[str, Any]) -> Facts | None:
    """What the policy raised, if it did."""
    if not (episode.get("error_type") or episode.get("error_message")):
        return None
    return {name: episode.get(f"error_{name}") for name in ("type", "message", "trace")}


def _command(run: RunFolder, key: str) -> str | None:
    try:
        return run.reproduce(key)
    except READ_ERRORS:
        return None


def _about(scenario: Scenario | str) -> Facts:
    if isinstance(scenario, str):
        return {"unreadable": scenario}
    return {
        "parameters": [list(p) for p in scenario.parameters],
        "dt_s": scenario.dt,
        "num_agents": len(scenario.agents),
        "format": scenario.provenance.format,
        "licence": scenario.provenance.licence,
        "source_id": scenario.provenance.source_id,
        "missing": list(scenario.missing),
        "repaired": list(scenario.repaired),
    }


def _short(value: Any) -> Any:
    """Numbers to six significant digits, which is more than the page shows and a third of the bytes."""
    if isinstance(value, dict):
        return {k: _short(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_short(v) for v in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _decoded(text: Any) -> Any:
    """What a JSON text says; any other text, and what is no text, as it is."""
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
