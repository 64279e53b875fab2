"""nuPlan's metrics against slow versions of them, by shapely and plain loops, on random scenes."""

import math

import numpy as np
import pytest
import shapely
import shapely.affinity
from nuplan_scenes import LENGTH, WIDTH, Turned, box, driven, rings, road, scene

from simeval.metrics.nuplan.driving import NuplanDrive
from simeval.metrics.nuplan.overspeed import mean_overspeed

SCENES = range(1000)


@pytest.fixture(scope="module")
def drives():
    return [scene(seed) for seed in SCENES]


def ego_box(drive, t):
    return box(drive.ego.xy[t], drive.ego.heading[t], LENGTH, WIDTH)


def its_box(drive, t, b, after=0.0):
    tracks = drive.tracks
    ahead = np.array([math.cos(tracks.heading[t, b]), math.sin(tracks.heading[t, b])])
    xy = tracks.xy[t, b] + after * tracks.speed[t, b] * ahead
    return box(xy, tracks.heading[t, b], tracks.length[b], tracks.width[b])


def angle_to(drive, t, b):
    away = drive.tracks.xy[t, b] - drive.ego.rear_xy[t]
    angle = math.atan2(away[1], away[0]) - drive.ego.heading[t]
    return abs(math.degrees(math.atan2(math.sin(angle), math.cos(angle))))


def slow_type(drive, t, b):
    if drive.ego.speed[t] <= 0.05:
        return "STOPPED_EGO"
    if drive.tracks.speed[t, b] <= 0.05:
        return "STOPPED_TRACK"
    if angle_to(drive, t, b) > 150.0:
        return "ACTIVE_REAR"
    front_left, _, _, front_right = drive.ego.corners[t]
    hit = shapely.LineString([front_left, front_right]).intersects(its_box(drive, t, b))
    return "ACTIVE_FRONT" if hit else "ACTIVE_LATERAL"


def slow_collisions(drive):
    found = {}
    for t in range(drive.ego.num_steps):
        for b in np.flatnonzero(drive.tracks.valid[t]).tolist():
            if b not in found and ego_box(drive, t).intersects(its_box(drive, t, b)):
                found[b] = (t, slow_type(drive, t, b))
    return found


def test_collisions_agree_with_shapely(drives):
    seen = 0
    for seed, drive in enumerate(drives):
        ours = {c.track: (c.step, c.type.name) for c in drive.collisions}
        assert ours == slow_collisions(drive), seed
        seen += bool(ours)
    assert seen >= 300


def slow_ttc(drive, t, contacts):
    rear = shapely.Point(drive.ego.rear_xy[t])
    wide = not drive.one_lane[t] or any(p.contains(rear) for p in rings(drive.road_map.intersections))
    looked = [
        b
        for b in np.flatnonzero(drive.tracks.valid[t]).tolist()
        if not (b in contacts and contacts[b][0] <= t)
        and (angle_to(drive, t, b) < 30.0 or (wide and angle_to(drive, t, b) <= 150.0))
    ]
    if drive.ego.speed[t] <= 0.005:
        return math.inf
    ahead = np.array([math.cos(drive.ego.heading[t]), math.sin(drive.ego.heading[t])])
    for k in range(1, 30):
        own = box(drive.ego.xy[t] + 0.1 * k * drive.ego.speed[t] * ahead, drive.ego.heading[t], LENGTH, WIDTH)
        if any(own.intersects(its_box(drive, t, b, after=0.1 * k)) for b in looked):
            return 0.1 * k
    return math.inf


def test_times_to_collision_agree_with_shapely(drives):
    """At one step of each scene: what is ahead, or not behind, projected along headings."""
    values = []
    for seed, drive in enumerate(drives):
        t = seed % drive.ego.num_steps
        if t in [c.step for c in drive.at_fault]:
            continue
        contacts = {c.track: (c.step, c.type) for c in drive.collisions}
        ours = drive.times_to_collision()[t]
        assert ours == pytest.approx(slow_ttc(drive, t, contacts), abs=1e-9), seed
        values.append(ours)
    finite = np.array(values)[np.isfinite(values)]
    assert len(finite) >= 300
    assert (np.abs(finite - 0.95) < 0.06).sum() >= 20


