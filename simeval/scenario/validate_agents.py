"""Strict validation of agents, bodies and their states."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simeval.arrays import Array
from simeval.scenario.agents import Agents, Bodies, States
from simeval.scenario.kinds import AgentKind, Controller
from simeval.scenario.validate_arrays import LIMIT_M, array_problems, first_of, id_problems
from simeval.scenario.validate_map import kind_problems

__all__ = ["agent_problems", "state_problems"]

MAX_SIZE_M = 100.0
MAX_SPEED_MPS = 120.0


def agent_problems(agents: Agents) -> Iterator[str]:
    """Everything wrong with who is there; nothing more is looked at when arrays do not fit."""
    count = len(agents)
    if count == 0:
        yield "agents: there are none"
        return
    problems = list(id_problems("agents.ids", agents.ids))
    problems += array_problems("agents.kind", agents.kind, "int64", (count,))
    problems += array_problems("agents.controller", agents.controller, "int64", (count,))
    problems += array_problems("agents.desired_speed", agents.desired_speed, "float64", (count,))
    problems += _body_shape_problems(agents.bodies)
    yield from problems
    if problems:
        return
    yield from kind_problems("agents.kind", agents.kind, AgentKind)
    yield from kind_problems("agents.controller", agents.controller, Controller)
    fast = (agents.desired_speed < 0) | (agents.desired_speed > MAX_SPEED_MPS)
    if fast.any():
        (a,), more = first_of(fast)
        speed = agents.desired_speed[a]
        yield f"agent {agents.ids[a]!r}: desired_speed {speed:g} m/s is not in [0, {MAX_SPEED_MPS:g}]{more}"
    yield from _body_problems(agents)


def _body_shape_problems(bodies: Bodies) -> Iterator[str]:
    yield from array_problems("agents.bodies.agent", bodies.agent, "int64", (None,))
    count = len(bodies.agent)
    for name in ("length", "width", "axle", "wheelbase", "front_hitch", "rear_hitch"):
        yield from array_problems(f"agents.bodies.{name}", getattr(bodies, name), "float64", (count,))


def _body_problems(agents: Agents) -> Iterator[str]:
    bodies, count = agents.bodies, len(agents)
    owners = bodies.agent
    rises = np.diff(owners, prepend=-1, append=count)
    if rises[0] != 1 or rises[-1] != 1 or (rises < 0).any() or (rises > 1).any():
        yield "agents.bodies.agent: must rise from 0, with at least one body for each agent"
        return
    for name in ("length", "width"):
        size = getattr(bodies, name)
        bad = ~((size > 0) & (size < MAX_SIZE_M))
        if bad.any():
            (b,), more = first_of(bad)
            yield (
                f"agent {agents.ids[owners[b]]!r}: {name} {size[b]:g} m is not between 0 and "
                f"{MAX_SIZE_M:g} m{more}"
            )
    for name in ("axle", "wheelbase", "front_hitch", "rear_hitch"):
        bad = np.abs(getattr(bodies, name)) > MAX_SIZE_M
        if bad.any():
            (b,), more = first_of(bad)
            yield f"agent {agents.ids[owners[b]]!r}: {name} is larger than {MAX_SIZE_M:g} m{more}"
    if ((bodies.wheelbase < 0) & (bodies.length > 0)).any():  # a wheelbase is often made from the length
        yield "agents.bodies.wheelbase: must not be negative"


def state_problems(states: States, agents: Agents) -> Iterator[str]:
    """Everything wrong with where agents are: shapes, finite numbers, limits, zeros where undefined."""
    steps, count = (*states.valid.shape, 0, 0)[:2]
    if count != len(agents) or states.valid.ndim != 2:
        yield f"states.valid: expected the shape [steps, {len(agents)}], got {list(states.valid.shape)}"
        return
    problems = list(array_problems("states.valid", states.valid, "bool", (steps, count)))
    problems += array_problems("states.xy", states.xy, "float64", (steps, count, 2))
    problems += array_problems("states.heading", states.heading, "float64", (steps, count))
    problems += array_problems("states.velocity", states.velocity, "float64", (steps, count, 2))
    problems += array_problems("states.hitch", states.hitch, "float64", (steps, agents.num_trailers))
    yield from problems
    if not problems:
        yield from _value_problems(states, agents)


def _value_problems(states: States, agents: Agents) -> Iterator[str]:
    def say(bad: Array, what: str) -> Iterator[str]:
        if bad.any():
            at, more = first_of(bad)
            yield f"agent {agents.ids[at[1]]!r}, step {at[0]}: {what}{more}"

    with np.errstate(over="ignore"):  # infinite is too fast as well
        speed = np.sqrt((states.velocity**2).sum(axis=-1))
    yield from say(
        np.asarray((np.abs(states.xy) > LIMIT_M).any(axis=-1)),
        f"xy lies more than {LIMIT_M / 1000:g} km from the local origin",
    )
    yield from say(speed > MAX_SPEED_MPS, f"the speed is more than {MAX_SPEED_MPS:g} m/s")
    yield from say(np.abs(states.heading) > 1e3, "heading is more than 1000 rad")
    packed = np.concatenate([states.xy, states.velocity, states.heading[..., None]], axis=-1)
    stale = ((packed != 0) | np.signbit(packed)).any(axis=-1) & ~states.valid
    yield from say(np.asarray(stale), "is not valid, so xy, heading and velocity must be 0.0")
