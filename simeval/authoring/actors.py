"""Road users on their marks: where each starts, how fast, and along which line."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from jaxtyping import Float

from simeval.arrays import Array
from simeval.authoring.combinations import outlines
from simeval.authoring.lines import locate
from simeval.authoring.network import Network
from simeval.authoring.schema import At, Ego, RoadUser
from simeval.authoring.vehicles import VEHICLES, Vehicle
from simeval.authoring.where import Where
from simeval.scenario import Controller

__all__ = ["Actor", "box_of", "place_at", "vehicle_of"]


@dataclass(frozen=True, eq=False)
class Actor:
    """One road user at the start."""

    id: str
    vehicle: Vehicle
    controller: Controller
    xy: Float[Array, "2"]  # box centre [m]
    heading: float  # [rad]
    speed: float  # [m/s]
    path: Float[Array, "n 2"]  # empty: does not move
    desired_speed: float  # [m/s]; 0: not said
    hitches: Float[Array, "h"] = field(default_factory=lambda: np.zeros(0))  # [rad]
    enter: float = 0.0  # when it may appear [s]


def vehicle_of(user: Ego | RoadUser, where: Where) -> Vehicle:
    """The row of the vehicle table, with the size that the file gives.

    Raises:
        InputError: a kind that is not in the table, a size for one of several bodies.
    """
    if user.kind not in VEHICLES:
        raise (where / "kind").unknown("vehicle kind", user.kind, VEHICLES)
    row = VEHICLES[user.kind]
    if user.size_m is None:
        return row
    if row.combination is not None:
        raise (where / "size_m").error(
            f"{user.kind!r} has several bodies, whose sizes belong together.", "Leave size_m out."
        )
    length, width = user.size_m
    return Vehicle(row.kind, length, width, row.wheelbase * length / row.length)


def place_at(
    at: At, vehicle: Vehicle, network: Network, others: dict[str, Actor], where: Where
) -> tuple[int, float]:
    """(lane, arc length of the centre of the first body on it) of a road user.

    Raises:
        InputError: an unknown lane, a place off the lane's ends, a reference that cannot be resolved.
    """
    lane = network.lane(at.lane, where / "lane")
    given = [k for k in ("s_m", "ahead_of", "behind") if getattr(at, k) is not None]
    if len(given) != 1:
        raise where.error(
            f"says {' and '.join(map(repr, given)) or 'no place along the lane'}.",
            "Write exactly one of s_m, ahead_of, behind.",
        )
    s = at.s_m if at.s_m is not None else _beside(at, vehicle, lane, network, others, where)
    if not 0.0 <= s <= network.length(lane):
        raise (where / given[0]).error(
            f"{s:.1f} m is not on lane {at.lane!r}, which is {network.length(lane):.1f} m long.",
            "Choose another place or lane.",
        )
    return lane, s


def _beside(
    at: At, vehicle: Vehicle, lane: int, network: Network, others: dict[str, Actor], where: Where
) -> float:
    """Arc length bumper to bumper with another road user, whose place is projected on the lane."""
    key, name = ("ahead_of", at.ahead_of) if at.ahead_of is not None else ("behind", at.behind)
    if at.gap_m is None:
        raise where.error("key 'gap_m' is missing.", f"Add the distance to {name!r}, bumper to bumper.")
    if name not in others:
        raise (where / key).error(
            f"{name!r} is not the ego or an agent above.", f"Write one of: {', '.join(others)}."
        )
    other = others[str(name)]
    s, _ = locate(network.centre(lane), other.xy)
    if not 0.0 < s < network.length(lane):
        raise (where / key).error(
            f"{name!r} is not beside lane {at.lane!r}.", "Choose a lane that runs alongside, or write s_m."
        )
    if at.ahead_of is not None:
        return s + other.vehicle.front + at.gap_m + vehicle.tail
    return s - other.vehicle.tail - at.gap_m - vehicle.front


def box_of(actor: Actor) -> shapely.Geometry:
    """The outline of a road user at the start, with everything it pulls."""
    return shapely.union_all(outlines(actor.xy, actor.heading, actor.hitches, actor.vehicle.bodies))
