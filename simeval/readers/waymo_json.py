"""Waymo Open Motion scenarios in the JSON forms of GPUDrive, PufferDrive and Nocturne."""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.consistency import notes_about_motion
from simeval.readers.content import FileContent
from simeval.readers.frame import counted
from simeval.readers.waymo_json_agents import agents_of
from simeval.readers.waymo_json_map import map_of_roads
from simeval.readers.waymo_json_schema import File, decode_file
from simeval.readers.waymo_json_signals import signals_of
from simeval.readers.waymo_json_tracks import START_STEP, num_steps_of, track_of
from simeval.scenario.agents import Agents, States
from simeval.scenario.ego import infer_route
from simeval.scenario.names import sanitised
from simeval.scenario.polylines import Polylines
from simeval.scenario.scenario import Provenance, Scenario
from simeval.scenario.validate import check_scenario

__all__ = ["FORMAT_NAME", "read_waymo_json", "sniff_waymo_json"]

FORMAT_NAME = "waymo-json"
LICENCE = "Waymo Dataset License Agreement for Non-Commercial Use, unless the file was made from other data"
DT = 0.1  # [s]


def sniff_waymo_json(content: FileContent) -> bool:
    """A JSON object with road users and roads."""
    return {"objects", "roads"} <= content.keys


def read_waymo_json(content: FileContent) -> Scenario:
    """Reads one file.

    Raises:
        InputError: naming the field, the agent and the step that make no sense.
    """
    file = decode_file(content)
    num_steps = num_steps_of(content, file)
    tracks = [track_of(content, i, o, num_steps, file.is_nocturne) for i, o in enumerate(file.objects)]
    present = [i for i, t in enumerate(tracks) if t[3].any()]
    ego = _ego(content, file, present)
    if not present:
        raise InputError(f"{content.name}: objects", "no agent is ever valid.", "Export it again.")
    xy, heading, velocity, valid = (np.stack([tracks[i][k] for i in present], axis=1) for k in range(4))
    origin = _origin(xy, valid, ego)
    states = States.of(xy - origin, heading, velocity, valid)
    roads, repaired = map_of_roads(content, file.roads, origin, has_signals=bool(file.tl_states))
    signals, notes = signals_of(content, file, roads, origin, num_steps)
    agents, kinds = agents_of(file, present)
    repaired = [*repaired, *notes, *kinds]
    if len(present) < len(tracks):
        repaired.append(f"{counted(len(tracks) - len(present), 'agent')} never there left out")
    source = _source_id(content, file)
    scenario = Scenario(
        id=f"{FORMAT_NAME}/{sanitised(source)}",
        suite=FORMAT_NAME,
        family=FORMAT_NAME,
        dt=DT,
        start_step=START_STEP,
        origin=(float(origin[0]), float(origin[1])),
        agents=agents,
        states=states,
        ego=ego,
        route=None,
        goal=None,
        paths=Polylines.of([np.zeros((0, 2))] * len(present)),
        map=roads,
        signals=signals,
        provenance=Provenance(
            format=FORMAT_NAME, licence=LICENCE, source_id=source, files=(content.path.name,)
        ),
        missing=_missing(file, states, agents),
        repaired=tuple(repaired),
    )
    check_scenario(scenario, content.name)
    return infer_route(scenario)


def _ego(content: FileContent, file: File, present: list[int]) -> int | None:
    index = None if file.metadata is None else file.metadata.sdc_track_index
    if index is None:
        return None
    where = f"{content.name}: metadata.sdc_track_index"
    if not 0 <= index < len(file.objects):
        what = f"{index} is not the index of one of {len(file.objects)} objects."
        raise InputError(where, what, "Correct it or remove the key and choose with --ego.")
    if index not in present:
        raise InputError(where, f"agent {index} is never valid.", "Remove the key and choose with --ego.")
    return present.index(index)


def _origin(xy: Array, valid: Array, ego: int | None) -> Array:
    """A whole number of metres, so that taking it away loses no digit."""
    first = xy[valid].mean(axis=0) if ego is None else xy[int(np.argmax(valid[:, ego])), ego]
    return np.asarray(np.round(first))


def _source_id(content: FileContent, file: File) -> str:
    return (file.scenario_id or file.name.removesuffix(".json") or content.path.stem)[:200]


def _missing(file: File, states: States, agents: Agents) -> tuple[str, ...]:
    missing = ["speed_limits", "topology"]
    if not file.tl_states:
        missing.append("signals")
    if file.metadata is None or file.metadata.sdc_track_index is None:
        missing.insert(0, "ego")
    return tuple(missing + notes_about_motion(states, agents, DT))
