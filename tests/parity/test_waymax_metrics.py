"""Every case of Waymax's metrics: overlap, off-road, distance from the log, route.

The peer computes in float32: rel 1e-4, abs 1e-3; booleans exact but for boxes within 1e-4 m of a tie.
"""

import numpy as np
import shapely

from simeval.geometry import corners
from simeval.metrics.waymax.log import log_divergence
from simeval.metrics.waymax.overlap import overlaps, pair_overlaps
from simeval.metrics.waymax.paths import Paths, off_route, progression, wrong_way
from simeval.metrics.waymax.road_edge import EdgePoints

PARITY_FILE = "waymax"
TIE = 1e-4  # [m]
BOUNDARY, MEDIAN = 15, 16


def close(got, expected):
    return np.isclose(np.asarray(got, dtype=float), np.asarray(expected, dtype=float), rtol=1e-4, atol=1e-3)


def margin(a, b):
    """How far two boxes (x, y, length, width, heading) are from merely touching."""
    one, two = (shapely.Polygon(corners(np.array(r[:2]), r[4], r[2], r[3])) for r in (a, b))
    return one.distance(two) or np.sqrt(one.intersection(two).area)


def test_every_pair_of_boxes_overlaps_or_not_as_there(cases):
    c = cases["overlap_pairs"]
    got = pair_overlaps(np.array(c["a"]), np.array(c["b"]))
    differ = np.flatnonzero(got != np.array(c["overlap"], dtype=bool))
    wrong = [i for i in differ.tolist() if margin(c["a"][i], c["b"][i]) > TIE]
    assert not wrong, f"pairs {wrong} disagree"
    assert 0 < got.sum() < len(got)


def test_boxes_that_touch_exactly_do_not_overlap(cases):
    """Unlike shapely, nuPlan and CommonRoad."""
    c = cases["overlap_pairs"]
    straight = [i for i, (a, b) in enumerate(zip(c["a"], c["b"], strict=True)) if a[4] == b[4] == 0.0]
    touching = 0
    for i in straight:
        a, b = (np.array(c[k][i]) for k in "ab")
        apart = np.abs(a[:2] - b[:2]) - 0.5 * (a[2:4] + b[2:4])
        if apart.max() == 0.0:
            touching += 1
            assert not pair_overlaps(a[None], b[None])[0]
            assert not c["overlap"][i]
    assert touching


def test_every_scene_of_boxes_has_its_overlaps(cases):
    wrong = []
    for index, c in enumerate(cases["overlap_metric"]):
        got = overlaps(np.array(c["boxes"]), np.array(c["valid"], dtype=bool))
        if (got != np.array(c["value"], dtype=bool)).any():
            wrong.append(index)
    assert not wrong, f"scenes {wrong} disagree"


def edges_of(rows):
    """The points of a map's table; valid ones of road edges can be the nearest."""
    table = np.array(rows, dtype=float)
    usable = np.isin(table[:, 6], [BOUNDARY, MEDIAN]) & (table[:, 8] == 1)
    edge = table[:, 7].astype(np.int64)
    return EdgePoints(xyz=table[:, :3], direction=table[:, 3:5], edge=edge, usable=usable)


def test_every_signed_distance_to_a_road_edge_agrees(cases):
    wrong = []
    for c in cases["offroad"]:
        edges = edges_of(cases["road_edge_maps"]["maps"][c["map"]])
        got = edges.signed_distance(np.array(c["points"]))
        wrong += [(c["map"], i) for i in np.flatnonzero(~close(got, c["signed_distance"])).tolist()]
    assert not wrong, f"points {wrong} disagree"


def test_every_box_is_off_the_road_or_not_as_there(cases):
    wrong = []
    for c in cases["offroad"]:
        edges = edges_of(cases["road_edge_maps"]["maps"][c["map"]])
        boxes, z = np.array(c["boxes_xyyaw"]), np.array(c["boxes_z"], dtype=float)
        at = corners(boxes[:, :2], boxes[:, 2], *c["box_length_width"])
        got = edges.is_offroad(at, z)
        for i in np.flatnonzero(got != np.array(c["offroad"], dtype=bool)).tolist():
            points = np.column_stack([at[i], np.full(4, z[i])])
            if np.abs(edges.signed_distance(points)).min() > TIE:
                wrong.append((c["map"], i))
    assert not wrong, f"boxes {wrong} disagree"


def paths_of(case):
    """The valid points of a case's paths."""
    valid = np.array(case["paths_valid"], dtype=bool)
    xy = np.stack([np.array(case["paths_x"]), np.array(case["paths_y"])], axis=2)
    path = np.broadcast_to(np.arange(len(valid))[:, None], valid.shape)[valid]
    arc_length = np.broadcast_to(np.array(case["arc_length"]), valid.shape)[valid]
    on_route = np.array(case["on_route"], dtype=bool)[path]
    return Paths(xy=xy[valid], path=path, arc_length=arc_length, on_route=on_route)


def agrees(got, expected):
    """Undefined where the peer says that its number is not valid."""
    if not expected["valid"]:
        return got is None
    return got is not None and bool(close(got, expected["value"]).all())


def test_every_distance_from_the_log_agrees(cases):
    wrong = []
    for index, c in enumerate(cases["log_divergence_wrongway_route"]):
        t = c["timestep"]
        sim, log = np.array(c["sim_xy"])[:, t], np.array(c["log_xy"])[:, t]
        got = log_divergence(sim, log, np.array(c["sim_valid"], dtype=bool)[:, t])
        valid = np.array(c["log_divergence"]["valid"], dtype=bool)
        if (np.isnan(got) == valid).any() or not close(got, c["log_divergence"]["value"])[valid].all():
            wrong.append(index)
    assert not wrong, f"cases {wrong} disagree"


def test_every_route_metric_agrees(cases):
    wrong = []
    for index, c in enumerate(cases["log_divergence_wrongway_route"]):
        paths, sdc = paths_of(c), c["sdc"]
        xy, log = np.array(c["sim_xy"])[sdc, c["timestep"]], np.array(c["log_xy"])[sdc]
        off = off_route(paths, xy[None])
        found = {
            "wrong_way": wrong_way(paths, xy[None])[0],
            "off_route": None if off is None else off[0],
            "progression": progression(paths, xy, log[0], log[-1]),
        }
        wrong += [(index, name) for name, got in found.items() if not agrees(got, c[name])]
    assert not wrong, f"cases {wrong} disagree"
