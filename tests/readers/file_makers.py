"""Small scenario files, made by hand, of every layout that is read."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

X0, Y0 = 8000.25, -3000.75  # far from zero, as in the data sets


def track(index, steps, speed=5.0):
    """Positions of a car driving along x in lane `index`."""
    return [(X0 + 20.0 * index + 0.1 * speed * t, Y0 + 4.0 * index) for t in range(steps)]


def waymo_object(index, steps=20, **changes):
    """A road user of GPUDrive's layout."""
    xy = track(index, steps)
    fields = {
        "position": [{"x": x, "y": y, "z": 1.0} for x, y in xy],
        "width": 2.0, "length": 4.5, "height": 1.6,
        "heading": [0.0] * steps,
        "velocity": [{"x": 5.0, "y": 0.0}] * steps,
        "valid": [True] * steps,
        "goalPosition": {"x": xy[-1][0], "y": xy[-1][1], "z": 1.0},
        "type": "vehicle", "id": 100 + index, "mark_as_expert": False,
    }  # fmt: skip
    return fields | changes


def road(kind, points, number=0, **changes):
    """A map element of GPUDrive's layout."""
    geometry = [{"x": X0 + x, "y": Y0 + y, "z": 0.0} for x, y in points]
    return {"geometry": geometry, "type": kind, "map_element_id": 2, "id": number} | changes


def waymo_roads():
    """One of each kind."""
    square = [(0, 0), (5, 0), (5, 5), (0, 5)]
    return [
        road("lane", [(0, 0), (30, 0), (60, 0)], 7, map_element_id=1),
        road("lane", [(60, 0), (90, 0)], 8, map_element_id=3),
        road("road_edge", [(0, -2), (90, -2)], 9, map_element_id=15),
        road("road_edge", [(90, 6), (0, 6)], 10, map_element_id=16),
        road("road_line", [(0, 2), (90, 2)], 11, map_element_id=6),
        road("crosswalk", square, 12, map_element_id=18),
        road("driveway", square, 13, map_element_id=20),
        road("speed_bump", square, 14, map_element_id=19),
        road("stop_sign", [(58, 3)], 15, map_element_id=17),
    ]


def waymo(steps=20, agents=2, **changes):
    """A whole file of GPUDrive's layout."""
    fields = {
        "name": "synthetic.json", "scenario_id": "abc123",
        "objects": [waymo_object(i, steps) for i in range(agents)], "roads": waymo_roads(),
        "tl_states": {},
        "metadata": {"sdc_track_index": 0, "objects_of_interest": [], "tracks_to_predict": []},
    }  # fmt: skip
    return fields | changes


def nocturne(steps=20, columns=False, **changes):
    """The same file in Nocturne's layout."""
    file = waymo(steps)
    for agent in file["objects"]:
        agent["heading"] = [np.degrees(h) for h in agent["heading"]]
        for key in ("id", "height", "mark_as_expert"):
            del agent[key]
        if columns:
            for key in ("position", "velocity"):
                agent[key] = {axis: [p[axis] for p in agent[key]] for axis in "xy"}
    for element in file["roads"]:
        del element["id"], element["map_element_id"]
    del file["scenario_id"], file["metadata"]
    return file | changes


def write_json(path, value):
    """Writes and returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def av2_rows(steps=60, **agents):
    """A track table as columns; `agents` maps ids to object types."""
    agents = {"AV": "vehicle", "42": "pedestrian"} | agents
    rows = [
        (t < 50, name, kind, 1, t, *track(i, steps)[t], 0.0, 5.0, 0.0, "scene-1", "42", "austin")
        for i, (name, kind) in enumerate(agents.items())
        for t in range(steps)
    ]
    names = (
        "observed", "track_id", "object_type", "object_category", "timestep", "position_x", "position_y",
        "heading", "velocity_x", "velocity_y", "scenario_id", "focal_track_id", "city",
    )  # fmt: skip
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def points(*xy):
    """Points of a map archive."""
    return [{"x": X0 + x, "y": Y0 + y, "z": 3.0} for x, y in xy]


def segment(number, start, end, y, **changes):
    """A lane segment along x; from a larger to a smaller x it runs the other way."""
    side = 1.75 if end > start else -1.75
    fields = {
        "id": number, "is_intersection": False, "lane_type": "VEHICLE",
        "centerline": points((start, y), ((start + end) / 2, y), (end, y)),
        "left_lane_boundary": points((start, y + side), (end, y + side)),
        "right_lane_boundary": points((start, y - side), ((start + end) / 2, y - side), (end, y - side)),
        "left_lane_mark_type": "NONE", "right_lane_mark_type": "NONE", "predecessors": [], "successors": [],
        "left_neighbor_id": None, "right_neighbor_id": None,
    }  # fmt: skip
    return fields | changes


def av2_map(*segments):
    """A map archive: two lanes side by side, one oncoming, a bike lane, one behind in an intersection."""
    segments = segments or (
        segment(1, 0, 50, 0, successors=[5, 999], left_neighbor_id=2, right_neighbor_id=4),
        segment(2, 0, 50, 3.5, left_neighbor_id=3, right_neighbor_id=1, successors=[998]),
        segment(3, 50, 0, 7, left_neighbor_id=2),
        segment(4, 0, 50, -3.5, lane_type="BIKE", left_neighbor_id=1),
        segment(5, 50, 80, 0, is_intersection=True, predecessors=[1], left_neighbor_id=997),
    )
    return {
        "lane_segments": {str(s["id"]): s for s in segments},
        "drivable_areas": {
            "70": {"id": 70, "area_boundary": points((0, -6), (80, -6), (80, 10), (0, 10), (0, -6))}
        },
        "pedestrian_crossings": {
            "80": {"id": 80, "edge1": points((20, -6), (20, 10)), "edge2": points((24, -6), (24, 10))},
            "81": {"id": 81, "edge1": points((40, -6), (40, 10)), "edge2": points((44, 10), (44, -6))},
        },
    }


def write_av2(folder, rows=None, archive=None, name="scene-1"):
    """Writes both files and returns the path of the tracks."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks = folder / f"scenario_{name}.parquet"
    pq.write_table(pa.table(av2_rows() if rows is None else rows), tracks)
    if archive is not False:
        write_json(folder / f"log_map_archive_{name}.json", archive or av2_map())
    return tracks
