"""The tracks of a GPUDrive or Nocturne file: lists of one entry a step, checked."""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.content import FileContent
from simeval.readers.frame import counted, wrapped
from simeval.readers.waymo_json_agents import KINDS
from simeval.readers.waymo_json_schema import File, Object, Track, pairs

__all__ = ["START_STEP", "num_steps_of", "track_of"]

START_STEP = 10  # steps 0 to 10 are history, 11 on the future
MARKER = -10000.0  # what position and velocity hold where `valid` is false
MAX_CELLS = 20_000_000


def num_steps_of(content: FileContent, file: File) -> int:
    """Number of steps of a file.

    Raises:
        InputError: when there are no agents, or too few or too many steps.
    """
    if not file.objects:
        raise InputError(f"{content.name}: objects", "there are no agents.", "Export it with its tracks.")
    num_steps = len(file.objects[0].valid)
    if num_steps < START_STEP + 2:
        what = (
            f"is too short to simulate: {counted(num_steps, 'step')}, at least {START_STEP + 2} are needed."
        )
        raise InputError(
            content.name, what, f"Simulation starts at step {START_STEP}; steps before are history."
        )
    if num_steps * len(file.objects) > MAX_CELLS:
        what = f"has {len(file.objects)} agents over {num_steps} steps; that is more than is read."
        raise InputError(content.name, what, "Split it into shorter scenarios.")
    return num_steps


def track_of(
    content: FileContent, index: int, agent: Object, num_steps: int, degrees: bool
) -> tuple[Array, Array, Array, Array]:
    """Position [t, 2], heading [t], velocity [t, 2] and validity [t] of one agent, in the file's frame.

    Raises:
        InputError: naming the field and the step that make no sense.
    """
    where = f"{content.name}: objects[{index}]"
    if agent.type.lower() not in KINDS:
        what = f"{agent.type[:60]!r} is not a type of road user."
        raise InputError(f"{where}.type", what, f"Known are {', '.join(KINDS)}.")
    xy, velocity = _pairs(where, "position", agent.position), _pairs(where, "velocity", agent.velocity)
    heading, valid = np.array(agent.heading, dtype=float), np.array(agent.valid, dtype=bool)
    for name, values in (("position", xy), ("heading", heading), ("velocity", velocity), ("valid", valid)):
        if len(values) != num_steps:
            what = f"has {len(values)} steps where objects[0].valid has {num_steps}."
            raise InputError(f"{where}.{name}", what, "All lists of a file have one entry a step.")
    for name, bad, what in (
        (
            "position",
            (xy == MARKER).all(axis=1),
            "holds the mark of an invalid step (-10000) and valid is true.",
        ),
        ("heading", ~degrees & (np.abs(heading) > 2 * np.pi + 1e-3), "is not an angle in radians."),
    ):
        if (bad & valid).any():
            step = int(np.flatnonzero(bad & valid)[0])
            raise InputError(f"{where}.{name}[{step}]", what, "Export the file again.")
    return xy, wrapped(np.radians(heading) if degrees else heading), velocity, valid


def _pairs(where: str, field: str, track: Track) -> Array:
    try:
        return pairs(track)
    except ValueError as error:
        raise InputError(f"{where}.{field}", f"{error}.", "Both need one entry a step.") from None
