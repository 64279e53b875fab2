"""What NAVSIM's scores are given here: the first four seconds of an episode and of those compared with it.

NAVSIM lets a policy plan once, simulates that plan for four seconds and scores the result. An episode whose
policy plans once and is followed by the `nuplan` tracker is exactly that; one that plans more often is the
closed-loop form of it.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry.polygons import Polygons
from simeval.metrics.episode import Episode
from simeval.metrics.navsim.areas import EgoAreas, ego_areas
from simeval.metrics.navsim.scene import NavsimScene
from simeval.metrics.navsim.simulation import STEP, STEPS, Column, ego_of_states, simulate
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.inputs import drive_of
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.tracks import NuplanTracks
from simeval.metrics.shared import shared
from simeval.scenario import AreaKind, RoadMap, SignalState

__all__ = ["NavsimDrive", "drive_for_navsim", "human_drive", "is_sampled"]

PAST = (15, 10, 5, 0)  # steps before the present that NAVSIM's history holds
_ROADS: weakref.WeakKeyDictionary[RoadMap, Polygons] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True, eq=False)
class NavsimDrive:
    """Up to 41 states of a drive, its surroundings, and where it is in them."""

    ego: NuplanEgo
    scene: NavsimScene
    areas: EgoAreas


def is_sampled(episode: Episode) -> bool:
    """Whether steps are 0.1 s long, as NAVSIM's are."""
    return abs(episode.dt - STEP) < 1e-9


@shared
def drive_for_navsim(episode: Episode) -> NavsimDrive:
    """The first four seconds of the ego, or what there is of them."""
    return _drive(episode, _first(drive_of(episode).ego, STEPS + 1))


@shared
def human_drive(episode: Episode) -> NavsimDrive | None:
    """The logged four seconds as a plan, simulated like any other; None where the log does not have them."""
    states, first, ego = episode.scenario.states, episode.trace.first_step, episode.ego
    rows = slice(first, first + STEPS + 1)
    if len(states.valid[rows, ego]) <= STEPS or not states.valid[rows, ego].all():
        return None
    shape, bodies = drive_of(episode).ego, episode.trace.agents.bodies
    body = episode.bodies.of(ego).start
    heading = states.heading[rows, ego].astype(np.float64)
    ahead = np.column_stack([np.cos(heading), np.sin(heading)])
    plan = np.column_stack([states.xy[rows, ego] - shape.rear_to_centre * ahead, heading])
    now = np.zeros(len(Column))
    now[:3], now[Column.SPEED] = plan[0], shape.velocity[0, 0]
    now[Column.ACCELERATION], now[Column.STEERING] = episode.trace.acceleration[0], episode.trace.steering[0]
    driven = simulate(plan, now, float(bodies.wheelbase[body]))
    size = {"length": shape.length, "width": shape.width, "rear_to_centre": shape.rear_to_centre}
    return _drive(episode, ego_of_states(driven, **size))


def _drive(episode: Episode, ego: NuplanEgo) -> NavsimDrive:
    scene = _scene(episode, ego.num_steps)
    return NavsimDrive(ego=ego, scene=scene, areas=ego_areas(ego, scene))


def _first(ego: NuplanEgo, count: int) -> NuplanEgo:
    arrays = ("time", "rear_xy", "heading", "velocity", "acceleration", "yaw_rate", "yaw_acceleration")
    return replace(ego, **{name: getattr(ego, name)[:count] for name in arrays})


def _scene(episode: Episode, count: int) -> NavsimScene:
    road_map, route = drive_of(episode).road_map, episode.scenario.route
    red_areas, is_red = _red(episode, road_map, count)
    return NavsimScene(
        tracks=_longest(drive_of(episode).tracks, count), red_areas=red_areas, is_red=is_red,
        road_map=road_map, road=_road(episode.scenario.map, road_map), on_route=_on_route(episode, road_map),
        centre_line=np.zeros((0, 2)) if route is None else np.asarray(route.xy, dtype=np.float64),
        history=_history(episode),
    )  # fmt: skip


