"""Strict validation of any scenario, whoever made it."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from simeval.errors import InputError
from simeval.scenario.kinds import SignalState
from simeval.scenario.roadmap import RoadMap
from simeval.scenario.scenario import Scenario
from simeval.scenario.script import FURTHER, NUM_ACTION
from simeval.scenario.validate_agents import agent_problems, state_problems
from simeval.scenario.validate_arrays import LIMIT_M, array_problems, first_of, id_problems, line_problems
from simeval.scenario.validate_map import kind_problems, map_problems

__all__ = ["check_scenario", "problems_of"]

MIN_STEPS_AHEAD = 2  # the start itself and at least one step to simulate


def problems_of(scenario: Scenario) -> list[str]:
    """Everything wrong with a scenario, each with agent, field or step; empty when it is sound."""
    found = [*_head_problems(scenario), *agent_problems(scenario.agents)]
    if not found:  # what follows indexes by agent and step
        found += state_problems(scenario.states, scenario.agents)
    if not found:
        found += [*_ego_problems(scenario), *_signal_problems(scenario), *_script_problems(scenario)]
        found += line_problems("paths", scenario.paths, len(scenario.agents), 2, may_be_empty=True)
    return found + _map_problems(scenario.map)


_SOUND: weakref.WeakSet[RoadMap] = weakref.WeakSet()  # maps are shared by many scenarios and never change


def _map_problems(roads: RoadMap) -> list[str]:
    if roads in _SOUND:
        return []
    found = list(map_problems(roads))
    if not found:
        _SOUND.add(roads)
    return found


def check_scenario(
    scenario: Scenario, where: str | Path, fix: str = "Mend the file or leave it out."
) -> None:
    """Refuses a scenario that is not sound.

    Raises:
        InputError: with the first problem, and how many more there are.
    """
    problems = problems_of(scenario)
    if problems:
        more = f" (and {len(problems) - 1} more of other kinds)" if len(problems) > 1 else ""
        raise InputError(str(where), f"{problems[0]}{more}.", fix)


def _head_problems(s: Scenario) -> Iterator[str]:
    yield from id_problems("id", [s.id])
    if not (isinstance(s.dt, float) and 0.0 < s.dt <= 1.0):
        yield f"dt: {s.dt!r} s is not in (0, 1]"
    if not 0 <= s.start_step <= s.num_steps - MIN_STEPS_AHEAD:
        yield (
            f"too short to simulate: {s.num_steps} steps, and simulation starts at step {s.start_step}; "
            f"at least {max(s.start_step, 0) + MIN_STEPS_AHEAD} are needed"
        )
    if not all(isinstance(v, float) and math.isfinite(v) for v in (*s.origin, *(s.goal or ()))):
        yield f"origin and goal: expected finite floats, got {s.origin} and {s.goal}"
    elif s.goal is not None and max(map(abs, s.goal)) > LIMIT_M:
        yield f"goal: lies more than {LIMIT_M / 1000:g} km from the local origin"
    for name, value in s.parameters:
        if not isinstance(value, str) and not (isinstance(value, float) and math.isfinite(value)):
            yield f"parameters.{name}: expected a finite float or a text, got {value!r}"


def _ego_problems(s: Scenario) -> Iterator[str]:
    if s.ego is not None:
        if not 0 <= s.ego < len(s.agents):
            yield f"ego: index {s.ego} is not that of one of {len(s.agents)} agents"
        elif not s.states.valid[s.start_step, s.ego]:
            yield f"ego {s.agents.ids[s.ego]!r}, step {s.start_step}: is not there when simulation starts"
    if s.route is not None:
        bad = list(array_problems("route.xy", s.route.xy, "float64", (None, 2)))
        if not bad and (len(s.route.xy) < 2 or np.ptp(s.route.xy, axis=0).max() < 1e-6):
            bad = ["route.xy: needs at least two different points"]
        yield from bad
        unknown = [name for name in s.route.lane_ids if name not in s.map.lanes.index]
        if unknown:
            yield f"route.lane_ids: the map has no lane {unknown[0]!r}"


def _signal_problems(s: Scenario) -> Iterator[str]:
    signals, count = s.signals, len(s.signals)
    bad = [*array_problems("signals.lane", signals.lane, "int64", (None,))]
    bad += array_problems("signals.stop_xy", signals.stop_xy, "float64", (count, 2))
    bad += array_problems("signals.state", signals.state, "int64", (s.num_steps, count))
    bad += array_problems("signals.last_known", signals.last_known, "int64", (count,))
    yield from bad
    if bad:
        return
    yield from kind_problems("signals.state", signals.state, SignalState)
    for name, values, low, stop in (
        ("lane", signals.lane, -1, len(s.map.lanes)),
        ("last_known", signals.last_known, 0, s.num_steps),
    ):
        if (wrong := (values < low) | (values >= stop)).any():
            (i,), more = first_of(wrong)
            yield f"signals.{name}[{i}]: {values[i]} is not between {low} and {stop - 1}{more}"


def _script_problems(s: Scenario) -> Iterator[str]:
    for i, do in enumerate(s.script):
        if not 0 <= do.agent < len(s.agents):
            yield f"script[{i}].agent: index {do.agent} is not that of one of {len(s.agents)} agents"
        if not all(isinstance(v, float) and math.isfinite(v) for v in (do.when, *do.values)):
            yield f"script[{i}]: expected finite floats, got {do.when!r} and {do.values!r}"
        elif len(do.values) != (wanted := NUM_ACTION + FURTHER.get(do.trigger, 0)):
            yield f"script[{i}].values: expected {wanted} numbers, got {len(do.values)}"
        elif not -1 <= do.other < len(s.agents):
            yield f"script[{i}]: the trigger's agent {do.other} is not one of {len(s.agents)} agents"
