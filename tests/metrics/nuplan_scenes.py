"""Random drives on a road with an oncoming lane and a crossing, turned by any angle; shapely's view of it."""

import numpy as np
import shapely

from simeval.geometry.polygons import Polygons
from simeval.metrics.nuplan.driving import NuplanDrive
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.tracks import NuplanKind, NuplanTracks

LENGTH, WIDTH, REAR = 4.8, 2.0, 1.4
KINDS = (NuplanKind.VEHICLE, NuplanKind.VULNERABLE, NuplanKind.OBJECT)
# name: x from, x to, y of the centre, +1 along x, connector or not; the road block is the name up to the dot
STRIPS = {
    "in.0": (-80.0, 20.0, 0.0, 1, False), "in.1": (-80.0, 20.0, 3.5, 1, False),
    "over.0": (20.0, 50.0, 0.0, 1, True), "over.1": (20.0, 50.0, 3.5, 1, True),
    "out.0": (50.0, 150.0, 0.0, 1, False), "out.1": (50.0, 150.0, 3.5, 1, False),
    "back.0": (-80.0, 150.0, 7.0, -1, False),
}  # fmt: skip
OUTGOING = {"in.0": ["over.0"], "in.1": ["over.1"], "over.0": ["out.0"], "over.1": ["out.1"]}
LIMITS = {"in.0": 10.0, "in.1": 12.0, "out.0": 11.0, "out.1": 9.0, "back.0": 10.0}


class Turned:
    """The plane, turned."""

    def __init__(self, angle):
        self.angle = angle
        c, s = np.cos(angle), np.sin(angle)
        self.matrix = np.array([[c, s], [-s, c]])

    def __call__(self, xy):
        return np.asarray(xy, dtype=np.float64) @ self.matrix


def rectangle(x0, x1, y0, y1):
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def road(turned):
    names = list(STRIPS)
    outlines, lines = [], []
    for x0, x1, y, way, _ in STRIPS.values():
        outlines.append(turned(rectangle(x0, x1, y - 1.75, y + 1.75)))
        x = np.linspace(x0, x1, 12)[::way]
        lines.append(turned(np.column_stack([x, np.full_like(x, y)])))
    outgoing = [[names.index(o) for o in OUTGOING.get(n, [])] for n in names]
    blocks = list(dict.fromkeys(n.partition(".")[0] for n in names))
    block = np.array([blocks.index(n.partition(".")[0]) for n in names])
    return NuplanMap(
        ids=tuple(names), is_connector=np.array([s[4] for s in STRIPS.values()]),
        outline=Polygons.of(outlines), baseline=lines,
        speed_limit=np.array([LIMITS.get(n, np.nan) for n in names]),
        outgoing=outgoing,
        incoming=[[i for i, to in enumerate(outgoing) if k in to] for k in range(len(names))],
        block=block, block_outline=Polygons.of(outlines), block_of_outline=block,
        intersections=Polygons.of([turned(rectangle(20, 50, -1.75, 8.75))]),
        drivable=Polygons.of([turned(rectangle(-80, 150, -2.25, 9.25))]),
    )  # fmt: skip


def driven(rng, turned, x, y, heading, speed, steps, turn=0.0):
    """A drive at constant speed and yaw rate, with an acceleration that is only recorded."""
    time = 0.1 * np.arange(steps)
    angle = heading + turn * time
    ahead = np.column_stack([np.cos(angle), np.sin(angle)])
    xy = np.array([x, y]) + np.concatenate([np.zeros((1, 2)), np.cumsum(0.1 * speed * ahead[:-1], axis=0)])
    return NuplanEgo(
        time=time, rear_xy=turned(xy - REAR * ahead), heading=angle + turned.angle,
        velocity=np.column_stack([np.full(steps, abs(speed)), np.zeros(steps)]),
        acceleration=np.column_stack([rng.normal(0, 1, steps), np.zeros(steps)]),
        yaw_rate=np.full(steps, turn), yaw_acceleration=np.zeros(steps),
        length=LENGTH, width=WIDTH, rear_to_centre=REAR,
    )  # fmt: skip


def scene(seed, *, steps=8, others=5):
    """A drive with some boxes around; every third ego drives near the edge of the road."""
    rng = np.random.default_rng(seed)
    turned = Turned(rng.uniform(-3.1, 3.1))
    heading, way = rng.normal(0, 0.05), rng.choice([1.0, 1.0, 1.0, -1.0])
    y = rng.choice([0.0, 3.5, 1.75, rng.uniform(-2, 9), -1.25 - 0.3 * rng.uniform(0.9, 1.1)])
    speed = way * rng.uniform(0, 15) if rng.uniform() > 0.05 else 0.0
    ego = driven(rng, turned, rng.uniform(-20, 100), y, heading, speed, steps, rng.normal(0, 0.1))
    where = turned(rng.uniform([-15, -6], [15, 6], (others, 2))) + ego.xy[0]
    angle = rng.uniform(-3.1, 3.1, others)
    fast = rng.uniform(0, 12, others) * (rng.uniform(size=others) > 0.25)
    velocity = fast[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    time = 0.1 * np.arange(steps)[:, None, None]
    tracks = NuplanTracks(
        xy=where + time * velocity, heading=np.tile(angle, (steps, 1)),
        velocity=np.tile(velocity, (steps, 1, 1)),
        valid=rng.uniform(size=(steps, others)) > 0.1, length=rng.uniform(0.5, 6, others),
        width=rng.uniform(0.5, 2.2, others), track=np.arange(others),
        names=tuple(f"other{k}" for k in range(others)),
        kinds=tuple(KINDS[k] for k in rng.integers(0, 3, others)),
    )  # fmt: skip
    return NuplanDrive(ego=ego, tracks=tracks, road_map=road(turned), expert_xy=ego.xy)


def box(xy, heading, length, width):
    half = shapely.box(-0.5 * length, -0.5 * width, 0.5 * length, 0.5 * width)
    turned = shapely.affinity.rotate(half, heading, origin=(0, 0), use_radians=True)
    return shapely.affinity.translate(turned, *xy)


def rings(polygons):
    return [
        shapely.Polygon(polygons.xy[a:b])
        for a, b in zip(polygons.offsets, polygons.offsets[1:], strict=False)
    ]