def _longest(tracks: NuplanTracks, count: int) -> NuplanTracks:
    """The steps of the drive; a trace that ended earlier shows nobody after its end."""
    there = min(count, len(tracks.valid))

    def cut(values: Array) -> Array:
        out = np.zeros((count, *values.shape[1:]), dtype=values.dtype)
        out[:there] = values[:there]
        return out

    return replace(
        tracks, xy=cut(tracks.xy), heading=cut(tracks.heading), velocity=cut(tracks.velocity),
        valid=cut(tracks.valid),
    )  # fmt: skip


def _road(road_map: RoadMap, lanes: NuplanMap) -> Polygons:
    """Lanes, intersections, drivable areas; without intersection areas connectors stand for them."""
    if road_map not in _ROADS:
        crossings = road_map.areas_of(AreaKind.INTERSECTION)
        outline = lanes.outline
        used = [i for i in range(len(lanes.ids)) if not (lanes.is_connector[i] and crossings)]
        rings = [outline.xy[outline.offsets[i] : outline.offsets[i + 1]] for i in used]
        _ROADS[road_map] = Polygons.of([*rings, *crossings, *road_map.areas_of(AreaKind.DRIVABLE)])
    return _ROADS[road_map]


def _on_route(episode: Episode, road_map: NuplanMap) -> Bool[Array, "n"]:
    """All lanes side by side with one of the route, as NAVSIM's route is one of road blocks."""
    route = episode.scenario.route
    wanted = set() if route is None else set(route.lane_ids)
    named = np.array([name in wanted for name in road_map.ids], dtype=np.bool_)
    return np.isin(road_map.block, road_map.block[named])


def _red(
    episode: Episode, road_map: NuplanMap, count: int
) -> tuple[list[Float[Array, "_ 2"]], Bool[Array, "t r"]]:
    """Connectors behind red signals: the signal's own lane, or those that follow it."""
    signals, lanes = episode.scenario.signals, episode.scenario.map.lanes
    index = {name: i for i, name in enumerate(road_map.ids)}
    pairs = []
    for k in range(len(signals)):
        own = index.get(lanes.ids[signals.lane[k]], -1) if signals.lane[k] >= 0 else -1
        if own >= 0:
            closed = [own] if road_map.is_connector[own] else list(road_map.outgoing[own])
            pairs += [(i, k) for i in closed if road_map.is_connector[i]]
    steps = np.minimum(episode.trace.first_step + np.arange(count), len(signals.state) - 1)
    outline = road_map.outline
    rings = [outline.xy[outline.offsets[i] : outline.offsets[i + 1]] for i, _ in pairs]
    is_red = signals.state[steps][:, [k for _, k in pairs]] == int(SignalState.RED)
    return rings, is_red.reshape(count, len(pairs))


def _history(episode: Episode) -> NuplanEgo | None:
    """Four logged states half a second apart, the last the present; None where the log begins later."""
    states, ego, now = episode.scenario.states, episode.ego, episode.trace.first_step
    if now < PAST[0] or not states.valid[now - PAST[0] : now + 1, ego].all():
        return None
    shape = drive_of(episode).ego
    rows = now - np.array(PAST)
    logged = slice(now - PAST[0], now + 1)
    heading = np.unwrap(states.heading[logged, ego].astype(np.float64))
    forward = np.column_stack([np.cos(heading), np.sin(heading)])
    left = np.column_stack([-forward[:, 1], forward[:, 0]])
    turning = shape.rear_to_centre * np.gradient(heading, STEP)[:, None] * left
    velocity = states.velocity[logged, ego] - turning
    rate = np.gradient(velocity, STEP, axis=0)
    at = rows - (now - PAST[0])
    centre = states.xy[rows, ego] - shape.rear_to_centre * forward[at]
    zero = np.zeros(len(at))
    return replace(
        shape, time=-STEP * np.array(PAST, dtype=np.float64), rear_xy=centre, heading=heading[at],
        velocity=np.column_stack([(velocity * forward).sum(1), (velocity * left).sum(1)])[at],
        acceleration=np.column_stack([(rate * forward).sum(1), (rate * left).sum(1)])[at],
        yaw_rate=zero, yaw_acceleration=zero,
    )  # fmt: skip
