"""Roads made by templates have the geometry their settings say."""

import math

import numpy as np
import pytest
import shapely

from simeval.authoring import TEMPLATES, make_map
from simeval.geometry import corners
from simeval.scenario import AreaKind, RoadMap, Source

TURNS = ("straight", "left", "right")


def drivable(road: RoadMap) -> shapely.Polygon:
    """The whole road; one around an island is given in two halves."""
    whole = shapely.union_all([shapely.Polygon(p) for p in road.areas_of(AreaKind.DRIVABLE)])
    assert isinstance(whole, shapely.Polygon)
    return whole


def lane_polygon(road: RoadMap, lane: int) -> shapely.Polygon:
    return shapely.Polygon(np.concatenate([road.lanes.right[lane], road.lanes.left[lane][::-1]]))


VARIANTS = {
    "straight": ("straight", {"num_lanes": 3, "num_oncoming": 2, "crosswalks_s_m": [100.0]}),
    "left bend": ("curve", {"num_lanes": 2, "radius_m": 25.0, "angle_deg": 120.0}),
    "right bend": ("curve", {"num_lanes": 3, "radius_m": 12.0, "angle_deg": -90.0, "lane_width_m": 3.1}),
    "ramp": ("on_ramp", {"num_lanes": 3}),
    "steep ramp": ("on_ramp", {"num_lanes": 1, "ramp_angle_deg": 30.0, "ramp_radius_m": 40.0}),
    "small crossing": ("intersection", {"corner_radius_m": 3.0, "lane_width_m": 3.0}),
    "right lane ends": ("lane_drop", {"num_lanes": 3, "taper_m": 40.0}),
    "left lane ends": ("lane_drop", {"side": "left", "lane_width_m": 3.2}),
    "two roads": ("merge", {"num_left": 3, "right_angle_deg": 15.0, "right_radius_m": 80.0}),
    "two roads, all lanes kept": ("merge", {"num_left": 1, "num_right": 1, "drops": False}),
    "small roundabout": ("roundabout", {"radius_m": 13.0, "entry_radius_m": 8.0, "lane_width_m": 3.3}),
    "large roundabout": ("roundabout", {"radius_m": 35.0, "shoulder_m": 1.0}),
    "side road": ("t_junction", {"num_lanes": 2}),
    "large crossing": ("intersection", {"num_lanes": 3, "corner_radius_m": 12.0, "shoulder_m": 1.0}),
}


@pytest.fixture(params=VARIANTS)
def road(request) -> RoadMap:
    template, settings = VARIANTS[request.param]
    return make_map(template, **settings)


def test_the_pavement_contains_every_lane(road):
    paved = drivable(road).buffer(1e-6)
    assert paved.is_valid
    for lane in range(len(road.lanes)):
        assert paved.covers(lane_polygon(road, lane)), road.lanes.ids[lane]


@pytest.mark.parametrize("length", [4.6, 2.2])
def test_a_car_on_any_centre_line_keeps_its_corners_on_the_pavement(road, length):
    paved = drivable(road)
    far_ends = shapely.union_all(
        [shapely.Point(c[k]).buffer(0.51 * length) for c in road.lanes.centre for k in (0, -1)]
    )
    for lane, name in enumerate(road.lanes.ids):
        line = road.lanes.centre[lane]
        step = np.diff(line, axis=0)
        middle, heading = 0.5 * (line[1:] + line[:-1]), np.arctan2(step[:, 1], step[:, 0])
        box = shapely.points(corners(middle, heading, length, 1.9).reshape(-1, 2))
        inside = shapely.covers(paved, box)
        if not road.lanes.is_connector[lane]:  # beyond the end of a road there is nothing
            inside |= shapely.covers(far_ends, shapely.points(np.repeat(middle, 4, axis=0)))
        assert inside.all(), name


def test_lanes_have_their_width_everywhere(road):
    for lane in range(len(road.lanes)):
        across = road.lanes.left[lane] - road.lanes.right[lane]
        width = np.hypot(across[:, 0], across[:, 1])
        assert width == pytest.approx(width[0], abs=1e-9)


