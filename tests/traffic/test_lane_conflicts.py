"""Where lanes of a map meet, who goes first there, and on which lanes a path lies."""

from itertools import pairwise

import numpy as np
import pytest
import shapely

from simeval.authoring import make_map
from simeval.traffic.conflicts import CROSS, MERGE, lane_conflicts
from simeval.traffic.lane_graph import SWING, LaneGraph
from simeval.traffic.lane_match import pieces_of
from simeval.traffic.lane_zones import zones_of
from simeval.traffic.paths import drawn_path

TEMPLATES = ("intersection", "t_junction", "roundabout", "merge", "lane_drop", "on_ramp")


def named(road):
    ids = road.lanes.ids
    return {frozenset((ids[c.a], ids[c.b])): c for c in lane_conflicts(road)[1]}


@pytest.mark.parametrize("template", TEMPLATES)
def test_lanes_that_cross_are_conflicts_and_those_far_apart_are_not(template):
    """Against shapely: centre lines that intersect beyond their ends, and lines that stay 3 m apart."""
    road = make_map(template)
    found, ids = named(road), road.lanes.ids
    lines = [shapely.LineString(c) for c in road.lanes.centre]
    inner = [shapely.ops.substring(line, 1.0, line.length - 1.0) for line in lines]
    for a in range(len(ids)):
        for b in range(a):
            pair = frozenset((ids[a], ids[b]))
            parts = set(road.lanes.predecessors[a]) & set(road.lanes.predecessors[b])
            if inner[a].crosses(inner[b]) and not parts:
                assert pair in found, pair
            if lines[a].distance(lines[b]) > 3.0:
                assert pair not in found, pair


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_conflict_covers_every_point_where_the_lines_are_near(template):
    road = make_map(template)
    lines = [shapely.LineString(c) for c in road.lanes.centre]
    for c in lane_conflicts(road)[1]:
        if c.kind == CROSS:
            near = shapely.get_coordinates(lines[c.a].intersection(lines[c.b]))
            for point in near:
                assert c.a0 <= lines[c.a].project(shapely.Point(point)) <= c.a1
                assert c.b0 <= lines[c.b].project(shapely.Point(point)) <= c.b1
        start = lines[c.a].interpolate(c.a0)
        assert lines[c.b].distance(start) < 3.0 + 1e-6


def test_lines_and_turns_say_who_goes_first():
    cases = {
        "roundabout": [("ring.south.0", "south.entry.0")],
        "t_junction": [("west.straight.0", "south.left.0"), ("west.straight.0", "east.left.0")],
        "intersection": [("south.straight.0", "north.left.0"), ("north.right.0", "south.left.0")],
    }
    for template, pairs in cases.items():
        road = make_map(template)
        for first, second in pairs:
            c = named(road)[frozenset((first, second))]
            rank = {road.lanes.ids[c.a]: c.rank_a, road.lanes.ids[c.b]: c.rank_b}
            assert rank[first] > rank[second]
    (taper,) = lane_conflicts(make_map("lane_drop"))[1]
    assert taper.kind == MERGE
    assert taper.rank_a == taper.rank_b


def path_of(road, names):
    lines = [road.lanes.centre[road.lanes.index[n]] for n in names]
    return drawn_path(np.concatenate([lines[0], *(line[1:] for line in lines[1:])]))


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("intersection", ["south.0", "south.left.0", "west.out.0"]),
        (
            "roundabout",
            ["west.0", "west.entry.0", "ring.west.1", "ring.south.0", "ring.south.1", "east.exit.0"],
        ),
        ("merge", ["right.0", "joined.0", "taper.0", "after.0"]),
    ],
)
def test_a_path_is_found_on_the_lanes_it_was_made_of(template, names):
    road = make_map(template)
    pieces = pieces_of(road, path_of(road, names))
    assert [road.lanes.ids[p.lane] for p in pieces] == names
    for before, after in pairwise(pieces):
        assert before.s1 == after.s0


def test_a_lane_change_is_a_piece_of_its_own_and_gives_way_to_its_new_lane():
    road = make_map("on_ramp")
    t = np.linspace(0.0, 1.0, 61)
    blend = t**3 * (10.0 - 15.0 * t + 6.0 * t**2)
    change = np.stack([300.0 + 60.0 * t, -3.5 + 3.5 * blend], axis=1)
    ramp, accel = (road.lanes.centre[road.lanes.index[n]] for n in ("ramp.0", "accel.0"))
    line = np.concatenate(
        [ramp, accel[(accel[:, 0] > 250.0) & (accel[:, 0] < 300.0)], change, [[500.0, 0.0]]]
    )
    path, main = drawn_path(line), path_of(road, ["main.0", "merge.0", "after.0"])
    lanes = [p.lane for p in pieces_of(road, path)]
    assert [road.lanes.ids[k] if k >= 0 else "change" for k in lanes] == [
        "ramp.0", "accel.0", "change", "merge.0", "after.0",
    ]  # fmt: skip
    ((own,), (other,)), count = zones_of(road, [path, main])
    assert count == 1
    assert own.kind == MERGE
    assert own.rank < own.other_rank == other.rank
    begin = np.interp(own.s0, path.s, path.x)
    assert 300.0 < begin < 345.0
    assert np.interp(other.s0, main.s, main.x) == pytest.approx(begin, abs=1.5)


def test_a_drawn_route_follows_the_map_to_its_end_and_depends_on_its_key():
    graph = LaneGraph(make_map("roundabout"))
    lanes, ends = graph.road.lanes, set()
    for key in range(60):
        route = graph.route(lanes.index["south.0"], key)
        assert route == graph.route(lanes.index["south.0"], key)
        assert all(b in lanes.successors[a] for a, b in pairwise(route))
        assert len(route) - len(set(route)) <= 1  # who goes all the way round passes the entry again
        ends.add(lanes.ids[route[-1]])
    assert ends == {f"{arm}.out.0" for arm in ("south", "east", "north", "west")}


def test_long_vehicles_take_no_tight_bend_where_there_is_another_way():
    graph = LaneGraph(make_map("intersection"))
    lanes = graph.road.lanes
    turns = [i for i in range(len(lanes)) if lanes.ids[i].startswith("south.right")]
    bend = graph.bend[turns[0]]
    assert bend == pytest.approx(0.5 * np.pi / graph.length[turns[0]], rel=0.02)
    fits, too_long = np.sqrt(8.0 * SWING / bend) * np.array([0.95, 1.05])
    start = next(int(lanes.predecessors[i][0]) for i in turns)
    taken = {
        longest: {graph.route(start, key, longest)[1] for key in range(40)} for longest in (fits, too_long)
    }
    assert taken[fits] & set(turns)
    assert taken[too_long]
    assert not taken[too_long] & set(turns)
