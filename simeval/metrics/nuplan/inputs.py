"""What nuPlan's metrics are given here: its ego, tracks and map, from an episode of ours."""

from __future__ import annotations

import weakref

import numpy as np
import shapely
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry.polygons import Polygons
from simeval.metrics.episode import Episode
from simeval.metrics.nuplan.driving import NuplanDrive
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.tracks import NuplanKind, NuplanTracks
from simeval.metrics.shared import shared
from simeval.safety.road import ASSUMED_LANE_WIDTH
from simeval.scenario import AgentKind, AreaKind, LaneKind, Lanes, RoadMap

__all__ = ["drive_of", "has_limits", "has_outlines", "nuplan_map"]

_MAPS: weakref.WeakKeyDictionary[RoadMap, NuplanMap] = weakref.WeakKeyDictionary()


@shared
def drive_of(episode: Episode) -> NuplanDrive:
    """The episode as a drive under nuPlan's metrics."""
    road_map, ego = nuplan_map(episode.scenario.map), _ego(episode)
    return NuplanDrive(
        ego=ego, tracks=_tracks(episode), road_map=road_map, expert_xy=_expert(episode),
        given_area_distance=None if len(road_map.drivable) else _by_edges(episode, ego),
    )  # fmt: skip


def nuplan_map(road_map: RoadMap) -> NuplanMap:
    """Lanes for motor traffic with their outlines; made once for each map.

    A lane without bounds is its centre line, widened. A road block is all lanes of one section; a lane
    without a section is one by itself. Lanes for bicycles are none of nuPlan's.
    """
    if road_map not in _MAPS:
        _MAPS[road_map] = _build(road_map)
    return _MAPS[road_map]


def has_outlines(road_map: RoadMap) -> bool:
    """Whether all lanes that metrics use have both bounds."""
    lanes = road_map.lanes
    bounded = (lanes.left.counts >= 2) & (lanes.right.counts >= 2)
    return bool((bounded | (lanes.kind == LaneKind.BIKE)).all())


def has_limits(road_map: RoadMap) -> bool:
    """Whether the speed limit of any lane is known."""
    return bool(road_map.lanes.has_limit.any())


def _build(road_map: RoadMap) -> NuplanMap:
    lanes = road_map.lanes
    used = [i for i in range(len(lanes)) if lanes.kind[i] != LaneKind.BIKE and len(lanes.centre[i]) >= 2]
    index = {lane: k for k, lane in enumerate(used)}
    names = [lanes.section[i] or f"lane {lanes.ids[i]}" for i in used]
    blocks = {name: b for b, name in enumerate(dict.fromkeys(names))}
    block = np.array([blocks[name] for name in names], dtype=np.int64)
    outline = Polygons.of([_outline(lanes, i) for i in used])
    return NuplanMap(
        ids=tuple(lanes.ids[i] for i in used),
        is_connector=lanes.is_connector[used] == 1,
        outline=outline,
        baseline=[np.ascontiguousarray(lanes.centre[i]) for i in used],
        speed_limit=np.where(lanes.has_limit[used] == 1, lanes.speed_limit[used], np.nan),
        outgoing=[[index[j] for j in lanes.successors[i].tolist() if j in index] for i in used],
        incoming=[[index[j] for j in lanes.predecessors[i].tolist() if j in index] for i in used],
        block=block,
        block_outline=outline,
        block_of_outline=block,
        intersections=Polygons.of(road_map.areas_of(AreaKind.INTERSECTION)),
        drivable=Polygons.of(road_map.areas_of(AreaKind.DRIVABLE)),
    )


def _has_bounds(lanes: Lanes, i: int) -> bool:
    return len(lanes.left[i]) >= 2 and len(lanes.right[i]) >= 2


def _outline(lanes: Lanes, i: int) -> Float[Array, "k 2"]:
    if _has_bounds(lanes, i):
        return np.concatenate([lanes.left[i], lanes.right[i][::-1]])
    wide = shapely.LineString(lanes.centre[i]).buffer(0.5 * ASSUMED_LANE_WIDTH, cap_style="flat")
    parts = [p for p in shapely.get_parts(wide) if isinstance(p, shapely.Polygon) and not p.is_empty]
    largest = max(parts, key=lambda p: p.area, default=None)
    return np.zeros((0, 2)) if largest is None else shapely.get_coordinates(largest.exterior)


def _ego(episode: Episode) -> NuplanEgo:
    """The rear axle moves as part of the body; its acceleration has no part across, as in nuPlan's own
    simulation, whose vehicle model writes 0 there."""
    trace, agents = episode.trace, episode.trace.agents
    axle = float(agents.bodies.axle[episode.bodies.of(episode.ego)][0])
    heading, yaw_rate = episode.ego_heading, np.asarray(trace.yaw_rate[:, episode.ego], dtype=np.float64)
    c, s = np.cos(heading), np.sin(heading)
    vx, vy = trace.states.velocity[:, episode.ego].T
    turning = np.diff(yaw_rate, prepend=yaw_rate[:1]) / episode.dt
    return NuplanEgo(
        time=np.arange(episode.num_steps) * episode.dt,
        rear_xy=episode.ego_xy + axle * np.column_stack([c, s]), heading=heading,
        velocity=np.column_stack([c * vx + s * vy, c * vy - s * vx + axle * yaw_rate]),
        acceleration=np.column_stack([trace.acceleration, np.zeros(episode.num_steps)]),
        yaw_rate=yaw_rate, yaw_acceleration=turning,
        length=float(agents.length[episode.ego]), width=float(agents.width[episode.ego]),
        rear_to_centre=-axle,
    )  # fmt: skip


def _tracks(episode: Episode) -> NuplanTracks:
    """Every body of every other road user is a box; all boxes of one road user are one track."""
    bodies, agents = episode.bodies, episode.trace.agents
    others = np.flatnonzero(bodies.agent != episode.ego)
    pose = bodies.pose[:, others]
    return NuplanTracks(
        xy=pose[..., :2], heading=np.arctan2(pose[..., 3], pose[..., 2]),
        velocity=bodies.velocity[:, others], valid=bodies.valid[:, others],
        length=2.0 * bodies.half[others, 0], width=2.0 * bodies.half[others, 1],
        track=bodies.agent[others], names=agents.ids,
        kinds=tuple(GROUPS[kind] for kind in agents.kind.tolist()),
    )  # fmt: skip


def _kind(kind: AgentKind) -> NuplanKind:
    """nuPlan counts motorcycles among bicycles."""
    if kind is AgentKind.STATIC:
        return NuplanKind.OBJECT
    vulnerable = kind.is_vulnerable or kind is AgentKind.MOTORCYCLE
    return NuplanKind.VULNERABLE if vulnerable else NuplanKind.VEHICLE


GROUPS = {int(kind): _kind(kind) for kind in AgentKind}


def _expert(episode: Episode) -> Float[Array, "e 2"]:
    """Logged places of the ego from the first recorded step on, also beyond the end of the episode."""
    states, first = episode.scenario.states, episode.trace.first_step
    return np.ascontiguousarray(states.xy[first:, episode.ego][states.valid[first:, episode.ego]])


def _by_edges(episode: Episode, ego: NuplanEgo) -> Float[Array, "t 4"] | None:
    """Distance beyond the road's edge where the map has no drivable areas; None: it has no edges either."""
    if episode.road.boundary is None:
        return None
    distance = episode.road.boundary.signed_distance(ego.corners.reshape(-1, 2))
    return np.maximum(0.0, distance).reshape(ego.num_steps, 4)
