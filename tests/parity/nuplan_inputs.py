"""nuPlan's cases as our records."""

import numpy as np

from simeval.geometry.polygons import Polygons
from simeval.metrics.nuplan.driving import NuplanDrive
from simeval.metrics.nuplan.ego import NuplanEgo
from simeval.metrics.nuplan.map import NuplanMap
from simeval.metrics.nuplan.tracks import NuplanKind, NuplanTracks

LENGTH, WIDTH, REAR_TO_CENTRE = 5.176, 2.297, 1.461  # the vehicle those cases were computed with


def ego_of(rows):
    """Rows of time_us, rear x, y, heading, vx, vy, ax, ay, yaw rate, yaw acceleration."""
    table = np.asarray(rows, dtype=np.float64)
    return NuplanEgo(
        time=table[:, 0] * 1e-6, rear_xy=table[:, 1:3], heading=table[:, 3], velocity=table[:, 4:6],
        acceleration=table[:, 6:8], yaw_rate=table[:, 8], yaw_acceleration=table[:, 9],
        length=LENGTH, width=WIDTH, rear_to_centre=REAR_TO_CENTRE,
    )  # fmt: skip


def number(value):
    """A number of the files, where what is not finite is a string."""
    return float(value)


def report(wrong):
    assert not wrong, f"{len(wrong)} differ, the first: {wrong[:5]}"


def map_of(raw):
    """A map of nuplan_metrics_scenarios."""
    objects = [*raw["lanes"], *raw["lane_connectors"]]
    index = {o["id"]: i for i, o in enumerate(objects)}
    blocks = {b["id"]: i for i, b in enumerate(raw["roadblocks"])}
    outgoing = [[index[o] for o in x["outgoing"]] for x in objects]
    return NuplanMap(
        ids=tuple(index),
        is_connector=np.arange(len(objects)) >= len(raw["lanes"]),
        outline=Polygons.of([np.array(o["polygon"]) for o in objects]),
        baseline=[np.array(o["baseline"]) for o in objects],
        speed_limit=np.array([o["speed_limit_mps"] for o in objects], dtype=np.float64),
        outgoing=outgoing,
        incoming=[[i for i, to in enumerate(outgoing) if k in to] for k in range(len(objects))],
        block=np.array([blocks.get(o["roadblock_id"], -1) for o in objects]),
        block_outline=Polygons.of([np.array(b["polygon"]) for b in raw["roadblocks"]]),
        block_of_outline=np.arange(len(raw["roadblocks"])),
        intersections=Polygons.of([np.array(a["polygon"]) for a in raw["intersections"]]),
        drivable=Polygons.of([np.array(a["polygon"]) for a in raw["drivable_areas"]]),
    )


KINDS = {
    "PEDESTRIAN": NuplanKind.VULNERABLE,
    "BICYCLE": NuplanKind.VULNERABLE,
    "VEHICLE": NuplanKind.VEHICLE,
}


def tracks_of(raw, num_steps):
    """Tracks of nuplan_metrics_scenarios; all have one box."""
    xy = np.zeros((num_steps, len(raw), 2))
    heading, velocity = np.zeros((num_steps, len(raw))), np.zeros((num_steps, len(raw), 2))
    valid = np.zeros((num_steps, len(raw)), dtype=bool)
    for b, track in enumerate(raw):
        first, last = track["frames"]
        table = np.array(track["states"], dtype=np.float64)
        xy[first:last, b], heading[first:last, b] = table[:, :2], table[:, 2]
        velocity[first:last, b], valid[first:last, b] = table[:, 3:], True
    return NuplanTracks(
        xy=xy, heading=heading, velocity=velocity, valid=valid,
        length=np.array([t["length"] for t in raw], dtype=np.float64),
        width=np.array([t["width"] for t in raw], dtype=np.float64),
        track=np.arange(len(raw)), names=tuple(t["token"] for t in raw),
        kinds=tuple(KINDS.get(t["type"], NuplanKind.OBJECT) for t in raw),
    )  # fmt: skip


def drive_of(scenario, road_map):
    """A scenario of nuplan_metrics_scenarios; without an expert the ego is its own."""
    ego = ego_of(scenario["ego"])
    expert = ego if scenario["expert"] is None else ego_of(scenario["expert"])
    tracks = tracks_of(scenario["tracks"], ego.num_steps)
    return NuplanDrive(ego=ego, tracks=tracks, road_map=road_map, expert_xy=expert.xy)


def frames_of(raw):
    """Tracks given frame by frame: token, type, centre x, y, heading, length, width, vx, vy."""
    names = tuple(dict.fromkeys(row[0] for frame in raw for row in frame))
    first = {name: next(row for frame in raw for row in frame if row[0] == name) for name in names}
    table = np.zeros((len(raw), len(names), 5))
    valid = np.zeros((len(raw), len(names)), dtype=bool)
    for t, frame in enumerate(raw):
        for name, _, x, y, heading, _, _, vx, vy in frame:
            table[t, names.index(name)], valid[t, names.index(name)] = (x, y, heading, vx, vy), True
    return NuplanTracks(
        xy=table[..., :2], heading=table[..., 2], velocity=table[..., 3:], valid=valid,
        length=np.array([first[n][5] for n in names], dtype=np.float64),
        width=np.array([first[n][6] for n in names], dtype=np.float64),
        track=np.arange(len(names)), names=names,
        kinds=tuple(KINDS.get(first[n][1], NuplanKind.OBJECT) for n in names),
    )  # fmt: skip
