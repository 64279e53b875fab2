"""The other road users of an authored scenario: their places, lines and controllers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import shapely

from simeval.arrays import Array
from simeval.authoring.actors import Actor, place_at, vehicle_of
from simeval.authoring.combinations import hitches_along
from simeval.authoring.network import Network
from simeval.authoring.schema import RoadUser
from simeval.authoring.vehicles import Vehicle
from simeval.authoring.where import Where
from simeval.scenario import AgentKind, Controller

__all__ = ["place_user"]

CONTROLLERS = {
    "auto": Controller.AUTO,
    "idm": Controller.IDM,
    "scripted": Controller.SCRIPTED,
    "parked": Controller.PARKED,
    "mobil": Controller.MOBIL,
    "pedestrian": Controller.PEDESTRIAN,
    "cyclist": Controller.CYCLIST,
    "idm-nuplan": Controller.IDM_NUPLAN,
    "idm-waymax": Controller.IDM_WAYMAX,
}
ON_WHEELS = ("idm", "mobil", "idm-nuplan", "idm-waymax")
LEAST_PATH = 2.0  # shorter ones say that someone stands [m]
PATH_STEP = 2.0  # drawn paths get a point at least this often [m]


def place_user(user: RoadUser, network: Network, others: dict[str, Actor], where: Where) -> Actor:
    """One road user at its start.

    Raises:
        InputError: a place that does not exist, a path too short, a controller that does not fit.
    """
    vehicle = vehicle_of(user, where)
    _check_keys(user, vehicle, where)
    if user.at is not None:
        return _on_lane(user, vehicle, network, others, where)
    key, path = _own_path(user, network, where)
    length = float(shapely.LineString(path).length)
    if length < LEAST_PATH:
        raise (where / key).error(
            f"is {length:.2f} m long; a path has at least {LEAST_PATH:g} m.",
            "Lengthen it, or park the agent with controller = \"parked\" and 'at'.",
        )
    path = np.asarray(shapely.segmentize(shapely.LineString(path), PATH_STEP).coords)
    step = path[1] - path[0]
    actor = _actor(user, vehicle, path[0], math.atan2(step[1], step[0]), user.speed_mps, path, 0.0)
    return _with_hitches(actor, path)


def _check_keys(user: RoadUser, vehicle: Vehicle, where: Where) -> None:
    """Keys that exclude or need one another."""
    ways = [k for k in ("at", "path", "crossing") if getattr(user, k) is not None]
    if len(ways) != 1:
        raise where.error(
            f"has {' and '.join(map(repr, ways)) or 'no place'}.", "Write exactly one of at, path, crossing."
        )
    if user.do and user.controller != "scripted":
        raise (where / "do").error(
            f"controller {user.controller!r} takes no actions.", 'Write controller = "scripted".'
        )
    if user.controller == "parked" and (ways != ["at"] or user.at is None or user.at.speed_mps):
        raise where.error("is parked, but has a path or a speed.", "Place it with 'at' and no 'speed_mps'.")
    if not _can_drive(user.controller, vehicle.kind):
        raise (where / "controller").error(
            f"{user.kind!r} cannot be driven by {user.controller}.", 'Write "scripted" or "parked".'
        )
    if user.at is not None and user.speed_mps:
        raise (where / "speed_mps").error("belongs to a 'path' or 'crossing'.", "Write it inside 'at'.")
    if user.at is not None and user.controller != "parked" and user.at.heading_offset_deg:
        raise (where / "at" / "heading_offset_deg").error(
            "whoever follows a lane faces along it.", 'Leave it out or write controller = "parked".'
        )


def _can_drive(controller: str, kind: AgentKind) -> bool:
    """Whether a model drives agents of a kind."""
    if controller in ("pedestrian", "cyclist"):
        return kind.name.lower() == controller
    rides = kind == AgentKind.CYCLIST and controller in ("idm", "idm-waymax")
    return controller not in ON_WHEELS or kind.is_vehicle or rides


def _on_lane(
    user: RoadUser, vehicle: Vehicle, network: Network, others: dict[str, Actor], where: Where
) -> Actor:
    assert user.at is not None
    at = user.at
    lane, s = place_at(at, vehicle, network, others, where / "at")
    xy, heading = network.place(lane, s, at.offset_m)
    heading += math.radians(at.heading_offset_deg)
    if user.controller == "parked":
        parked = _actor(user, vehicle, xy, heading, 0.0, np.zeros((0, 2)), 0.0)
        return _with_hitches(parked, network.centre(lane))
    lanes = network.route(user.route, where / "route") if user.route else network.straight_on(lane)
    if lanes[0] != lane:
        raise (where / "route").error("does not begin on the agent's own lane.", f"Begin with {at.lane!r}.")
    lanes += network.straight_on(lanes[-1])[1:]
    line = network.line(lanes, user.change_at_s_m, user.change_over_m, where)
    actor = _actor(user, vehicle, xy, heading, at.speed_mps, _beside(line, at.offset_m), network.limit(lane))
    return _with_hitches(actor, _beside(network.centre(lane), at.offset_m))


def _with_hitches(actor: Actor, line: Array) -> Actor:
    return replace(actor, hitches=hitches_along(line, actor.xy, actor.heading, actor.vehicle.bodies))


def _own_path(user: RoadUser, network: Network, where: Where) -> tuple[str, Array]:
    """(key, points) of a drawn path or a crossing."""
    if user.crossing is None:
        path = np.array(user.path, dtype=np.float64).reshape(-1, 2)
        if len(path) < 2:
            raise (where / "path").error(f"has {len(path)} points.", "Write at least two, [[x, y], [x, y]].")
        return "path", path
    way = user.crossing
    lane = network.lane(way.lane, where / "crossing" / "lane")
    if way.s_m > network.length(lane):
        raise (where / "crossing" / "s_m").error(
            f"{way.s_m} m is not on lane {way.lane!r}, which is {network.length(lane):.1f} m long.",
            "Choose another place.",
        )
    across = network.across(lane, way.s_m, way.from_side == "left", way.margin_m)
    assert across is not None, "templates pave all their lanes"
    return "crossing", across


def _beside(line: Array, offset: float) -> Array:
    """The line moved to the left [m]."""
    if offset == 0.0:
        return line
    step = np.gradient(line, axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], axis=1) / np.hypot(step[:, 0], step[:, 1])[:, None]
    return np.asarray(line + offset * normal)


def _actor(
    user: RoadUser, vehicle: Vehicle, xy: Array, heading: float, speed: float, path: Array, limit: float
) -> Actor:
    needs_one = user.controller in (*ON_WHEELS, "auto") or any(do.cruise for do in user.do)
    desired = user.desired_speed_mps or (limit if needs_one else 0.0)
    return Actor(
        id=user.id, vehicle=vehicle, controller=CONTROLLERS[user.controller], xy=xy, heading=heading,
        speed=speed, path=path, desired_speed=desired or 0.0,
    )  # fmt: skip