def slow_off_road(drive, t, lanes, areas):
    worst = 0.0
    for corner in map(shapely.Point, drive.ego.corners[t]):
        if any(p.contains(corner) for p in (*lanes, *areas)):
            continue
        own = [lanes[i].distance(corner) for i in drive.path[t]]
        worst = max(worst, min([*own, *(a.distance(corner) for a in areas)]))
    return worst


def test_distances_off_the_road_agree_with_shapely(drives):
    values = []
    for seed, drive in enumerate(drives):
        lanes, areas = rings(drive.road_map.outline), rings(drive.road_map.drivable)
        t = seed % drive.ego.num_steps
        slow = slow_off_road(drive, t, lanes, areas)
        assert drive.distance_off_road[t] == pytest.approx(slow, abs=1e-9), seed
        values.append(slow)
    near = drives_near_the_edge()
    values += near
    assert sum(v > 0.0 for v in values) >= 150
    assert sum(0.285 <= v < 0.315 for v in values) >= 100


def drives_near_the_edge():
    """150 straight drives with the right corners 0.285 to 0.315 m beyond the area."""
    values = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        turned, beyond = Turned(rng.uniform(-3.1, 3.1)), 0.3 * rng.uniform(0.95, 1.05)
        ego = driven(rng, turned, 60.0, -2.25 + 1.0 - beyond, 0.0, 5.0, 3)
        drive = NuplanDrive(ego=ego, tracks=scene(seed).tracks, road_map=road(turned), expert_xy=ego.xy)
        assert drive.distance_off_road.max() == pytest.approx(beyond, abs=1e-9)
        values.append(beyond)
    return values


def long_drive(seed):
    """Six seconds, forwards or in reverse, drifting over lanes."""
    rng = np.random.default_rng(seed)
    turned = Turned(rng.uniform(-3.1, 3.1))
    speed = rng.choice([1.0, -1.0]) * rng.uniform(1, 14)
    start = (
        (rng.uniform(-40, 10), rng.uniform(-1, 5)) if speed > 0 else (rng.uniform(30, 90), rng.uniform(-1, 5))
    )
    ego = driven(rng, turned, *start, rng.normal(0, 0.03), speed, 60, rng.normal(0, 0.01))
    expert = driven(rng, turned, -30.0, rng.choice([0.0, 3.5]), 0.0, rng.uniform(5, 15), 60)
    return NuplanDrive(ego=ego, tracks=scene(seed).tracks, road_map=road(turned), expert_xy=expert.xy)


def slow_wrong_way(drive):
    """Every window by itself, with shapely's arc lengths."""
    lines = [shapely.LineString(line) for line in drive.road_map.baseline]
    way, first = [], drive.path[0][0] if drive.path[0] else None
    before = None
    for xy, objects in zip(drive.ego.xy, drive.path, strict=True):
        if not objects:
            way.append(0.0)
        elif objects[0] != first:
            first, before = objects[0], None
            way.append(0.0)
        else:
            s = lines[first].project(shapely.Point(xy))
            way.append(0.0 if before is None else s - before)
            before = s
    return [sum(way[max(0, t - 10) : t + 1]) for t in range(len(way))]


def slow_path(drive):
    """The strip that holds the centre; but from one connector to the one beside it, 3.5 m away, the old."""
    strips, path = rings(drive.road_map.outline), []
    for xy in drive.ego.xy:
        now = [i for i, p in enumerate(strips) if p.contains(shapely.Point(xy))]
        before = path[-1] if path else []
        both = [drive.road_map.is_connector[objects].all() for objects in (now, before) if objects]
        path.append(before if both == [True, True] else now)
    return path


