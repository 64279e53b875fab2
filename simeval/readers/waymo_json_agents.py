"""The road users of a GPUDrive or Nocturne file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simeval.readers.frame import counted
from simeval.readers.sizes import ASSUMED_SIZES
from simeval.readers.waymo_json_schema import File
from simeval.scenario.agents import Agents
from simeval.scenario.kinds import AgentKind, Controller

__all__ = ["KINDS", "agents_of"]

TRUCK_LENGTH = 8.0  # [m]; the format calls everything on wheels a vehicle
KINDS = {
    "vehicle": AgentKind.CAR,
    "pedestrian": AgentKind.PEDESTRIAN,
    "cyclist": AgentKind.CYCLIST,
    "other": AgentKind.OTHER,
    "unset": AgentKind.OTHER,
}


def agents_of(file: File, present: list[int]) -> tuple[Agents, list[str]]:
    """The agents at the given indices, and notes about what was assumed.

    Nocturne gives no size to who appears late. Experts are replayed.
    """
    objects = [file.objects[i] for i in present]
    kinds = [KINDS[o.type.lower()] for o in objects]
    size = np.array([(o.length, o.width) for o in objects], dtype=float)
    unsized, notes = (size == 0.0).all(axis=1), []
    size[unsized] = np.array([ASSUMED_SIZES[k] for k in kinds])[unsized]
    if unsized.any():
        notes.append(f"{counted(int(unsized.sum()), 'agent')} without size got that of their type")
    kind = np.array([int(k) for k in kinds], dtype=np.int64)
    long = (kind == AgentKind.CAR) & (size[:, 0] >= TRUCK_LENGTH)
    if long.any():
        notes.append(f"{counted(int(long.sum()), 'vehicle')} of {TRUCK_LENGTH:g} m or more taken for trucks")
    ids = [str(i if o.id is None else o.id) for i, o in zip(present, objects, strict=True)]
    agents = Agents.simple(ids, np.where(long, int(AgentKind.TRUCK), kind).tolist(), size[:, 0], size[:, 1])
    expert = np.array([o.mark_as_expert for o in objects], dtype=bool)
    return replace(agents, controller=np.where(expert, int(Controller.REPLAY), agents.controller)), notes