def test_a_lane_begins_where_its_predecessor_ends(road):
    lanes = road.lanes
    for lane in range(len(lanes)):
        for after in lanes.successors[lane]:
            assert lane in lanes.predecessors[int(after)]
            for lines in (lanes.centre, lanes.left, lanes.right):
                assert lines[int(after)][0] == pytest.approx(lines[lane][-1], abs=1e-9)


def test_neighbours_share_a_section_and_a_bound(road):
    lanes = road.lanes
    for lane in range(len(lanes)):
        left = int(lanes.left_neighbour[lane])
        if left >= 0:
            assert lanes.right_neighbour[left] == lane
            assert lanes.section[left] == lanes.section[lane]
            assert lanes.right[left] == pytest.approx(lanes.left[lane], abs=1e-9)


def test_edges_and_open_ends_make_up_the_outline_and_the_road_lies_to_their_left(road):
    paved = drivable(road)
    edges = shapely.union_all([shapely.LineString(e) for e in road.edges.line])
    assert paved.boundary.buffer(1e-6).covers(edges)
    for edge in road.edges.line:
        step = np.diff(edge, axis=0)
        long = np.hypot(step[:, 0], step[:, 1]) > 0.1
        left = np.stack([-step[:, 1], step[:, 0]], axis=1)[long]
        beside = 0.5 * (edge[1:] + edge[:-1])[long] + 0.01 * left / np.hypot(left[:, :1], left[:, 1:])
        assert shapely.covers(paved, shapely.points(beside)).all()


def test_points_are_two_metres_apart_at_most(road):
    for line in road.lanes.centre:
        step = np.diff(line, axis=0)
        assert np.hypot(step[:, 0], step[:, 1]).max() <= 2.0 + 1e-9


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_works_with_its_defaults_and_knows_its_topology(name):
    road = make_map(name)
    assert road.topology is Source.GIVEN
    assert road.id == make_map(name).id
    assert road.lanes.has_limit.all()


def test_a_straight_road_has_the_area_of_a_rectangle():
    road = make_map(
        "straight", num_lanes=2, num_oncoming=1, length_m=123.0, lane_width_m=3.25, shoulder_m=0.75
    )
    assert drivable(road).area == pytest.approx(123.0 * (3 * 3.25 + 1.5), rel=1e-12)
    assert road.lanes.ids == ("main.0", "main.1", "oncoming.0")
    assert road.lanes.centre[2][0] == pytest.approx([123.0, 6.5])


@pytest.mark.parametrize(("angle", "radii"), [(90.0, (40.0, 36.5)), (-90.0, (40.0, 43.5))])
def test_the_lanes_of_a_bend_are_arcs_of_a_circle(angle, radii):
    road = make_map("curve", num_lanes=2, radius_m=40.0, angle_deg=angle)
    centre = np.array([150.0, math.copysign(40.0, angle)])
    for i, radius in enumerate(radii):
        away = road.lanes.centre[road.lanes.index[f"curve.{i}"]] - centre
        assert np.hypot(away[:, 0], away[:, 1]) == pytest.approx(radius, abs=1e-9)


def test_a_bend_has_the_area_of_a_ring_and_two_rectangles():
    road = make_map("curve", num_lanes=1, radius_m=40.0, angle_deg=60.0, shoulder_m=0.5)
    ring = math.radians(60.0) / 2 * ((40.0 + 2.25) ** 2 - (40.0 - 2.25) ** 2)
    assert drivable(road).area == pytest.approx(2 * 150.0 * 4.5 + ring, rel=1e-3)


