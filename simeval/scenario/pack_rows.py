"""Scenarios from the rows of `scenarios.parquet`."""

from __future__ import annotations

from typing import Any

import numpy as np

from simeval.scenario.agents import Agents, Bodies, States
from simeval.scenario.pack_columns import BODY
from simeval.scenario.pack_maps import lines_of
from simeval.scenario.pack_script import script_of
from simeval.scenario.roadmap import RoadMap
from simeval.scenario.scenario import Expect, Provenance, Route, Scenario
from simeval.scenario.signals import Signals

__all__ = ["scenario_of"]


def scenario_of(row: dict[str, Any], roads: RoadMap) -> Scenario:
    """The scenario of one row, on its map."""
    agents, route, steps = _agents_of(row), row["route"], row["num_steps"]
    goal = None if row["goal_x_m"] is None else (row["goal_x_m"], row["goal_y_m"])
    return Scenario(
        id=row["id"], suite=row["suite"], family=row["family"], dt=row["dt_s"],
        start_step=row["start_step"], origin=(row["origin_x_m"], row["origin_y_m"]), agents=agents,
        states=_states_of(row["states"], steps, agents), ego=row["ego_index"],
        route=None if route is None else Route(
            lane_ids=tuple(route["lane_ids"]), inferred=route["inferred"], xy=_pairs(route, "")
        ),
        goal=goal, paths=lines_of(row["paths"]), map=roads,
        signals=_signals_of(row["signals"], steps),
        provenance=Provenance(
            format=row["format"], licence=row["licence"], source_id=row["source_id"],
            files=tuple(row["files"]),
        ),
        script=script_of(row["script"]), tags=tuple(row["tags"]), parameters=_parameters_of(row),
        expect=Expect(solvable_by=tuple(row["solvable_by"]), failed_by=tuple(row["failed_by"])),
        missing=tuple(row["missing"]), repaired=tuple(row["repaired"]),
    )  # fmt: skip


def _agents_of(row: dict[str, Any]) -> Agents:
    table, bodies = row["agents"], row["bodies"]
    return Agents(
        ids=tuple(table["id"]),
        kind=table["kind"],
        controller=table["controller"],
        desired_speed=table["desired_speed_mps"],
        bodies=Bodies(**{name: bodies[column] for name, column in BODY.items()}),
    )


def _states_of(row: dict[str, Any], steps: int, agents: Agents) -> States:
    shape = (steps, len(agents))
    return States(
        xy=_pairs(row, "").reshape(*shape, 2),
        heading=row["heading_rad"].reshape(shape),
        velocity=np.stack([row["vx_mps"], row["vy_mps"]], axis=1).reshape(*shape, 2),
        valid=row["valid"].reshape(shape),
        hitch=row["hitch_rad"].reshape(steps, agents.num_trailers),
    )


def _pairs(row: dict[str, Any], prefix: str) -> Any:
    return np.stack([row[f"{prefix}x_m"], row[f"{prefix}y_m"]], axis=1)


def _signals_of(row: dict[str, Any], steps: int) -> Signals:
    return Signals(
        lane=row["lane"],
        stop_xy=_pairs(row, "stop_"),
        state=row["state"].reshape(steps, len(row["lane"])),
        last_known=row["last_known"],
    )


def _parameters_of(row: dict[str, Any]) -> tuple[tuple[str, float | str], ...]:
    table = row["parameters"]
    columns = zip(table["name"], table["number"].tolist(), table["text"], strict=True)
    return tuple((name, number if text is None else text) for name, number, text in columns)
