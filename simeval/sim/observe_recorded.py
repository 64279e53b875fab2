"""What a policy saw, computed again from what was recorded."""

from __future__ import annotations

import numpy as np

from simeval.errors import UsageError
from simeval.kernel import kernel
from simeval.policy import Observation, ObservationSpec
from simeval.scenario import Driver, Scenario, Trace
from simeval.sim.build import Tables, build
from simeval.sim.observe import observe_tables
from simeval.sim.observe_route import recorded_place
from simeval.sim.observe_tables import scene_of, scratch_of, seen_in
from simeval.sim.runnable import CONTROLS, DRIVER_CODES
from simeval.sim.senses import senses_of
from simeval.sim.settings import SimSettings
from simeval.sim.tables import PathTable, Row, Table

__all__ = ["observe_recorded"]


def observe_recorded(
    scenario: Scenario,
    trace: Trace,
    step: int,
    spec: ObservationSpec,
    agent: int | None = None,
    *,
    settings: SimSettings | None = None,
    seed: int = 0,
) -> Observation:
    """One row: what an agent saw at a step of an episode, bit for bit as it was in the simulation.

    Args:
        scenario: that of the episode.
        trace: the episode.
        step: since the start; 0 is before anyone moved.
        spec: the sizes of the layout.
        agent: who looks; None: the ego.
        settings: those of the episode, where its ego did not see the truth or policies drove others.
        seed: of the episode, likewise.

    Raises:
        UsageError: no such step or agent, or a trace of another scenario.
    """
    _check(scenario, trace, step, agent)
    # Who drives the others matters only for what they themselves see: where they were is in the trace.
    tables = build([scenario], DRIVER_CODES[CONTROLS], settings or SimSettings())
    _put_record(tables, trace, step)
    here = tables.world[0]
    tables.live_world[0].step = step
    for a in tables.driven.agent:
        if tables.live[a].path >= 0:
            _put_place(here, a, here.start + step, tables.log, tables.record, tables.path, tables.live)
    observation = Observation.zeros(spec, 1)
    rows = np.zeros(1, dtype=np.int64), np.full(1, -1 if agent is None else agent), np.ones(1, dtype=np.bool_)
    is_learned = trace.driver[trace.ego] == Driver.POLICY
    senses = senses_of([scenario], settings, [seed]) if settings is not None and is_learned else None
    scene = scene_of([scenario], spec, senses)
    scratch = scratch_of(spec, 1, tables.world, scene)
    observe_tables((0, 1, scratch), rows, tables, scene, *seen_in(observation))
    return observation


def _check(scenario: Scenario, trace: Trace, step: int, agent: int | None) -> None:
    if (trace.scenario_id, len(trace.agents)) != (scenario.id, len(scenario.agents)):
        raise UsageError("observe_recorded", f"a trace of {trace.scenario_id!r}, not of {scenario.id!r}.")
    if not 0 <= step < trace.num_steps:
        what = f"step {step} is outside the episode."
        raise UsageError(scenario.id, what, f"It has steps 0 to {trace.num_steps - 1}.")
    if agent is not None and not 0 <= agent < len(trace.agents):
        raise UsageError(scenario.id, f"has {len(trace.agents)} agents; asked for agent {agent}.")


def _put_record(tables: Tables, trace: Trace, step: int) -> None:
    """Writes the states up to a step, as the simulator had recorded them by then."""
    states, count = trace.states, (step + 1) * len(trace.agents)
    record = tables.record[:count]
    xy, velocity = states.xy.reshape(-1, 2)[:count], states.velocity.reshape(-1, 2)[:count]
    record.x, record.y = xy[:, 0], xy[:, 1]
    record.vx, record.vy = velocity[:, 0], velocity[:, 1]
    record.heading, record.yaw_rate = states.heading.ravel()[:count], trace.yaw_rate.ravel()[:count]
    record.valid = states.valid.ravel()[:count]
    hitch = states.hitch[: step + 1].ravel()
    tables.bodies.recorded_hitch[: len(hitch)] = hitch


@kernel
def _put_place(here: Row, a: int, step: int, log: Table, record: Table, path: PathTable, live: Table) -> None:
    live[a].s = recorded_place(here, live[a], a, step, log, record, path, here.start - 1, 0.0)
