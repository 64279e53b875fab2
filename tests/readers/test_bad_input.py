"""What a user reads when a file is broken: place, problem, remedy."""

import math
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from file_makers import av2_map, av2_rows, nocturne, road, segment, waymo, waymo_object, write_av2, write_json

from simeval.errors import InputError
from simeval.readers import Rejected, content, read_file, read_path


def reason(path):
    result = read_file(path)
    assert isinstance(result, Rejected), "the file was read"
    return result.reason.replace(str(path.parent) + "/", "")


def obj(**changes):
    return waymo(objects=[waymo_object(0), waymo_object(1, **changes)])


def at(values, index, value):
    return [value if i == index else v for i, v in enumerate(values)]


POINTS = waymo_object(1)["position"]
MADE = " The schema is that of GPUDrive or Nocturne; export it again."
MEND = " Mend the file or leave it out."
LIGHT = {"state": ["go"], "time_index": [3], "x": [1.0], "y": [1.0]}

WAYMO = {
    "one step": (
        waymo(1),
        "f: is too short to simulate: 1 step, at least 12 are needed. "
        "Simulation starts at step 10; steps before are history.",
    ),
    "no agents": (waymo(objects=[]), "f: objects: there are no agents. Export it with its tracks."),
    "nobody there": (
        waymo(objects=[waymo_object(0, valid=[False] * 20)], metadata={}),
        "f: objects: no agent is ever valid. Export it again.",
    ),
    "missing key": (
        waymo(objects=[{k: v for k, v in waymo_object(0).items() if k != "heading"}]),
        "f: objects[0]: object missing required field heading." + MADE,
    ),
    "wrong type": (
        obj(position=at(POINTS, 7, {"x": "east", "y": 0.0})),
        "f: objects[1].position[7].x: expected float, got str." + MADE,
    ),
    "null": (
        obj(position=at(POINTS, 7, None)),
        "f: objects[1].position[7]: expected object, got null." + MADE,
    ),
    "flag that is a number": (
        obj(valid=at([True] * 20, 4, 1)),
        "f: objects[1].valid[4]: expected bool, got int." + MADE,
    ),
    "short list": (
        obj(heading=[0.0] * 19),
        "f: objects[1].heading: has 19 steps where objects[0].valid has 20. "
        "All lists of a file have one entry a step.",
    ),
    "unequal columns": (
        nocturne(
            objects=[*nocturne()["objects"][:1], waymo_object(1, position={"x": [1.0] * 20, "y": [1.0]})]
        ),
        "f: objects[1].position: x has 20 entries and y has 1. Both need one entry a step.",
    ),
    "marker in a valid step": (
        obj(position=at(POINTS, 6, {"x": -10000.0, "y": -10000.0})),
        "f: objects[1].position[6]: holds the mark of an invalid step (-10000) and valid is true. "
        "Export the file again.",
    ),
    "degrees": (
        obj(heading=[90.0] * 20),
        "f: objects[1].heading[0]: is not an angle in radians. Export the file again.",
    ),
    "negative length": (
        obj(length=-4.0),
        "f: agent '101': length -4 m is not between 0 and 100 m." + MEND,
    ),
    "zero width only": (obj(width=0.0), "f: agent '101': width 0 m is not between 0 and 100 m." + MEND),
    "huge position": (
        obj(position=at(POINTS, 6, {"x": 1e300, "y": 0.0})),
        "f: agent '101', step 6: xy lies more than 100 km from the local origin." + MEND,
    ),
    "huge speed": (
        obj(velocity=at([{"x": 5.0, "y": 0.0}] * 20, 8, {"x": 1e200, "y": 1e200})),
        "f: agent '101', step 8: the speed is more than 120 m/s." + MEND,
    ),
    "same id": (obj(id=100), "f: agents.ids[1]: the id '100' is already that of agents.ids[0]." + MEND),
    "unknown type": (
        obj(type="unicycle"),
        "f: objects[1].type: 'unicycle' is not a type of road user. "
        "Known are vehicle, pedestrian, cyclist, other, unset.",
    ),
    "unknown map element": (
        waymo(roads=[road("canal", [(0, 0), (1, 0)])]),
        "f: roads[0].type: 'canal' is not a type of map element. "
        "Known are lane, road_edge, road_line, crosswalk, speed_bump, driveway, stop_sign.",
    ),
    "same lane id": (
        waymo(roads=[road("lane", [(0, 0), (1, 0)], 3), road("lane", [(0, 1), (1, 1)], 3)]),
        "f: roads[1].id: '3' is the id of two lanes. Ids must differ.",
    ),
    "ego index": (
        waymo(metadata={"sdc_track_index": 2}),
        "f: metadata.sdc_track_index: 2 is not the index of one of 2 objects. "
        "Correct it or remove the key and choose with --ego.",
    ),
    "ego never there": (
        waymo(objects=[waymo_object(0, valid=[False] * 20), waymo_object(1)]),
        "f: metadata.sdc_track_index: agent 0 is never valid. Remove the key and choose with --ego.",
    ),
    "ego not there at the start": (
        waymo(objects=[waymo_object(0, valid=at([True] * 20, 10, False)), waymo_object(1)]),
        "f: ego '100', step 10: is not there when simulation starts." + MEND,
    ),
    "signal steps go back": (
        waymo(tl_states={"7": LIGHT | {"state": ["go", "stop"], "time_index": [4, 4]}}),
        "f: tl_states.7.time_index[1]: 4 is out of order or not in [0, 19]. Steps must rise.",
    ),
    "signal step outside": (
        waymo(tl_states={"7": LIGHT | {"time_index": [20]}}),
        "f: tl_states.7.time_index[0]: 20 is out of order or not in [0, 19]. Steps must rise.",
    ),
    "signal state": (
        waymo(tl_states={"7": LIGHT | {"state": ["blue"]}}),
        "f: tl_states.7.state[0]: 'blue' is not a signal state. Known are unknown, stop, arrow_stop, "
        "caution, arrow_caution, go, arrow_go, flashing_stop, flashing_caution.",
    ),
    "signal lists": (
        waymo(tl_states={"7": LIGHT | {"state": []}}),
        "f: tl_states.7: state has 0 entries and time_index has 1. "
        "Both need one entry for each observation, at least one.",
    ),
    "signal without place": (
        waymo(tl_states={"7": LIGHT | {"x": []}}),
        "f: tl_states.7: has no stop point. x and y need at least one entry.",
    ),
}


