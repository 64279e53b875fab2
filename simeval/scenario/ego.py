"""The ego of a recorded scenario: choosing one, and the route its logged path implies."""

from __future__ import annotations

import difflib
from dataclasses import replace

import numpy as np

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.scenario.agents import States
from simeval.scenario.scenario import Route, Scenario

__all__ = ["choose_ego", "infer_route", "path_length"]

SPACING = 1.0  # [m] between points of an inferred route
STRIDE = 0.5  # [m]; logged points closer together are one, so that noise at standstill leaves no knots
SMOOTHING = 1.0  # [m], standard deviation; shifts a bend of 10 m radius by 0.05 m
EXTENSION = 50.0  # [m] straight on after the last logged position
PARKED_PATH = 2.0  # [m]; an ego that moves less stays where it is
PARKED_ROUTE = 10.0  # [m]
PARKED_TAG = "ego_parked"


def choose_ego(scenario: Scenario, choice: str) -> Scenario:
    """The scenario with another ego: an agent id, or "longest" for the vehicle with the longest
    path, of those whose track is unbroken from the start step on if there are any.

    Raises:
        UsageError: when no agent has the id, or it is not there when simulation starts.
    """
    there = np.flatnonzero(scenario.states.valid[scenario.start_step])
    ids = scenario.agents.ids
    if choice == "longest":
        vehicles = [int(a) for a in there if scenario.agents.kind_of(int(a)).is_vehicle]
        if not vehicles:
            raise UsageError(scenario.id, "no vehicle is there when simulation starts.", "Name an agent.")
        whole = [a for a in vehicles if scenario.states.valid[scenario.start_step :, a].all()]
        vehicles = whole or vehicles
        lengths = [path_length(scenario.states, a) for a in vehicles]
        ego = vehicles[int(np.argmax(lengths))]
    elif choice in (ids[a] for a in there):
        ego = ids.index(choice)
    else:
        raise _no_such_agent(scenario, choice, [ids[int(a)] for a in there])
    missing = tuple(m for m in scenario.missing if m != "ego")
    return infer_route(replace(scenario, ego=ego, missing=missing))


def _no_such_agent(scenario: Scenario, choice: str, there: list[str]) -> UsageError:
    near = difflib.get_close_matches(choice, there, n=1, cutoff=0.5) or there[:1]
    what = f"no agent {choice!r} is there at step {scenario.start_step}, when simulation starts."
    return UsageError(scenario.id, what, f"There are {len(there)}, such as {near[0]!r}." if near else "")


def path_length(states: States, agent: int) -> float:
    """Length of an agent's logged path [m], noise at standstill left out."""
    line = _strides(states.xy[states.valid[:, agent], agent])
    return float(np.sqrt((np.diff(line, axis=0) ** 2).sum(axis=1)).sum())


def infer_route(scenario: Scenario) -> Scenario:
    """The scenario with the route that the ego's logged path implies and its last position as goal:
    the path smoothed, one point a metre, and 50 m straight on. An ego that moves less than 2 m gets
    10 m along its heading, no goal, and the tag `ego_parked`. Without ego there is no route.
    """
    ego, states = scenario.ego, scenario.states
    tags = tuple(t for t in scenario.tags if t != PARKED_TAG)
    if ego is None:
        return replace(scenario, route=None, goal=None, tags=tags)
    there = states.valid[:, ego]
    line = _strides(states.xy[there, ego])
    if path_length(states, ego) < PARKED_PATH:
        tags += (PARKED_TAG,)
        heading = states.heading[scenario.start_step, ego]
        ahead = np.arange(0.0, PARKED_ROUTE + SPACING, SPACING)[:, None]
        xy = states.xy[scenario.start_step, ego] + ahead * [np.cos(heading), np.sin(heading)]
    else:
        xy = _extended(_smoothed(line))
    last = states.xy[np.flatnonzero(there)[-1], ego]
    goal = None if PARKED_TAG in tags else (float(last[0]), float(last[1]))
    return replace(scenario, route=Route(lane_ids=(), xy=xy, inferred=True), goal=goal, tags=tags)


def _strides(xy: Array) -> Array:
    kept = [0]
    for i in range(1, len(xy)):
        step = xy[i] - xy[kept[-1]]
        if step @ step >= STRIDE * STRIDE:
            kept.append(i)
    return np.asarray(xy[kept])


def _resampled(xy: Array, spacing: float) -> Array:
    s = np.concatenate([[0.0], np.cumsum(np.sqrt((np.diff(xy, axis=0) ** 2).sum(axis=1)))])
    at = np.linspace(0.0, s[-1], max(2, round(s[-1] / spacing) + 1))
    return np.stack([np.interp(at, s, xy[:, 0]), np.interp(at, s, xy[:, 1])], axis=1)


def _smoothed(xy: Array) -> Array:
    """The line under a Gaussian in arc length; the ends keep their place and direction."""
    fine = _resampled(xy, STRIDE / 2)
    reach = int(4 * SMOOTHING / (STRIDE / 2))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * (STRIDE / 2) / SMOOTHING) ** 2)
    weights /= weights.sum()
    before, after = 2 * fine[0] - fine[reach:0:-1], 2 * fine[-1] - fine[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, fine, after]) if len(fine) > reach + 1 else None
    if padded is None:  # shorter than the window: a straight line is smooth already
        return _resampled(fine, SPACING)
    smooth = np.stack([np.convolve(padded[:, k], weights, mode="valid") for k in range(2)], axis=1)
    return _resampled(smooth, SPACING)


def _extended(xy: Array) -> Array:
    base = xy[max(0, len(xy) - 4)]
    direction = (xy[-1] - base) / np.sqrt(((xy[-1] - base) ** 2).sum())
    ahead = np.arange(SPACING, EXTENSION + SPACING / 2, SPACING)[:, None] * direction
    return np.concatenate([xy, xy[-1] + ahead])
