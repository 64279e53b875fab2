"""Whether what a file says about motion agrees with itself. Nothing is changed, only noted."""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array
from simeval.readers.frame import counted
from simeval.scenario.agents import Agents, States

__all__ = ["notes_about_motion"]

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


def _note(what: str, wrong: Array, looked_at: Array, agents: Agents) -> str:
    guilty = np.flatnonzero(wrong.sum(axis=0) > SHARE * np.maximum(looked_at.sum(axis=0), 1))
    if not len(guilty):
        return ""
    return f"{what} ({counted(len(guilty), 'agent')}, first {agents.ids[int(guilty[0])]!r})"