@pytest.mark.parametrize("case", WAYMO)
def test_waymo_json(tmp_path, case):
    value, expected = WAYMO[case]
    assert reason(write_json(tmp_path / "f", value)) == expected


def rows(index=None, **changes):
    """The track table with the entry at `index` of some columns changed, or whole columns."""
    table = av2_rows()
    for name, value in changes.items():
        table[name] = value if index is None else at(table[name], index, value)
    return table


def without(name):
    return {k: v for k, v in av2_rows().items() if k != name}


AV2 = {
    "short": (
        av2_rows(8),
        "f: is too short to simulate: 8 steps, at least 12 are needed. Steps before the start are history.",
    ),
    "missing column": (
        without("heading"),
        "f: the column 'heading' is missing. It is not an Argoverse 2 track table; export it again.",
    ),
    "no rows": (
        {k: np.array(v)[:0] for k, v in av2_rows().items()},
        "f: the table has no row. Copy or download it again.",
    ),
    "null": (
        rows(63, position_x=None),
        "f: position_x, row 63: is null. Every row needs a value; export it again.",
    ),
    "text for numbers": (
        rows(heading=["north"] * 120),
        "f: heading: is of type string where double is expected. Export the table again.",
    ),
    "fractional step": (
        rows(timestep=[0.5] * 120),
        "f: timestep: is of type double where int64 is expected. Export the table again.",
    ),
    "NaN": (
        rows(63, position_y=math.nan),
        "f: position_y, track '42', step 3: nan is not a finite number. Leave the row out.",
    ),
    "repeated step": (
        rows(63, timestep=2),
        "f: timestep, track '42', row 63: step 2 repeats or goes back. Sort rows by timestep.",
    ),
    "negative step": (
        rows(60, timestep=-1),
        "f: timestep, track '42', row 60: -1 is not between 0 and 9999. Export it again.",
    ),
    "huge step": (
        rows(119, timestep=2**40),
        "f: timestep, track '42', row 119: 1099511627776 is not between 0 and 9999. Export it again.",
    ),
    "unknown type": (
        rows(object_type=["dragon"] * 120),
        "f: object_type, track 'AV': 'dragon' is not a type of object. Known are vehicle, bus, motorcyclist, "
        "cyclist, pedestrian, riderless_bicycle, static, background, construction, unknown.",
    ),
    "type that changes": (
        rows(70, object_type="vehicle"),
        "f: object_type, track '42': changes within the track. Give it one type.",
    ),
    "two scenarios": (
        rows(70, scenario_id="scene-2"),
        "f: scenario_id: the table holds more than one scenario. Split it into one file for each.",
    ),
    "bad track id": (
        rows(track_id=["AV"] * 60 + ["a b"] * 60),
        "f: agents.ids[1]: the id 'a b' may hold only A-Z a-z 0-9 _ . - / [ ] , (1 to 200)." + MEND,
    ),
    "ego not there at the start": (
        {k: [v for i, v in enumerate(vs) if i != 49] for k, vs in av2_rows().items()},
        "f: ego 'AV', step 49: is not there when simulation starts." + MEND,
    ),
}