def test_the_acceleration_lane_ends_beside_the_main_road():
    road = make_map("on_ramp")
    lanes, accel = road.lanes, road.lanes.index["accel.0"]
    assert not lanes.successors[accel].size
    assert lanes.left_neighbour[accel] == lanes.index["merge.0"]
    assert lanes.section[accel] == "merge"
    ramp = lanes.centre[lanes.index["ramp.0"]]
    start = ramp[1] - ramp[0]
    assert math.degrees(math.atan2(start[1], start[0])) == pytest.approx(8.0)
    arc = road.lanes.centre[lanes.index["ramp.0"]][-5:]
    centre = np.array([250.0, -3.5 - 150.0])
    assert np.hypot(*(arc - centre).T) == pytest.approx(150.0, abs=1e-6)


@pytest.mark.parametrize(("side", "to"), [("right", [0, 0, 1]), ("left", [0, 1, 1])])
def test_where_a_lane_ends_it_meets_its_neighbour(side, to):
    road = make_map("lane_drop", num_lanes=3, side=side, taper_m=60.0)
    lanes = road.lanes
    for i, after in enumerate(to):
        taper = lanes.index[f"taper.{i}"]
        assert [lanes.ids[k] for k in lanes.successors[taper]] == [f"after.{after}"]
        assert lanes.centre[taper][0] == pytest.approx([300.0, 3.5 * i])
    moved = lanes.centre[lanes.index["taper.0" if side == "right" else "taper.2"]]
    turn = np.unwrap(np.arctan2(*np.diff(moved, axis=0).T[::-1]))
    assert np.abs(turn).max() == pytest.approx(2.0 * math.atan2(3.5, 60.0), rel=0.05)


def test_lanes_of_two_roads_run_side_by_side_before_one_ends():
    lanes = make_map("merge", num_left=2, num_right=2).lanes
    ways = {name: [lanes.ids[k] for k in lanes.successors[lanes.index[name]]] for name in lanes.ids}
    assert [ways[f"right.{i}"] for i in range(2)] == [["joined.0"], ["joined.1"]]
    assert [ways[f"left.{i}"] for i in range(2)] == [["joined.2"], ["joined.3"]]
    assert [ways[f"taper.{i}"][0] for i in range(4)] == ["after.0", "after.0", "after.1", "after.2"]
    assert lanes.centre[lanes.index["joined.0"]][0] == pytest.approx([0.0, 0.0])


def test_a_roundabout_is_a_ring_that_one_enters_and_leaves_by_tangents():
    road = make_map("roundabout", radius_m=20.0)
    lanes = road.lanes
    for name in lanes.ids:
        line = lanes.centre[lanes.index[name]]
        if name.startswith("ring"):
            assert np.hypot(*line.T) == pytest.approx(20.0, abs=1e-9)
        if ".entry" in name or ".exit" in name:
            end, step = (line[-1], line[-1] - line[-2]) if ".entry" in name else (line[0], line[1] - line[0])
            assert np.hypot(*end) == pytest.approx(20.0, abs=1e-9)
            along = np.array([-end[1], end[0]]) / 20.0  # counter-clockwise
            assert step @ along / np.hypot(*step) > math.cos(math.radians(2.0))


def test_from_every_arm_of_a_roundabout_one_reaches_every_arm():
    lanes = make_map("roundabout").lanes
    for start in ("south.0", "east.0", "north.0", "west.0"):
        seen, ahead = set(), [lanes.index[start]]
        while ahead:
            lane = ahead.pop()
            if lane not in seen:
                seen.add(lane)
                ahead += [int(k) for k in lanes.successors[lane]]
        assert {f"{arm}.out.0" for arm in ("south", "east", "north", "west")} <= {lanes.ids[k] for k in seen}


def test_a_roundabout_has_an_island():
    road = make_map("roundabout", radius_m=20.0, lane_width_m=4.0, shoulder_m=0.5)
    (island,) = drivable(road).interiors
    assert len(road.edges.line) == 5  # four outer ones, one around the island
    assert shapely.Polygon(island).area == pytest.approx(math.pi * 17.5**2, rel=1e-3)


