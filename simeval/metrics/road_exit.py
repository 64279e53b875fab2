"""How the ego came off the road: over which side, in a bend or not, how fast, and whether it steered."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import point_at, wrap_angle
from simeval.metrics.episode import Episode
from simeval.metrics.speed_severity import route_curvature

__all__ = ["EXIT", "road_exit"]

EXIT = ("side", "bend", "body", "speed_mps", "curve_accel_mps2", "lateral_mps2", "followed", "angle_deg")

BEND = math.radians(8.0)  # a road that turns less around the place is straight
AROUND_S, AROUND = 1.0, 12.0  # [s], at least [m]: before and behind the place
LOOKED_S, LOOKED = 6.0, 100.0  # [s], at most [m]: how far back the steering is compared with the road
LATELY_S = 2.0
ASIDE = 1.0  # [m] who is farther from the route came off on that side of it, whichever corner went first
FAR = 30.0  # [m] farther from the route nothing is known of the bend


def road_exit(episode: Episode, first: int, last: int) -> dict[str, str | float | bool | None]:
    """Facts of a stretch off the road, for `EXIT`.

    `bend`: whether the side lies inside or outside of the bend of the route, the route is straight there, or
    it is unknown because the route is far; `followed`: which share of the route's turn of the last seconds
    the ego turned, None where the route did not turn; `lateral` the largest acceleration across in the two
    seconds before.
    """
    outside = episode.road.boundary.signed_distance(episode.ego_corners[first].reshape(-1, 2)).reshape(-1, 4)  # type: ignore[union-attr]
    body, corner = np.unravel_index(int(np.argmax(outside)), outside.shape)
    side = "left" if corner in (0, 1) else "right"
    lately = slice(max(0, first - round(LATELY_S / episode.dt)), first + 1)
    speed, across = episode.ego_motion.speed, np.abs(episode.ego_motion.across[lately])
    bend, followed, asked, angle = _of_route(episode, first, lately, _side_of_route(episode, first, side))
    return {
        "side": side,
        "bend": bend,
        "body": float(body),
        "speed_mps": float(speed[first]),
        "curve_accel_mps2": asked,
        "lateral_mps2": float(np.nanmax(across)) if not np.isnan(across).all() else None,
        "followed": followed,
        "angle_deg": angle,
    }


def _side_of_route(episode: Episode, first: int, side: str) -> str:
    """The far edge of a junction lies across: who drives straight on meets it with either corner."""
    aside = float(episode.route_d[first]) if episode.scenario.route is not None else 0.0
    return side if not ASIDE < abs(aside) <= FAR else "left" if aside > 0.0 else "right"


def _of_route(
    episode: Episode, first: int, lately: slice, side: str
) -> tuple[str, float | None, float | None, float | None]:
    """Side of the bend, share of it that was steered, acceleration it asks for, angle to the road [deg]."""
    route = episode.scenario.route
    if route is None or len(route.xy) < 2 or not abs(float(episode.route_d[first])) <= FAR:
        return "unknown", None, None, None
    xy, s = np.asarray(route.xy, dtype=np.float64), episode.route_s
    speed = float(episode.ego_motion.speed[first])
    around = max(AROUND, AROUND_S * speed)
    here = _turn(xy, float(s[first]) - around, float(s[first]) + around)
    bend = "straight" if abs(here) < BEND else "inside" if (here > 0.0) == (side == "left") else "outside"
    back = max(0, first - round(LOOKED_S / episode.dt))
    begin = max(float(s[back]), float(s[first]) - LOOKED)
    back = int(np.argmax(s[: first + 1] >= begin))
    asked = _turn(xy, float(s[back]), float(s[first]))
    own = np.unwrap(episode.ego_heading[back : first + 1])
    followed = float((own[-1] - own[0]) / asked) if abs(asked) >= 0.75 * BEND else None
    if followed is not None and bend == "straight":  # the bend lies behind it: outside is where it led on to
        bend = "straight" if followed > 0.5 else "outside" if (asked > 0.0) != (side == "left") else bend
    curve = episode.ego_motion.speed[lately] ** 2 * np.abs(route_curvature(xy, s[lately]))
    angle = wrap_angle(float(episode.ego_heading[first]) - float(point_at(xy, s[first : first + 1])[1][0]))
    return bend, followed, float(np.nanmax(curve)), abs(math.degrees(angle))


def _turn(xy: Float[Array, "n 2"], start: float, end: float) -> float:
    """Change of direction of a line between two arc lengths [rad]."""
    count = max(2, int((end - start) / 2.0) + 1)
    direction = np.unwrap(point_at(xy, np.linspace(start, end, count))[1])
    return float(direction[-1] - direction[0])
