import numpy as np
import pytest
from file_makers import X0, Y0, av2_map, av2_rows, segment, write_av2, write_json

from simeval.readers import Rejected, read_file, read_path
from simeval.scenario import AgentKind, AreaKind, Controller, LaneKind, Scenario, Source


def read(tmp_path, **parts):
    scenario = read_file(write_av2(tmp_path, **parts))
    assert isinstance(scenario, Scenario), scenario.reason
    return scenario


def test_tracks_and_map(tmp_path):
    s = read(tmp_path)
    assert (s.id, s.dt, s.start_step, s.num_steps) == ("argoverse2/scene-1", 0.1, 49, 60)
    assert s.agents.ids == ("AV", "42") and s.ego == 0
    assert s.missing == ("sizes", "speed_limits", "signals")
    assert s.provenance.files == ("scenario_scene-1.parquet", "log_map_archive_scene-1.json")
    assert s.provenance.licence.startswith("CC BY-NC-SA 4.0")
    assert (s.states.xy[7, 1] + s.origin == [X0 + 20 + 3.5, Y0 + 4]).all()
    assert s.route.inferred and s.goal == pytest.approx((X0 + 29.5 - s.origin[0], Y0 - s.origin[1]))


def test_without_the_future_simulation_starts_at_step_10(tmp_path):
    rows = av2_rows(50) | {"num_timestamps": [110] * 100}
    s = read(tmp_path, rows=rows)
    assert (s.num_steps, s.start_step) == (50, 10)
    assert "future withheld" in s.missing


def test_kinds_and_assumed_sizes(tmp_path):
    types = [
        "bus",
        "motorcyclist",
        "cyclist",
        "riderless_bicycle",
        "static",
        "background",
        "construction",
        "unknown",
    ]
    s = read(tmp_path, rows=av2_rows(**{t: t for t in types}))
    kinds = dict(zip(s.agents.ids, s.agents.kind, strict=True))
    assert kinds["AV"] == AgentKind.CAR and kinds["42"] == AgentKind.PEDESTRIAN
    assert [kinds[t] for t in types] == [
        AgentKind.BUS, AgentKind.MOTORCYCLE, AgentKind.CYCLIST, AgentKind.STATIC, AgentKind.STATIC,
        AgentKind.STATIC, AgentKind.STATIC, AgentKind.OTHER,
    ]  # fmt: skip
    assert s.agents.length[0] == 4.6 and s.agents.length[2] == 11.0
    replayed = {n for n, c in zip(s.agents.ids, s.agents.controller, strict=True) if c == Controller.REPLAY}
    assert replayed == {"riderless_bicycle", "static", "background", "construction", "unknown"}


def test_rows_that_are_missing_are_not_valid(tmp_path):
    rows = av2_rows()
    keep = [
        not (n == "42" and t in (0, 1, 30, 59))
        for n, t in zip(rows["track_id"], rows["timestep"], strict=True)
    ]
    s = read(tmp_path, rows={k: [v for v, ok in zip(vs, keep, strict=True) if ok] for k, vs in rows.items()})
    assert list(np.flatnonzero(~s.states.valid[:, 1])) == [0, 1, 30, 59]
    assert (s.states.xy[30, 1] == 0).all()


def zeroed(*gaps, **agents):
    """Rows with a velocity of zero for (track, step)."""
    rows = av2_rows(**agents)
    for i, at in enumerate(zip(rows["track_id"], rows["timestep"], strict=True)):
        rows["velocity_x"][i] *= at not in gaps
    return rows


def test_a_velocity_of_zero_in_motion_is_filled_in_from_those_around(tmp_path):
    rows = zeroed(("AV", 59), ("42", 30), ("42", 31))
    s = read(tmp_path, rows=rows)
    assert s.states.velocity[..., 0] == pytest.approx(5.0)
    assert s.repaired[-1] == "3 velocities of zero in motion filled in (2 agents, first 'AV')"
    assert read(tmp_path / "clean").repaired == s.repaired[:-1]


def test_without_any_velocity_it_is_filled_in_from_displacements(tmp_path):
    s = read(tmp_path, rows=zeroed(*(("42", t) for t in range(60))))
    assert s.states.velocity[:, 1, 0] == pytest.approx(5.0)
    assert s.repaired[-1] == "60 velocities of zero in motion filled in (1 agent, first '42')"


def test_zero_is_kept_where_it_can_be_meant(tmp_path):
    rows = zeroed(*(("x", t) for t in range(60)), x="static")  # an object, however its place jumps
    for i, (who, t) in enumerate(zip(rows["track_id"], rows["timestep"], strict=True)):
        if who == "42" and t >= 40:  # stands from step 40 on
            rows["position_x"][i] = rows["position_x"][60 + 39]
            rows["velocity_x"][i] = 0.0
    s = read(tmp_path, rows=rows)
    assert (s.states.velocity[40:, 1] == 0).all() and (s.states.velocity[:, 2] == 0).all()
    assert not [r for r in s.repaired if "filled" in r]


def test_tracks_may_be_interleaved_by_step(tmp_path):
    rows = av2_rows()
    order = np.argsort(rows["timestep"], kind="stable")
    s = read(tmp_path / "b", rows={k: [v[i] for i in order] for k, v in rows.items()})
    assert s.content_hash == read(tmp_path / "a").content_hash