def test_only_the_side_road_has_a_stop_line():
    road = make_map("t_junction")
    (stop,) = [shapely.Polygon(a) for a in road.areas_of(AreaKind.STOP)]
    side = road.lanes.centre[road.lanes.index["south.0"]]
    assert stop.touches(shapely.Point(side[-1]))
    names = {name for name in road.lanes.ids if road.lanes.is_connector[road.lanes.index[name]]}
    assert names == {
        "south.right.0", "south.left.0", "east.straight.0", "east.left.0", "west.straight.0", "west.right.0",
    }  # fmt: skip


def test_an_intersection_has_the_area_of_a_cross_with_rounded_corners():
    road = make_map("intersection", num_lanes=1, corner_radius_m=8.0, arm_m=50.0, shoulder_m=0.5)
    half, stop = 4.0, 4.0 + 8.0 + 4.0 + 1.0
    cross = 2 * (2 * half) * 2 * (stop + 50.0) - (2 * half) ** 2
    assert drivable(road).area == pytest.approx(cross + 4 * (1 - math.pi / 4) * 8.0**2, rel=1e-3)


def test_each_arm_of_an_intersection_leads_to_the_three_others():
    lanes = make_map("intersection", num_lanes=2).lanes
    arms = ("south", "east", "north", "west")
    for k, arm in enumerate(arms):
        right, straight, left = (arms[(k + turn) % 4] for turn in (1, 2, 3))
        leads = {
            f"{arm}.right.0": f"{right}.out.0",
            f"{arm}.left.1": f"{left}.out.1",
            f"{arm}.straight.0": f"{straight}.out.0",
            f"{arm}.straight.1": f"{straight}.out.1",
        }
        for name, to in leads.items():
            lane = lanes.index[name]
            assert lanes.is_connector[lane]
            assert [lanes.ids[i] for i in lanes.successors[lane]] == [to]
        first = {lanes.ids[i] for i in lanes.successors[lanes.index[f"{arm}.0"]]}
        assert first == {
            f"{arm}.right.0",
            f"{arm}.straight.0",
        }


def test_turns_are_arcs_that_keep_their_distance_from_the_kerb():
    road = make_map("intersection", num_lanes=1, corner_radius_m=8.0)
    lanes, kerb = road.lanes, np.array([12.0, -12.0])
    for name, centre, radius in (("south.right.0", kerb, 10.25), ("south.left.0", -np.abs(kerb), 13.75)):
        line = lanes.centre[lanes.index[name]]
        arc = line[(line[:, 1] > -12.0 + 1e-6) & (np.abs(line[:, 0]) < 12.0 - 1e-6)]
        assert len(arc) > 10
        assert np.hypot(*(arc - centre).T) == pytest.approx(radius, abs=1e-9)


def test_opposite_left_turns_do_not_meet():
    lanes = make_map("intersection").lanes
    south, north = (lane_line(lanes, f"{arm}.left.0") for arm in ("south", "north"))
    assert south.distance(north) > 3.5


def lane_line(lanes, name):
    return shapely.LineString(lanes.centre[lanes.index[name]])


def test_an_intersection_has_areas_crosswalks_and_stop_lines():
    road = make_map("intersection")
    (inside,) = road.areas_of(AreaKind.INTERSECTION)
    for lane in np.flatnonzero(road.lanes.is_connector):
        assert shapely.Polygon(inside).buffer(1e-6).covers(lane_polygon(road, int(lane)))
    walks = [shapely.Polygon(a) for a in road.areas_of(AreaKind.CROSSWALK)]
    stops = [shapely.Polygon(a) for a in road.areas_of(AreaKind.STOP)]
    assert [round(a.area, 6) for a in walks] == [32.0] * 4
    for arm, walk, stop in zip(("south", "east", "north", "west"), walks, stops, strict=True):
        lane = shapely.LineString(road.lanes.centre[road.lanes.index[f"{arm}.0"]])
        end = shapely.Point(lane.coords[-1])
        assert stop.touches(end)
        assert walk.distance(end) == pytest.approx(1.0)
