"""What `simeval inspect` says about one scenario."""

from __future__ import annotations

from typing import Any

import numpy as np

from simeval.scenario.ego import path_length
from simeval.scenario.kinds import AreaKind, Controller, EdgeKind, SignalState
from simeval.scenario.scenario import Scenario

__all__ = ["agent_rows", "document_of", "facts_of", "map_rows"]


def facts_of(s: Scenario) -> dict[str, Any]:
    """Plain facts, by name; units are in the names."""
    route = s.route
    return {
        "id": s.id,
        "source_id": s.provenance.source_id,
        "format": s.provenance.format,
        "licence": s.provenance.licence,
        "files": list(s.provenance.files),
        "content_hash": s.content_hash,
        "map_id": s.map.id,
        "dt_s": s.dt,
        "num_steps": s.num_steps,
        "start_step": s.start_step,
        "duration_s": round(s.duration, 6),
        "origin_m": list(s.origin),
        "ego": None if s.ego is None else s.agents.ids[s.ego],
        "route_m": None if route is None else round(_length(route.xy), 1),
        "route_inferred": None if route is None else route.inferred,
        "goal_m": None if s.goal is None else [round(v, 2) for v in s.goal],
        "tags": list(s.tags),
        "parameters": [f"{name} = {value}" for name, value in s.parameters],
        "missing": list(s.missing),
        "repaired": list(s.repaired),
    }


def map_rows(s: Scenario) -> dict[str, Any]:
    """Counts of map elements and signals."""
    roads = s.map
    counts: dict[str, Any] = {
        "lanes": len(roads.lanes),
        "in intersections": int(roads.lanes.is_connector.sum()),
    }
    counts["lane_length_m"] = round(sum(_length(line) for line in roads.lanes.centre))
    counts |= {f"{k.name.lower()} edges": int((roads.edges.kind == k).sum()) for k in EdgeKind}
    counts |= {f"{k.name.lower()} areas": int((roads.areas.kind == k).sum()) for k in AreaKind}
    counts |= {"topology": roads.topology.name.lower(), "signals": len(s.signals)}
    for state in (SignalState.RED, SignalState.YELLOW, SignalState.GREEN, SignalState.UNKNOWN):
        counts[f"signal steps {state.name.lower()}"] = int((s.signals.state == state).sum())
    return {name: count for name, count in counts.items() if count or name == "lanes"}


def agent_rows(s: Scenario) -> list[dict[str, Any]]:
    """One row an agent."""
    return [_agent_row(s, a) for a in range(len(s.agents))]


def _agent_row(s: Scenario, a: int) -> dict[str, Any]:
    there = np.flatnonzero(s.states.valid[:, a])
    speed = np.sqrt((s.states.velocity[there, a] ** 2).sum(axis=-1))
    bodies = np.count_nonzero(s.agents.bodies.agent == a)
    return {
        "agent": s.agents.ids[a] + (" (ego)" if a == s.ego else ""),
        "kind": s.agents.kind_of(a).name.lower(),
        "controller": Controller(int(s.agents.controller[a])).name.lower(),
        "length_m": round(float(s.agents.length[a]), 2),
        "width_m": round(float(s.agents.width[a]), 2),
        "bodies": int(bodies),
        "steps": len(there),
        "first": int(there[0]) if len(there) else None,
        "last": int(there[-1]) if len(there) else None,
        "path_m": round(path_length(s.states, a), 1) if len(there) else None,
        "max_mps": round(float(speed.max()), 1) if len(there) else None,
    }


def document_of(s: Scenario) -> dict[str, Any]:
    """Everything as one JSON document."""
    return {**facts_of(s), "map": map_rows(s), "agents": agent_rows(s)}


def _length(xy: Any) -> float:
    return float(np.sqrt((np.diff(xy, axis=0) ** 2).sum(axis=1)).sum())
