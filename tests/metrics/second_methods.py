"""Slow second implementations: dense time sampling with shapely polygons and plain loops."""

import numpy as np
import shapely

from simeval.geometry import corners
from simeval.metrics.worlds import Track, world


def polygons(xy, heading, length, width):
    """Boxes as shapely polygons, one a row."""
    return shapely.polygons(corners(np.asarray(xy), np.asarray(heading), length, width))


def pair(seed, count):
    """Boxes (x, y, heading, length, width, vx, vy): one drives along its heading, another one meets it."""
    rng = np.random.default_rng(seed)
    one, two = np.zeros((count, 7)), np.zeros((count, 7))
    for table in (one, two):
        table[:, 2] = rng.uniform(-np.pi, np.pi, count)
        table[:, 3], table[:, 4] = rng.uniform(1.0, 8.0, count), rng.uniform(0.6, 2.5, count)
    speed = rng.uniform(1.0, 25.0, count)
    one[:, 5], one[:, 6] = speed * np.cos(one[:, 2]), speed * np.sin(one[:, 2])
    other = rng.uniform(0.0, 15.0, count) * (rng.random(count) > 0.3)
    two[:, 5], two[:, 6] = other * np.cos(two[:, 2]), other * np.sin(two[:, 2])
    meet = rng.uniform(0.3, 4.5, count)[:, None]  # [s] about when their centres come close
    two[:, :2] = one[:, :2] + meet * (one[:, 5:] - two[:, 5:]) + rng.normal(0.0, 1.0, (count, 2))
    return one, two


def touches_sampled(one, two, first, until, acceleration, fine=0.002):
    """Whether box 1, kept until `first` and then accelerated, meets box 2 in the following `until` seconds.

    The boxes are shrunk and grown by a millimetre: True, False, or None where only that decides.
    """
    t = np.arange(0.0, until + fine / 2, fine)[:, None]
    own = one[:2] + one[5:] * (first + t) + 0.5 * np.asarray(acceleration) * t * t
    its = two[:2] + two[5:] * (first + t)
    shift = its - own
    answers = []
    for grow in (-0.004, 0.004):
        a = shapely.Polygon(corners(np.zeros(2), one[2], one[3] + grow, one[4] + grow))
        ring = corners(np.zeros(2), two[2], two[3] + grow, two[4] + grow)
        moved = shapely.polygons(ring[None] + shift[:, None, :])
        answers.append(bool(shapely.intersects(a, moved).any()))
    return answers[0] if answers[0] == answers[1] else None


def busy_road(seed, cars=5, seconds=3.0, road_map=None, spread=3.0, extra=()):
    """An ego that turns and brakes a little among cars ahead, beside and crossing."""
    rng = np.random.default_rng(seed)
    plan = ((1.0, float(rng.uniform(-4, 2)), float(rng.uniform(-0.3, 0.3))),)
    tracks = [Track(speed=float(rng.uniform(3, 20)), plan=plan, length=float(rng.uniform(3.5, 6)))]
    for _ in range(cars - 1):
        crossing = rng.random() < 0.35
        tracks.append(
            Track(
                x=float(rng.uniform(-10, 60)),
                y=float(rng.uniform(-25, 25) if crossing else rng.normal(0.0, spread)),
                heading=float(rng.choice([-1, 1]) * rng.uniform(1, 2) if crossing else rng.normal(0, 0.2)),
                speed=float(rng.uniform(0, 14) * (rng.random() > 0.2)),
                plan=((2.0, float(rng.uniform(-5, 2)), 0.0),),
                length=float(rng.uniform(0.8, 10)), width=float(rng.uniform(0.6, 2.5)),
            )
        )  # fmt: skip
    return world([*tracks, *extra], seconds=seconds, road_map=road_map, goal=(40.0, 0.0))


def boxes_at(made, t):
    """Rows x, y, heading, length, width, vx, vy of all agents at a step."""
    states, agents = made.trace.states, made.trace.agents
    return np.column_stack([states.xy[t], states.heading[t], agents.length, agents.width, states.velocity[t]])
