"""What a policy saw at one step of a stored episode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from simeval.arrays import Array
from simeval.errors import UsageError, unknown_name
from simeval.policy.spec import ObservationSpec
from simeval.runs import Run
from simeval.runs.manifest import sim_settings
from simeval.scenario import Trace
from simeval.sim.observe_recorded import observe_recorded

__all__ = ["Observed", "observed_in"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """One row of an observation, and what it is of."""

    key: str
    scenario_id: str
    policy: str
    seed: int
    agent: str  # id of who looks
    is_ego: bool
    step: int
    num_steps: int
    time_s: float  # since the start
    is_own_spec: bool  # the sizes are those that the episode's policy declared
    spec: ObservationSpec
    tensors: dict[str, Array]  # without the axis of rows


def observed_in(run: Run, key: str, step: int | None = None, agent: str | None = None) -> Observed:
    """The observation of a stored episode.

    Args:
        run: where the episode is.
        key: its whole key.
        step: since the start; None: the last one.
        agent: id of who looks; None: the ego.

    Raises:
        UsageError: no such step or agent, or the agent is not there at that step.
        StoreError: the episode has no trace.
    """
    trace, scenario, row = run.trace(key), run.scenario(key), run.row(key)
    at = trace.num_steps - 1 if step is None else step
    if not 0 <= at < trace.num_steps:
        last = trace.num_steps - 1
        raise UsageError("--step", f"{at} is outside the episode.", f"It has steps 0 to {last}.")
    who = _agent(trace, agent, at)
    spec = _spec_of(run.manifest, row["policy"])
    seen = observe_recorded(
        scenario, trace, at, spec or ObservationSpec(), who,
        settings=sim_settings(run.manifest), seed=int(row["seed"]),
    )  # fmt: skip
    return Observed(
        key=key, scenario_id=row["scenario_id"], policy=row["policy"], seed=row["seed"],
        agent=trace.agents.ids[who], is_ego=who == trace.ego, step=at, num_steps=trace.num_steps,
        time_s=at * trace.dt, is_own_spec=spec is not None, spec=spec or ObservationSpec(),
        tensors={name: tensor[0].numpy() for name, tensor in seen.tensors().items()},
    )  # fmt: skip


def _agent(trace: Trace, name: str | None, step: int) -> int:
    if name is None:
        return trace.ego
    if name not in trace.agents.ids:
        raise unknown_name("agent", name, trace.agents.ids, where="--agent")
    agent = trace.agents.ids.index(name)
    if not trace.states.valid[step, agent]:
        there = np.flatnonzero(trace.states.valid[:, agent])
        when = f"It is there from step {there[0]} to {there[-1]}." if len(there) else "It never is."
        raise UsageError("--agent", f"{name!r} is not there at step {step}.", when)
    return agent


def _spec_of(manifest: dict[str, Any], policy: str) -> ObservationSpec | None:
    """The sizes that a policy of a run declared; None where none are stored: engine drivers see nothing."""
    for entry in manifest.get("policies", []):
        spec = entry.get("spec") if entry.get("name") == policy else None
        if spec and "observation" in spec:
            return msgspec.convert(spec["observation"], ObservationSpec)
    return None
