"""Scripted drivers in closed loop: functions from what is seen to a command, on scenarios from plain tables.

    scenario = stage({"map": {"template": "straight"}, "ego": {...}, "agent": [...]}, name="test/blind")
    [trace] = drive([scenario], [lambda seen: (0.0, 0.0)])    # acceleration [m/s^2], steering angle [rad]

They break rules on purpose, to see whether metrics and failure modes notice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.authoring.build import build_scenario
from simeval.authoring.decode import decode
from simeval.authoring.schema import FamilyFile
from simeval.authoring.where import Where
from simeval.errors import UsageError
from simeval.scenario import Controller, Ending, Scenario, Trace
from simeval.sim import SimSettings, Worlds

__all__ = ["Drive", "Pose", "Seen", "as_log", "drive", "stage"]


@dataclass(kw_only=True)
class Seen:
    """What a scripted driver knows: the true state of everyone now, and what it noted itself."""

    scenario: Scenario
    step: int
    time_s: float
    ego: Float[Array, "4"]  # x, y of the centre [m], heading [rad], speed [m/s]
    others: Float[Array, "a 5"]  # x, y, heading, vx, vy of all agents, the ego too; NaN: not there
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def speed(self) -> float:
        """Of the ego, along its heading [m/s]."""
        return float(self.ego[3])


Drive = Callable[[Seen], tuple[float, float]]
"""Acceleration [m/s^2] and steering angle [rad] wanted."""
Pose = Callable[[Seen], tuple[float, float, float, float]]
"""x, y [m], heading [rad] and speed [m/s] of the box centre wanted one step later."""


def stage(tables: Mapping[str, Any], *, name: str, dt_s: float = 0.1, duration_s: float = 15.0) -> Scenario:
    """The scenario of a family's tables (`map`, `ego`, `agent`, `signal`, `tags`), without a file.

    Raises:
        InputError: what cannot be built; the message names the table.
    """
    suite, _, family = name.rpartition("/")
    where = Where(name)
    whole = {"format": 1, "family": family, "doc": name, **tables}
    file = decode(whole, FamilyFile, where)
    timing = (file.dt_s or dt_s, file.duration_s or duration_s)
    return build_scenario(
        file, scenario_id=name, suite=suite or "staged", parameters=(), timing=timing, where=where
    )


def drive(
    scenarios: Sequence[Scenario], drivers: Sequence[Drive] | Sequence[Pose], *,
    settings: SimSettings | None = None, poses: bool = False,
) -> list[Trace]:  # fmt: skip
    """Drives each scenario by its own function until all have ended; one trace each, in order.

    With `poses` the functions give the ego's next pose instead of a command: it can go backwards, jump,
    or become NaN, which ends its episode as the harness does for policies.
    """
    if len(scenarios) != len(drivers):
        raise UsageError("drive", f"{len(scenarios)} scenarios and {len(drivers)} drivers.")
    worlds = Worlds(scenarios, "poses" if poses else "controls", settings)
    memories: list[dict[str, Any]] = [{} for _ in scenarios]
    wanted = np.zeros((len(scenarios), 4 if poses else 2))
    while not worlds.all_done:
        for row in np.flatnonzero(worlds.active).tolist():
            seen = _look(worlds, row, memories[row])
            wanted[row] = drivers[row](seen)
            if not np.isfinite(wanted[row]).all():
                worlds.stop(row, Ending.NONFINITE, f"step {seen.step}: the command is not finite")
                wanted[row] = 0.0
        worlds.advance(1, **{"poses" if poses else "controls": wanted})
    return [worlds.trace(row) for row in range(len(scenarios))]


def _look(worlds: Worlds, row: int, memory: dict[str, Any]) -> Seen:
    here, step = worlds.tables.world[row], int(worlds.tables.live_world[row].step)
    live = worlds.tables.live[here.agent0 : here.agent1]
    me = live[here.ego - here.agent0]
    others = np.stack([live.x, live.y, live.heading, live.vx, live.vy], axis=1)
    others[live.presence != 1] = np.nan
    return Seen(
        scenario=worlds.scenarios[row], step=step, time_s=step * worlds.scenarios[row].dt,
        ego=np.array([me.x, me.y, me.heading, me.speed]), others=others, memory=memory,
    )  # fmt: skip


def as_log(scenario: Scenario, trace: Trace) -> Scenario:
    """The scenario with what happened in a trace as its log, to be replayed: nobody in it reacts.

    Agents that the trace does not know at a step are absent there.
    """
    steps = min(trace.num_steps, scenario.num_steps)
    agents = dataclasses.replace(
        scenario.agents, controller=np.full(len(scenario.agents), int(Controller.AUTO), dtype=np.int64)
    )
    states = dataclasses.replace(
        trace.states,
        **{
            name: getattr(trace.states, name)[:steps]
            for name in ("xy", "heading", "velocity", "valid", "hitch")
        },
    )
    return dataclasses.replace(
        scenario, id=f"{scenario.id}_log", agents=agents, states=states, script=(),
        signals=dataclasses.replace(scenario.signals, state=scenario.signals.state[:steps]),
    )  # fmt: skip
