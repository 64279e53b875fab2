"""What CARLA's driving score counts, on the events that a simulation without sensors has.

Source: carla-simulator/leaderboard aec8131, statistics_manager.py, and carla-simulator/scenario_runner
94ff3b8, atomic_criteria.py.
"""

from __future__ import annotations

import numpy as np

from simeval.geometry import arc_lengths
from simeval.metrics.episode import Episode
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.scenario import AgentKind

__all__ = ["outside_lanes", "pedestrian_contacts", "route_completion", "static_contacts", "vehicle_contacts"]

STANDS = 0.1  # [m/s] a slower ego is not blamed
SOON, NEAR = 5.0, 5.0  # [s], [m] within which contacts count as one
ARRIVED, ALL = 10.0, 0.99  # [m] from the end, and share of the route, from which it is complete


def _contacts(episode: Episode, kinds: set[AgentKind]) -> Reading:
    """Contacts of the moving ego; one within 5 m of the last that counted is the same accident.

    A road user counts once here whatever the time between two contacts with it.
    """
    places, first, who = list[tuple[float, float]](), None, -1
    for c in episode.contacts:
        if episode.trace.agents.kind_of(c.agent) not in kinds:
            continue
        if abs(float(episode.ego_motion.speed[max(0, c.step - 1)])) < STANDS:
            continue
        if any(np.hypot(c.x - x, c.y - y) < NEAR for x, y in places[-1:]):
            continue
        places.append((c.x, c.y))
        first, who = (c.step, c.agent) if first is None else (first, who)
    return Reading(float(len(places)), step=first, agent=episode.name(who))


@metric("carla_pedestrian_contacts", unit="1", better="lower", on_request=True)
def pedestrian_contacts(episode: Episode) -> Reading:
    """Collisions of the moving ego with pedestrians, as CARLA counts them."""
    return _contacts(episode, {AgentKind.PEDESTRIAN})


@metric("carla_vehicle_contacts", unit="1", better="lower", on_request=True)
def vehicle_contacts(episode: Episode) -> Reading:
    """Collisions of the moving ego with vehicles and cyclists, as CARLA counts them."""
    return _contacts(episode, {k for k in AgentKind if k.is_vehicle} | {AgentKind.CYCLIST})


@metric("carla_static_contacts", unit="1", better="lower", on_request=True)
def static_contacts(episode: Episode) -> Reading:
    """Collisions of the moving ego with things, as CARLA counts them."""
    return _contacts(episode, {AgentKind.STATIC, AgentKind.OTHER})


@metric("carla_route_completion", unit="1", better="higher", on_request=True)
def route_completion(episode: Episode) -> Reading:
    """Share of the route behind the ego; all of it from 10 m before its end and 99 % on."""
    route = episode.scenario.route
    if route is None or np.isnan(episode.route_s).all():
        return undefined("the scenario has no route")
    start, end = float(episode.route_s[0]), float(arc_lengths(route.xy)[-1])
    if end - start <= 0.0:
        return undefined("the route ends where the ego starts")
    done = float(np.nanmax(episode.route_s)) - start
    share = min(1.0, max(0.0, done / (end - start)))
    arrived = end - start - done <= ARRIVED and share >= ALL
    return Reading(1.0 if arrived else share)


@metric("carla_outside_lanes_share", unit="1", better="lower", on_request=True)
def outside_lanes(episode: Episode) -> Reading:
    """Share of the driven way on which the ego's centre is in no lane that runs its way."""
    if not len(episode.scenario.map.lanes):
        return undefined("the map has no lanes")
    way = np.hypot(*np.diff(episode.ego_xy, axis=0).T)
    if not way.sum() > 0.0:
        return Reading(0.0)
    out = episode.lane[1:] < 0
    step = int(np.argmax(out)) + 1 if out.any() else None
    return Reading(float(way[out].sum() / way.sum()), step=step)