def test_driving_direction_agrees_with_shapely():
    seen = []
    for seed in range(200):
        drive = long_drive(seed)
        assert drive.path == slow_path(drive), seed
        slow = slow_wrong_way(drive)
        assert drive.way_in_one_second == pytest.approx(slow, abs=1e-6), seed
        seen.append(abs(min(slow)))
    assert sum(v > 2.0 for v in seen) >= 50


def test_overspeed_agrees_with_plain_loops():
    seen = 0
    for seed in range(200):
        drive, total = long_drive(seed), 0.0
        for t, objects in enumerate(drive.path):
            names = [drive.road_map.ids[i] for i in objects]
            around = {"over.0": (10.0, 11.0), "over.1": (12.0, 9.0)}
            known = {"in.0": 10.0, "in.1": 12.0, "out.0": 11.0, "out.1": 9.0, "back.0": 10.0}
            if not names:
                continue
            limit = known.get(names[0]) or max(v for n in names for v in around[n])
            total += 0.1 * max(0.0, drive.ego.speed[t] - limit)
        assert mean_overspeed(drive.ego, drive.overspeed) == pytest.approx(total / 5.9, abs=1e-9), seed
        seen += total > 0.0
    assert seen >= 40


def test_progress_on_a_straight_road_is_the_way_along_it():
    """With all blocks in line the sum telescopes to the way between the ends of what lies in the blocks."""
    seen = []
    for seed in range(200):
        drive = long_drive(seed)
        forward = np.array([math.cos(drive.ego.heading[0]), math.sin(drive.ego.heading[0])])
        along = drive.road_map.baseline[0][-1] - drive.road_map.baseline[0][0]
        along /= np.hypot(*along)
        blocks = {leg.block for leg in drive.legs}  # nothing counts beyond the expert's last one
        inside = [bool(p) and drive.road_map.block[p[0]] in blocks for p in drive.path]
        if not all(inside) or forward @ along < 0.0 or drive.ego.velocity[0, 0] < 0.0:
            continue
        moved = (drive.ego.xy[-1] - drive.ego.xy[0]) @ along
        if moved < 0.0:  # going back into a block that the list has left behind is not seen
            continue
        expert = (drive.expert_xy[-1] - drive.expert_xy[0]) @ along
        ours = drive.progress(drive.ego.xy).sum()
        assert ours == pytest.approx(moved, abs=1e-6), seed
        assert drive.progress_ratio == pytest.approx(min(1.0, max(2.0, moved) / max(2.0, expert)), abs=1e-6)
        seen.append(drive.progress_ratio)
    assert len(seen) >= 50
    assert sum(0.2 < r < 1.0 for r in seen) >= 25


def test_a_drive_beside_the_lanes_and_back_regains_its_progress():
    rng, turned = np.random.default_rng(1), Turned(0.7)
    x, y = np.linspace(-30.0, 10.0, 41), np.where(np.abs(np.linspace(-30, 10, 41) + 10) < 6, -3.0, 0.0)
    expert = driven(rng, turned, -30.0, 0.0, 0.0, 10.0, 41)
    drive = NuplanDrive(ego=expert, tracks=scene(1).tracks, road_map=road(turned), expert_xy=expert.xy)
    steps = drive.progress(turned(np.column_stack([x, y])))
    away = y < -1.75
    assert (steps[away] == 0.0).all()
    assert steps.sum() == pytest.approx(40.0)


def test_the_ego_that_stands_straddling_is_not_in_one_lane():
    rng, turned = np.random.default_rng(1), Turned(-1.2)
    for y, expected in ((0.0, True), (1.75, False), (3.5, True), (5.25, False), (-3.0, False)):
        ego = driven(rng, turned, 0.0, y, 0.0, 5.0, 3)
        drive = NuplanDrive(ego=ego, tracks=scene(1).tracks, road_map=road(turned), expert_xy=ego.xy)
        assert drive.one_lane.all() == expected
