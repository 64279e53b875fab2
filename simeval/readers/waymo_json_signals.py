"""Traffic signals of a Nocturne or GPUDrive file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.content import FileContent
from simeval.readers.frame import counted
from simeval.readers.waymo_json_schema import File, TrafficLight
from simeval.scenario.kinds import SignalState
from simeval.scenario.roadmap import RoadMap
from simeval.scenario.signals import Signals

__all__ = ["signals_of"]

STATES = {
    "unknown": SignalState.UNKNOWN,
    "stop": SignalState.RED,
    "arrow_stop": SignalState.RED,
    "caution": SignalState.YELLOW,
    "arrow_caution": SignalState.YELLOW,
    "go": SignalState.GREEN,
    "arrow_go": SignalState.GREEN,
    "flashing_stop": SignalState.UNKNOWN,  # a stop sign, in effect: neither red nor green
    "flashing_caution": SignalState.UNKNOWN,
}
MAX_STOP_DISTANCE = 1.0  # [m] from the stop point to the start of the lane it controls, along x and y


def signals_of(
    content: FileContent, file: File, roads: RoadMap, origin: Array, num_steps: int
) -> tuple[Signals, list[str]]:
    """Signals in the local frame, and notes. Steps a file does not speak of are unknown; after the last
    one its state is held.

    A signal belongs to the lane with its id; where lanes have no ids, to the one that starts at its stop
    point, for Waymo puts stop points at the start of the lane controlled.

    Raises:
        InputError: when steps repeat or go back, or a state is unknown.
    """
    if not file.tl_states:
        return Signals.none(num_steps), []
    starts = roads.lanes.centre.xy[roads.lanes.centre.offsets[:-1]]
    has_ids = any(r.id is not None for r in file.roads if r.type == "lane")
    state = np.full((num_steps, len(file.tl_states)), int(SignalState.UNKNOWN), dtype=np.int64)
    lane, stop, last = [], [], []
    for column, (name, light) in enumerate(file.tl_states.items()):
        where = f"{content.name}: tl_states.{name[:60]}"
        steps, values = _observations(where, light, num_steps)
        state[steps, column] = values
        state[steps[-1] :, column] = values[-1]
        point = _stop_point(where, light) - origin
        stop.append(point)
        last.append(steps[-1])
        lane.append(roads.lanes.index.get(name, -1) if has_ids else _lane_at(point, starts))
    notes = [] if has_ids else ["signals were matched to lanes by their stop points"]
    if -1 in lane:
        notes.append(f"{counted(lane.count(-1), 'signal')} without a lane in the map")
    if any(s.startswith("flashing") for light in file.tl_states.values() for s in light.state):
        notes.append("flashing signals were taken as unknown")
    return Signals(
        lane=np.array(lane, dtype=np.int64),
        stop_xy=np.array(stop, dtype=float).reshape(-1, 2),
        state=state,
        last_known=np.array(last, dtype=np.int64),
    ), notes


def _observations(where: str, light: TrafficLight, num_steps: int) -> tuple[Array, Array]:
    if not light.state or len(light.state) != len(light.time_index):
        what = f"state has {len(light.state)} entries and time_index has {len(light.time_index)}."
        raise InputError(where, what, "Both need one entry for each observation, at least one.")
    for i, step in enumerate(light.time_index):
        if not 0 <= step < num_steps or (i and step <= light.time_index[i - 1]):
            what = f"{step} is out of order or not in [0, {num_steps - 1}]."
            raise InputError(f"{where}.time_index[{i}]", what, "Steps must rise.")
    for i, word in enumerate(light.state):
        if word.lower() not in STATES:
            what = f"{word[:60]!r} is not a signal state."
            raise InputError(f"{where}.state[{i}]", what, f"Known are {', '.join(STATES)}.")
    values = [int(STATES[word.lower()]) for word in light.state]
    return np.array(light.time_index, dtype=np.int64), np.array(values, dtype=np.int64)


def _stop_point(where: str, light: TrafficLight) -> Array:
    point = [_first(v) for v in (light.x, light.y)]
    if None in point:
        raise InputError(where, "has no stop point.", "x and y need at least one entry.")
    return np.array(point, dtype=float)


def _first(values: Sequence[float] | float) -> float | None:
    if isinstance(values, float):
        return values
    return values[0] if values else None


def _lane_at(point: Array, starts: Array) -> int:
    if not len(starts):
        return -1
    distance = np.abs(starts - point).max(axis=1)
    nearest = int(np.argmin(distance))
    return nearest if distance[nearest] <= MAX_STOP_DISTANCE else -1