def test_extra_columns_are_tolerated(tmp_path):
    rows = av2_rows() | {"map_id": [7] * 120, "slice_id": ["x"] * 120}
    assert read(tmp_path, rows=rows).num_steps == 60


def test_lanes_keep_their_topology_and_dangling_ids_are_dropped_and_counted(tmp_path):
    s = read(tmp_path)
    lanes = s.map.lanes
    assert lanes.ids == ("1", "2", "3", "4", "5") and s.map.topology is Source.GIVEN
    assert [list(lanes.successors[i]) for i in range(5)] == [[4], [], [], [], []]
    assert [list(lanes.predecessors[i]) for i in range(5)] == [[], [], [], [], [0]]
    assert list(lanes.is_connector) == [0, 0, 0, 0, 1]
    assert lanes.kind[3] == LaneKind.BIKE
    assert s.repaired == (
        "1 neighbour outside the map left out",
        "2 successors outside the map left out",
    )


def test_oncoming_lanes_are_no_neighbours(tmp_path):
    lanes = read(tmp_path).map.lanes
    assert list(lanes.left_neighbour) == [1, -1, -1, 0, -1]
    assert list(lanes.right_neighbour) == [3, 0, -1, -1, -1]


def test_lanes_side_by_side_in_one_direction_share_a_section(tmp_path):
    section = read(tmp_path).map.lanes.section
    assert section == ("1", "1", "3", "4", "5"), "oncoming, bike and intersection lanes stand alone"


def test_bounds_may_have_different_numbers_of_points(tmp_path):
    lanes = read(tmp_path).map.lanes
    assert (len(lanes.left[0]), len(lanes.right[0]), len(lanes.centre[0])) == (2, 3, 3)


def test_areas_have_no_closing_point_and_crossings_do_not_cross_themselves(tmp_path):
    roads = read(tmp_path).map
    (drivable,) = roads.areas_of(AreaKind.DRIVABLE)
    assert len(drivable) == 4
    for quad in roads.areas_of(AreaKind.CROSSWALK):
        x, y = (quad - quad[0]).T
        area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
        assert area == pytest.approx(4 * 16), "edges run the same way or opposite ways"


def test_a_lane_without_centre_line_is_left_out(tmp_path):
    broken = segment(6, 0, 50, 0) | {"centerline": []}
    s = read(tmp_path, archive=av2_map(segment(1, 0, 50, 0), broken))
    assert s.map.lanes.ids == ("1",)
    assert s.repaired == ("1 lane without centre line left out",)


def test_without_a_map_the_scenario_says_so(tmp_path):
    s = read(tmp_path, archive=False)
    assert "map" in s.missing and len(s.map.lanes) == 0


def test_without_the_recording_vehicle_there_is_no_ego(tmp_path):
    rows = av2_rows()
    rows["track_id"] = ["1" if n == "AV" else n for n in rows["track_id"]]
    s = read(tmp_path, rows=rows)
    assert s.ego is None and s.missing[0] == "ego"


def test_the_map_is_found_by_content_whatever_it_is_called(tmp_path):
    tracks = write_av2(tmp_path, archive=False)
    write_json(tmp_path / "some other name", av2_map())
    assert len(read_file(tracks).map.lanes) == 5


def test_among_several_maps_the_one_named_after_the_scenario_counts(tmp_path):
    write_json(tmp_path / "log_map_archive_other.json", av2_map(segment(9, 0, 50, 0)))
    assert read(tmp_path).map.lanes.ids[0] == "1"


@pytest.mark.parametrize("other", ["{", "[" * 200_000, "\udcff", "{}"], ids=["cut", "deep", "bytes", "empty"])
def test_what_else_lies_in_the_folder_may_be_broken(tmp_path, other):
    (tmp_path / "other.json").write_text('{"a": 1' + other, errors="surrogateescape")
    tracks = write_av2(tmp_path, archive=False)
    assert "map" in read_file(tracks).missing
    write_json(tmp_path / "z.json", av2_map())
    assert len(read_file(tracks).map.lanes) == 5


def test_a_broken_map_named_after_the_scenario_is_told(tmp_path):
    tracks = write_av2(tmp_path, archive=False)
    (tmp_path / "log_map_archive_scene-1.json").write_text('{"lane_segments": ')
    assert "log_map_archive_scene-1.json: is not valid JSON" in read_file(tracks).reason


def test_several_maps_without_a_name_are_refused(tmp_path):
    tracks = write_av2(tmp_path, archive=False)
    for name in ("a.json", "b.json"):
        write_json(tmp_path / name, av2_map())
    assert read_file(tracks).reason == (
        f"{tracks}: 2 map archives are in its folder and none is named after it. "
        "Put 'scene-1' into the map's file name."
    )


def test_a_folder_gives_one_scenario_and_no_complaint_about_the_map(tmp_path):
    write_av2(tmp_path)
    (result,) = read_path(tmp_path)
    assert isinstance(result, Scenario)


def test_a_map_alone_says_what_to_import(tmp_path):
    path = write_json(tmp_path / "m.json", av2_map())
    assert read_file(path).reason == (
        f"{path}: is the map of an Argoverse 2 scenario, without tracks. Import the folder that holds both."
    )
    assert [type(r) for r in read_path(tmp_path)] == [Rejected]
