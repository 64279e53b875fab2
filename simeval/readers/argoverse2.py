"""Argoverse 2 motion forecasting: tracks in Parquet, the local map in a JSON file beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.argoverse2_map import map_of_archive
from simeval.readers.argoverse2_table import track_columns
from simeval.readers.argoverse2_tracks import KINDS, Tracks, read_tracks
from simeval.readers.consistency import fill_velocities, notes_about_motion
from simeval.readers.content import FileContent
from simeval.readers.frame import counted
from simeval.readers.sizes import ASSUMED_SIZES
from simeval.scenario.agents import Agents, States
from simeval.scenario.ego import infer_route
from simeval.scenario.kinds import Controller
from simeval.scenario.names import sanitised
from simeval.scenario.polylines import Polylines
from simeval.scenario.roadmap import RoadMap
from simeval.scenario.scenario import Provenance, Scenario
from simeval.scenario.signals import Signals
from simeval.scenario.validate import check_scenario

__all__ = ["FORMAT_NAME", "is_map_archive", "read_argoverse2", "sniff_argoverse2"]

FORMAT_NAME = "argoverse2"
LICENCE = "CC BY-NC-SA 4.0 (Argoverse 2 data; non-commercial)"
DT = 0.1  # [s]
EGO = "AV"  # the track of the recording vehicle
LAST_OBSERVED = 49  # steps 0 to 49 are history, 50 to 109 the future
START_WITHOUT_FUTURE = 10


def sniff_argoverse2(content: FileContent) -> bool:
    """A Parquet file with the columns of a track table."""
    return content.is_parquet and {"track_id", "timestep", "position_x"} <= track_columns(content)


def is_map_archive(content: FileContent) -> bool:
    """A JSON object with lane segments and drivable areas."""
    return {"lane_segments", "drivable_areas"} <= content.keys


def read_argoverse2(content: FileContent) -> Scenario:
    """Reads a track table and the map archive in the same folder.

    Raises:
        InputError: naming the column, the track and the step that make no sense.
    """
    tracks = read_tracks(content)
    num_steps = tracks.num_steps
    start = LAST_OBSERVED if num_steps > LAST_OBSERVED + 1 else START_WITHOUT_FUTURE
    if num_steps < start + 2:
        what = f"is too short to simulate: {counted(num_steps, 'step')}, at least {start + 2} are needed."
        raise InputError(content.name, what, "Steps before the start are history.")
    ego = tracks.ids.index(EGO) if EGO in tracks.ids else None
    states, origin = _states(tracks, ego)
    archive = _archive_beside(content, tracks.scenario_id)
    roads, repaired = (RoadMap.empty(), []) if archive is None else map_of_archive(archive, origin)
    agents = _agents(tracks)
    states, filled = fill_velocities(states, agents, DT)
    scenario = Scenario(
        id=f"{FORMAT_NAME}/{sanitised(tracks.scenario_id)}",
        suite=FORMAT_NAME,
        family=FORMAT_NAME,
        dt=DT,
        start_step=start,
        origin=(float(origin[0]), float(origin[1])),
        agents=agents,
        states=states,
        ego=ego,
        route=None,
        goal=None,
        paths=Polylines.of([np.zeros((0, 2))] * len(agents)),
        map=roads,
        signals=Signals.none(num_steps),
        provenance=Provenance(
            format=FORMAT_NAME,
            licence=LICENCE,
            source_id=tracks.scenario_id[:200],
            files=(content.path.name, *([] if archive is None else [archive.path.name])),
        ),
        missing=_missing(ego, archive, start, states, agents),
        repaired=(*repaired, *filled),
    )
    check_scenario(scenario, content.name)
    return infer_route(scenario)


def _states(tracks: Tracks, ego: int | None) -> tuple[States, Array]:
    """Local states, and a whole number of metres as origin, so that taking it away loses no digit."""
    valid = tracks.valid
    first = (
        tracks.xy[int(np.argmax(valid[:, ego])), ego] if ego is not None else tracks.xy[valid].mean(axis=0)
    )
    origin = np.round(first)
    return States.of(tracks.xy - origin, tracks.heading, tracks.velocity, valid), origin


def _agents(tracks: Tracks) -> Agents:
    kinds = [KINDS[t] for t in tracks.types]
    sizes = np.array([ASSUMED_SIZES[k] for k in kinds])
    agents = Agents.simple(tracks.ids, [int(k) for k in kinds], sizes[:, 0], sizes[:, 1])
    moves = np.array([k.is_vehicle or k.is_vulnerable for k in kinds], dtype=bool)
    return replace(agents, controller=np.where(moves, agents.controller, int(Controller.REPLAY)))


def _missing(
    ego: int | None, archive: FileContent | None, start: int, states: States, agents: Agents
) -> tuple[str, ...]:
    missing = ["ego"] if ego is None else []
    missing += ["map"] if archive is None else []
    missing += ["sizes", "speed_limits", "signals"]
    missing += ["future withheld"] if start == START_WITHOUT_FUTURE else []
    return tuple(missing + notes_about_motion(states, agents, DT))


def _archive_beside(content: FileContent, scenario_id: str) -> FileContent | None:
    """The map archive in the folder of the tracks; where there are several, the one named after them."""
    others = [FileContent(p) for p in sorted(content.path.parent.iterdir()) if _may_be_archive(p)]
    named = [o for o in others if scenario_id and scenario_id in o.path.name]
    for candidates in (named, [o for o in others if _is_readable(o)]):
        found = [o for o in candidates if o.is_json and is_map_archive(o)]
        if len(found) > 1:
            what = f"{len(found)} map archives are in its folder and none is named after it."
            raise InputError(content.name, what, f"Put {scenario_id[:60]!r} into the map's file name.")
        if found:
            return found[0]
    return None


def _is_readable(content: FileContent) -> bool:
    """Whether it is sound; what else lies in the folder and is not, says nothing about these tracks."""
    try:
        return content.is_json and len(content.keys) > 0
    except InputError:
        return False


def _may_be_archive(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        return file.read(64).lstrip()[:1] == b"{"
