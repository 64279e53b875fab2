"""Whether what a file says about motion agrees with itself; velocities that were left out are filled in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simeval.arrays import Array
from simeval.readers.frame import counted
from simeval.scenario.agents import Agents, States
from simeval.scenario.kinds import AgentKind

__all__ = ["fill_velocities", "notes_about_motion"]

MAX_VELOCITY_ERROR = 5.0  # [m/s] between the velocity given and the displacement over a step
MAX_HEADING_ERROR = np.radians(60.0)  # between heading and direction of travel, of vehicles
MOVING = 3.0  # [m/s]; below it the direction of travel is noise
SHARE = 0.2  # of an agent's steps that must disagree before it is called inconsistent


def notes_about_motion(states: States, agents: Agents, dt: float) -> list[str]:
    """Notes for `Scenario.missing`, such as "consistent velocity (3 agents, first '12')"."""
    both = states.valid[1:] & states.valid[:-1]
    moved = np.where(both[..., None], np.diff(states.xy, axis=0) / dt, 0.0)
    mean = 0.5 * (states.velocity[1:] + states.velocity[:-1])
    wrong = both & (np.sqrt(((moved - mean) ** 2).sum(axis=-1)) > MAX_VELOCITY_ERROR)
    direction = np.arctan2(moved[..., 1], moved[..., 0]) - states.heading[1:]
    off = np.abs(np.remainder(direction + np.pi, 2.0 * np.pi) - np.pi)
    moving = both & (np.sqrt((moved**2).sum(axis=-1)) > MOVING)
    vehicle = np.array([agents.kind_of(a).is_vehicle for a in range(len(agents))], dtype=bool)
    sideways = moving & vehicle & (off > MAX_HEADING_ERROR) & (off < np.pi - MAX_HEADING_ERROR)
    notes = [
        _note("consistent velocity", wrong, both, agents),
        _note("consistent heading", sideways, moving, agents),
    ]
    return [n for n in notes if n]


def fill_velocities(states: States, agents: Agents, dt: float) -> tuple[States, list[str]]:
    """The states without velocities of exactly zero in motion, and a note for `Scenario.repaired`.

    Zero says "not measured" where position moves faster than 3 m/s both before and after: nobody stands
    there. It is filled in from the agent's velocities around, linearly in time; they are better than
    displacements, which are too small at the ends of tracks that were smoothed. Objects are left alone.
    """
    both = states.valid[1:] & states.valid[:-1]
    moved = np.where(both[..., None], np.diff(states.xy, axis=0) / dt, 0.0)
    fast = np.sqrt((moved**2).sum(axis=-1)) > MOVING
    none = np.zeros((1, len(agents)), dtype=bool)
    near = [np.concatenate(c) for c in ([none, both], [both, none], [none, fast], [fast, none])]
    moves = (near[0] == near[2]) & (near[1] == near[3]) & (near[2] | near[3])
    zero = states.valid & (states.velocity == 0.0).all(axis=-1)
    gaps = moves & zero & (agents.kind != int(AgentKind.STATIC))
    filled = np.flatnonzero(gaps.any(axis=0)).tolist()
    if not filled:
        return states, []
    velocity = states.velocity.copy()
    for a in filled:
        velocity[gaps[:, a], a] = _filled(states.velocity[:, a], gaps[:, a], states.valid[:, a], moved[:, a])
    what = "velocity" if gaps.sum() == 1 else "velocities"
    who = f"({counted(len(filled), 'agent')}, first {agents.ids[filled[0]]!r})"
    note = f"{gaps.sum()} {what} of zero in motion filled in {who}"
    return replace(states, velocity=velocity), [note]


def _filled(velocity: Array, gaps: Array, valid: Array, moved: Array) -> Array:
    """Velocities [k, 2] for one agent's k gaps; from displacements [t - 1, 2] where there are no others."""
    at, known = np.flatnonzero(gaps), np.flatnonzero(valid & ~gaps)
    sides = np.stack([moved[np.maximum(at - 1, 0)], moved[np.minimum(at, len(moved) - 1)]])
    given = (sides != 0.0).any(axis=-1, keepdims=True)
    mean = (sides * given).sum(axis=0) / np.maximum(given.sum(axis=0), 1)
    if not len(known):
        return np.asarray(mean)
    around = np.stack([np.interp(at, known, velocity[known, axis]) for axis in range(2)], axis=1)
    return np.where((around == 0.0).all(axis=1, keepdims=True), mean, around)


def _note(what: str, wrong: Array, looked_at: Array, agents: Agents) -> str:
    guilty = np.flatnonzero(wrong.sum(axis=0) > SHARE * np.maximum(looked_at.sum(axis=0), 1))
    if not len(guilty):
        return ""
    return f"{what} ({counted(len(guilty), 'agent')}, first {agents.ids[int(guilty[0])]!r})"