@pytest.mark.parametrize("case", AV2)
def test_argoverse2_tracks(tmp_path, case):
    table, expected = AV2[case]
    path = tmp_path / "f"
    pq.write_table(pa.table(table), path)
    assert reason(path) == expected


MAPS = {
    "lane type": (
        av2_map(segment(1, 0, 9, 0, lane_type="CANAL")),
        "lane_segments[1].lane_type: 'CANAL' is not a type of lane. Known are VEHICLE, BIKE, BUS.",
    ),
    "wrong type": (
        av2_map(segment(1, 0, 9, 0, is_intersection="no")),
        "lane_segments[...].is_intersection: expected bool, got str. Download it again.",
    ),
    "missing": (
        av2_map({k: v for k, v in segment(1, 0, 9, 0).items() if k != "successors"}),
        "lane_segments[...]: object missing required field successors. Download it again.",
    ),
    "far": (
        av2_map(segment(1, 0, 1e9, 0)),
        "map.lanes.centre[0]: a point lies more than 100 km from the origin",
    ),
}


@pytest.mark.parametrize("case", MAPS)
def test_argoverse2_maps(tmp_path, case):
    archive, expected = MAPS[case]
    tracks = write_av2(tmp_path, archive=archive)
    assert expected in read_file(tracks).reason


KNOWN = " Formats that are read: argoverse2, waymo-json (`simeval list formats`)."
FOREIGN = {
    "empty file": (b"", "f: is empty. Copy or download it again."),
    "text": (b"To be, or not to be", "f: is text of no known format." + KNOWN),
    "binary": (b"\x80\x04\x95 a pickle\x00", "f: is binary data of no known format." + KNOWN),
    "foreign json": (b'{"glTF": 2, "nodes": []}', "f: is JSON of another kind (keys: glTF, nodes)." + KNOWN),
    "json list": (b"[1, 2]", "f: is JSON of another kind (keys: none)." + KNOWN),
    "truncated json": (
        b'{"objects": [',
        "f: is not valid JSON: Input data was truncated. Copy or download it again.",
    ),
    "NaN literal": (
        b'{"objects": [NaN], "roads": []}',
        "f: is not valid JSON: JSON is malformed: invalid character (byte 13). Copy or download it again.",
    ),
    "infinity literal": (
        b'{"objects": [], "roads": [], "x": -Infinity}',
        "f: is not valid JSON: JSON is malformed: invalid character (byte 35). Copy or download it again.",
    ),
    "deep nesting": (
        b'{"objects": ' + b"[" * 200_000,
        "f: is nested too deeply to be a scenario. Check where it comes from.",
    ),
    "no magic at the end": (
        b"PAR1" + b"\0" * 50,
        "f: is not a sound Parquet file: Parquet magic bytes not found in footer. Either the file is "
        "corrupted or this is not a parquet file. Copy or download it again.",
    ),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_files_that_are_no_scenarios(tmp_path, case):
    data, expected = FOREIGN[case]
    (tmp_path / "f").write_bytes(data)
    assert reason(tmp_path / "f") == expected


def test_another_parquet_file(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "f")
    assert reason(tmp_path / "f") == "f: is a Parquet file of another kind." + KNOWN


def test_numbers_beyond_double_precision(tmp_path):
    text = b'{"objects": [], "roads": [{"type": "lane", "geometry": [{"x": 1e999, "y": 0}]}]}'
    (tmp_path / "f").write_bytes(text)
    assert reason(tmp_path / "f") == "f: roads[0].geometry[0].x: number out of range." + MADE


def test_a_number_of_a_million_digits(tmp_path):
    value = b'{"objects": [], "roads": [{"type": "lane", "id": ' + b"9" * 1_000_000 + b', "geometry": []}]}'
    (tmp_path / "f").write_bytes(value)
    assert len(reason(tmp_path / "f")) < 300


def test_a_file_over_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(content, "MAX_BYTES", 1 << 20)
    with (tmp_path / "f").open("wb") as file:
        file.truncate(3 << 20)
    assert reason(tmp_path / "f") == (
        "f: has 3 MiB; at most 1 MiB are read. Split it into one file for each scenario."
    )


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "f")
    assert reason(tmp_path / "f") == "f: is not a regular file. Name a file or a folder of files."


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(
        InputError, match=r"nowhere: does not exist\. Name a scenario file or a folder of them\.$"
    ):
        list(read_path(tmp_path / "nowhere"))


def test_a_folder_is_walked_in_the_order_of_names_and_hidden_files_are_passed_over(tmp_path):
    write_json(tmp_path / "b" / "2.json", waymo(scenario_id="two"))
    write_json(tmp_path / "a" / "1.json", waymo(scenario_id="one"))
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / "c.txt").write_text("notes")
    found = list(read_path(tmp_path))
    assert [getattr(f, "id", None) or f.path.name for f in found] == [
        "waymo-json/one",
        "waymo-json/two",
        "c.txt",
    ]
