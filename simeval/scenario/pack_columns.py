"""The columns of `scenarios.parquet`: one row a scenario, everything but its map; and how it is filled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from simeval.scenario.agents import States
from simeval.scenario.pack_maps import FLOAT, LINES, TEXT, WHOLE, lines_row, struct
from simeval.scenario.pack_script import script_row
from simeval.scenario.scenario import Scenario

__all__ = ["BODY", "LIGHT_COLUMNS", "SCENARIO_SCHEMA", "scenario_row"]

FLOATS, WHOLES, TEXTS = pa.list_(FLOAT), pa.list_(WHOLE), pa.list_(TEXT)

SCENARIO_SCHEMA = pa.schema(
    {
        "id": TEXT, "source_id": TEXT, "suite": TEXT, "family": TEXT, "format": TEXT, "licence": TEXT,
        "files": TEXTS, "content_hash": TEXT, "map_id": TEXT, "dt_s": FLOAT, "num_steps": WHOLE,
        "start_step": WHOLE, "ego_index": WHOLE, "origin_x_m": FLOAT, "origin_y_m": FLOAT,
        "num_agents": WHOLE, "goal_x_m": FLOAT, "goal_y_m": FLOAT,
        "tags": TEXTS, "missing": TEXTS, "repaired": TEXTS, "solvable_by": TEXTS, "failed_by": TEXTS,
        "parameters": pa.list_(struct(name=TEXT, number=FLOAT, text=TEXT)),
        "agents": pa.list_(struct(id=TEXT, kind=WHOLE, controller=WHOLE, desired_speed_mps=FLOAT)),
        "bodies": pa.list_(
            struct(
                agent=WHOLE, length_m=FLOAT, width_m=FLOAT, axle_m=FLOAT, wheelbase_m=FLOAT,
                front_hitch_m=FLOAT, rear_hitch_m=FLOAT,
            )
        ),
        "states": struct(
            x_m=FLOATS, y_m=FLOATS, heading_rad=FLOATS, vx_mps=FLOATS, vy_mps=FLOATS,
            valid=pa.list_(pa.bool_()), hitch_rad=FLOATS,
        ),
        "route": struct(lane_ids=TEXTS, x_m=FLOATS, y_m=FLOATS, inferred=pa.bool_()),
        "paths": LINES,
        "signals": struct(lane=WHOLES, stop_x_m=FLOATS, stop_y_m=FLOATS, state=WHOLES, last_known=WHOLES),
        "script": pa.list_(
            struct(agent=WHOLE, trigger=WHOLE, when=FLOAT, action=WHOLE, first=FLOAT, second=FLOAT)
        ),
    }
)  # fmt: skip

HEAVY = {"agents", "bodies", "states", "route", "paths", "signals", "script", "files", "parameters"}
LIGHT_COLUMNS = [name for name in SCENARIO_SCHEMA.names if name not in HEAVY]
BODY = {"agent": "agent", "length": "length_m", "width": "width_m", "axle": "axle_m",
        "wheelbase": "wheelbase_m", "front_hitch": "front_hitch_m", "rear_hitch": "rear_hitch_m"}  # fmt: skip


def scenario_row(s: Scenario) -> dict[str, Any]:
    """One row of `scenarios.parquet`."""
    goal = s.goal or (None, None)
    return {
        "id": s.id, "suite": s.suite, "family": s.family, "content_hash": s.content_hash,
        "source_id": s.provenance.source_id, "format": s.provenance.format,
        "licence": s.provenance.licence, "files": list(s.provenance.files), "map_id": s.map.id,
        "dt_s": s.dt, "num_steps": s.num_steps, "start_step": s.start_step, "ego_index": s.ego,
        "origin_x_m": s.origin[0], "origin_y_m": s.origin[1], "num_agents": len(s.agents),
        "goal_x_m": goal[0], "goal_y_m": goal[1], "tags": list(s.tags), "missing": list(s.missing),
        "repaired": list(s.repaired), "solvable_by": list(s.expect.solvable_by),
        "failed_by": list(s.expect.failed_by), "parameters": _parameters_row(s),
        "agents": {
            "id": list(s.agents.ids), "kind": s.agents.kind, "controller": s.agents.controller,
            "desired_speed_mps": s.agents.desired_speed,
        },
        "bodies": {column: getattr(s.agents.bodies, name) for name, column in BODY.items()},
        "states": _states_row(s.states),
        "route": None if s.route is None else {
            "lane_ids": list(s.route.lane_ids), "inferred": s.route.inferred,
            "x_m": s.route.xy[:, 0], "y_m": s.route.xy[:, 1],
        },
        "paths": lines_row(s.paths),
        "signals": {
            "lane": s.signals.lane, "stop_x_m": s.signals.stop_xy[:, 0],
            "stop_y_m": s.signals.stop_xy[:, 1], "state": s.signals.state.ravel(),
            "last_known": s.signals.last_known,
        },
        "script": script_row(s.script),
    }  # fmt: skip


def _parameters_row(s: Scenario) -> dict[str, Any]:
    values = [v for _, v in s.parameters]
    return {
        "name": [name for name, _ in s.parameters],
        "number": [None if isinstance(v, str) else v for v in values],
        "text": [v if isinstance(v, str) else None for v in values],
    }


def _states_row(states: States) -> dict[str, Any]:
    absent = ~states.valid.ravel()

    def flat(values: Any) -> Any:
        return np.ma.MaskedArray(values.ravel(), mask=absent)

    return {
        "x_m": flat(states.xy[..., 0]), "y_m": flat(states.xy[..., 1]), "heading_rad": flat(states.heading),
        "vx_mps": flat(states.velocity[..., 0]), "vy_mps": flat(states.velocity[..., 1]),
        "valid": states.valid.ravel(), "hitch_rad": states.hitch.ravel(),
    }  # fmt: skip
