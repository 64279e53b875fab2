"""The track table of an Argoverse 2 scenario."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.argoverse2_table import NUMBERS, read_columns
from simeval.readers.content import FileContent
from simeval.scenario.kinds import AgentKind

__all__ = ["KINDS", "Tracks", "read_tracks"]

MAX_STEPS = 10_000
MAX_CELLS = 20_000_000


KINDS = {
    "vehicle": AgentKind.CAR,
    "bus": AgentKind.BUS,
    "motorcyclist": AgentKind.MOTORCYCLE,
    "cyclist": AgentKind.CYCLIST,
    "pedestrian": AgentKind.PEDESTRIAN,
    "riderless_bicycle": AgentKind.STATIC,
    "static": AgentKind.STATIC,
    "background": AgentKind.STATIC,
    "construction": AgentKind.STATIC,
    "unknown": AgentKind.OTHER,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Tracks:
    """All tracks on a common time line, in the frame of the file."""

    scenario_id: str
    ids: tuple[str, ...]  # in the order of their first rows
    types: tuple[str, ...]
    xy: Float[Array, "t a 2"]
    heading: Float[Array, "t a"]
    velocity: Float[Array, "t a 2"]
    valid: Bool[Array, "t a"]

    @property
    def num_steps(self) -> int:
        """Steps up to the last one that any track has; `num_timestamps` counts a withheld future too."""
        return len(self.valid)


def read_tracks(content: FileContent) -> Tracks:
    """Reads and checks the table.

    Raises:
        InputError: naming the column, the track and the step.
    """
    columns = read_columns(content)
    ids, agent = np.unique(columns["track_id"], return_inverse=True)
    order = np.argsort([int(np.argmax(agent == a)) for a in range(len(ids))])
    agent = np.argsort(order)[agent]
    names = [str(ids[a]) for a in order]
    step = columns["timestep"]
    _check_steps(content, names, agent, step)
    shape = (int(step.max()) + 1, len(names))
    if shape[0] * shape[1] > MAX_CELLS:
        what = f"{shape[1]} tracks over {shape[0]} steps are more than is read."
        raise InputError(content.name, what, "Split the table into shorter scenarios.")
    grids = {name: np.zeros(shape) for name in NUMBERS}
    for name, grid in grids.items():
        _check_finite(content, name, columns[name], names, agent, step)
        grid[step, agent] = columns[name]
    valid = np.zeros(shape, dtype=bool)
    valid[step, agent] = True
    return Tracks(
        scenario_id=_constant(content, columns["scenario_id"]),
        ids=tuple(names),
        types=_types(content, columns["object_type"], names, agent),
        xy=np.stack([grids["position_x"], grids["position_y"]], axis=-1),
        heading=grids["heading"],
        velocity=np.stack([grids["velocity_x"], grids["velocity_y"]], axis=-1),
        valid=valid,
    )


def _check_steps(content: FileContent, names: list[str], agent: Array, step: Array) -> None:
    where = f"{content.name}: timestep"
    if (bad := (step < 0) | (step >= MAX_STEPS)).any():
        row = int(np.argmax(bad))
        what = f"{step[row]} is not between 0 and {MAX_STEPS - 1}."
        raise InputError(f"{where}, track {names[agent[row]]!r}, row {row}", what, "Export it again.")
    by_track = np.argsort(agent, kind="stable")
    same = np.diff(agent[by_track]) == 0
    if (bad := same & (np.diff(step[by_track]) <= 0)).any():
        row = int(by_track[1:][bad].min())
        what = f"step {step[row]} repeats or goes back."
        raise InputError(f"{where}, track {names[agent[row]]!r}, row {row}", what, "Sort rows by timestep.")


def _check_finite(
    content: FileContent, name: str, values: Array, names: list[str], agent: Array, step: Array
) -> None:
    if (bad := ~np.isfinite(values)).any():
        row = int(np.argmax(bad))
        where = f"{content.name}: {name}, track {names[agent[row]]!r}, step {step[row]}"
        raise InputError(where, f"{values[row]} is not a finite number.", "Leave the row out.")


def _types(content: FileContent, column: Array, names: list[str], agent: Array) -> tuple[str, ...]:
    first = [str(column[int(np.argmax(agent == a))]) for a in range(len(names))]
    for a, (name, kind) in enumerate(zip(names, first, strict=True)):
        where = f"{content.name}: object_type, track {name!r}"
        if kind not in KINDS:
            what = f"{kind[:60]!r} is not a type of object."
            raise InputError(where, what, f"Known are {', '.join(KINDS)}.")
        if (column[agent == a] != kind).any():
            raise InputError(where, "changes within the track.", "Give it one type.")
    return tuple(first)


def _constant(content: FileContent, column: Array) -> str:
    if (column != column[0]).any():
        what = "the table holds more than one scenario."
        raise InputError(f"{content.name}: scenario_id", what, "Split it into one file for each.")
    return str(column[0]) or content.path.stem
