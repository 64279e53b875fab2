import numpy as np
import pytest
from file_makers import X0, Y0, nocturne, road, waymo, waymo_object, write_json

from simeval.readers import read_file
from simeval.scenario import (
    AgentKind,
    AreaKind,
    Controller,
    EdgeKind,
    LaneKind,
    Scenario,
    SignalState,
    Source,
)


def read(tmp_path, value, name="any name at all.dat"):
    scenario = read_file(write_json(tmp_path / name, value))
    assert isinstance(scenario, Scenario), scenario.reason
    return scenario


def test_gpudrive_layout(tmp_path):
    s = read(tmp_path, waymo())
    assert (s.id, s.dt, s.start_step, s.num_steps) == ("waymo-json/abc123", 0.1, 10, 20)
    assert (s.agents.ids, s.ego) == (("100", "101"), 0)
    assert s.provenance.format == "waymo-json" and "Non-Commercial" in s.provenance.licence
    assert s.provenance.files == ("any name at all.dat",)
    assert s.missing == ("speed_limits", "topology", "signals")
    assert s.repaired == ()


def test_positions_are_local_and_lose_no_digit(tmp_path):
    s = read(tmp_path, waymo())
    assert s.origin == (8000.0, -3001.0)
    raw = [(p["x"], p["y"]) for p in waymo()["objects"][1]["position"]]
    assert (s.states.xy[:, 1] + s.origin == np.array(raw)).all()
    assert np.abs(s.states.xy).max() < 100.0


def test_every_kind_of_map_element(tmp_path):
    roads = read(tmp_path, waymo()).map
    assert roads.lanes.ids == ("7", "8")
    assert list(roads.lanes.kind) == [LaneKind.FREEWAY, LaneKind.BIKE]
    assert roads.topology is Source.ABSENT
    assert list(roads.edges.kind) == [EdgeKind.BOUNDARY, EdgeKind.MEDIAN, EdgeKind.LINE]
    kinds = [AreaKind.CROSSWALK, AreaKind.DRIVEWAY, AreaKind.SPEED_BUMP, AreaKind.STOP]
    assert list(roads.areas.kind) == kinds
    assert list(roads.areas.outline.counts) == [4, 4, 4, 1]


def test_road_edges_keep_their_direction(tmp_path):
    """Waymo's road lies to the left of its edges, as ours."""
    s = read(tmp_path, waymo())
    (edge,) = s.map.edges_of(EdgeKind.BOUNDARY)
    assert edge[0] + s.origin == pytest.approx([X0, Y0 - 2])
    along, to_ego = edge[1] - edge[0], s.states.xy[0, 0] - edge[0]
    assert along[0] * to_ego[1] - along[1] * to_ego[0] > 0


@pytest.mark.parametrize("columns", [False, True], ids=["points", "columns"])
def test_nocturne_layout_is_in_degrees_and_has_no_ego(tmp_path, columns):
    file = nocturne(columns=columns)
    file["objects"][1]["heading"] = [433.0] * 20
    s = read(tmp_path, file)
    assert s.ego is None and s.route is None and s.missing[0] == "ego"
    assert s.agents.ids == ("0", "1")
    assert s.id == "waymo-json/synthetic"
    assert s.states.heading[:, 1] == pytest.approx(np.full(20, np.radians(73.0)))
    assert s.states.xy[3, 0] + s.origin == pytest.approx([X0 + 1.5, Y0])
    assert list(s.map.lanes.kind) == [LaneKind.UNKNOWN, LaneKind.UNKNOWN]


def test_invalid_steps_become_zeros(tmp_path):
    late = waymo_object(1)
    for t in range(5):
        late["position"][t] = {"x": -10000.0, "y": -10000.0, "z": -10000.0}
        late["velocity"] = [{"x": -10000.0, "y": -10000.0}] * 5 + late["velocity"][5:]
        late["heading"][t], late["valid"][t] = -10000.0, False
    s = read(tmp_path, waymo(objects=[waymo_object(0), late]))
    assert not s.states.valid[:5, 1].any() and s.states.valid[5:, 1].all()
    assert (s.states.xy[:5, 1] == 0).all() and (s.states.heading[:5, 1] == 0).all()


def test_experts_are_replayed(tmp_path):
    s = read(tmp_path, waymo(objects=[waymo_object(0), waymo_object(1, mark_as_expert=True)]))
    assert list(s.agents.controller) == [Controller.AUTO, Controller.REPLAY]


def test_kinds_of_road_users_and_long_vehicles(tmp_path):
    kinds = ["vehicle", "pedestrian", "cyclist", "other"]
    objects = [waymo_object(i, type=k) for i, k in enumerate(kinds)] + [waymo_object(4, length=12.0)]
    s = read(tmp_path, waymo(objects=objects))
    assert list(s.agents.kind) == [
        AgentKind.CAR, AgentKind.PEDESTRIAN, AgentKind.CYCLIST, AgentKind.OTHER, AgentKind.TRUCK,
    ]  # fmt: skip
    assert s.repaired == ("1 vehicle of 8 m or more taken for trucks",)


def test_an_agent_without_size_gets_that_of_its_type(tmp_path):
    sizeless = waymo_object(1, type="pedestrian", length=0.0, width=0.0)
    s = read(tmp_path, waymo(objects=[waymo_object(0), sizeless]))
    assert s.agents.length[1] == 0.7 and s.agents.length[0] == 4.5
    assert s.repaired == ("1 agent without size got that of their type",)


def test_an_agent_that_is_never_there_is_left_out(tmp_path):
    objects = [waymo_object(0, valid=[False] * 20), waymo_object(1), waymo_object(2)]
    s = read(tmp_path, waymo(objects=objects, metadata={"sdc_track_index": 2}))
    assert s.agents.ids == ("101", "102") and s.ego == 1
    assert s.repaired == ("1 agent never there left out",)


def test_broken_map_elements_are_left_out_and_counted(tmp_path):
    roads = [
        road("lane", [(0, 0)], 1), road("lane", [(0, 0), (0, 0)], 2), road("road_line", [], 3),
        road("driveway", [(0, 0), (1, 1), (0, 0)], 4), road("lane", [(0, 0), (9, 0), (9, 0)], 5),
    ]  # fmt: skip
    s = read(tmp_path, waymo(roads=roads))
    assert s.map.lanes.ids == ("5",) and list(s.map.lanes.centre.counts) == [2]
    assert s.repaired == (
        "1 driveway with too few points left out",
        "2 lanes with too few points left out",
        "1 road line with too few points left out",
    )


def test_the_closing_point_of_an_area_is_left_out(tmp_path):
    ring = [(0, 0), (4, 0), (4, 4), (0, 0)]
    s = read(tmp_path, waymo(roads=[road("crosswalk", ring)]))
    assert list(s.map.areas.outline.counts) == [3]


def lights(**states):
    return {
        name: {"state": [w for _, w in seen], "time_index": [t for t, _ in seen],
               "x": [X0 + x] * len(seen), "y": [Y0] * len(seen)}
        for name, (x, seen) in states.items()
    }  # fmt: skip


def test_signals_follow_time_index_and_the_last_state_is_held(tmp_path):
    seen = [(2, "go"), (3, "caution"), (6, "arrow_stop")]
    s = read(tmp_path, waymo(tl_states=lights(**{"8": (60, seen)})))
    unknown, green, yellow, red = (SignalState[n] for n in ("UNKNOWN", "GREEN", "YELLOW", "RED"))
    assert list(s.signals.state[:, 0]) == [unknown] * 2 + [green, yellow] + [unknown] * 2 + [red] * 14
    assert list(s.signals.last_known) == [6]
    assert list(s.signals.lane) == [1], "the lane with the id 8"
    assert s.signals.stop_xy[0] + s.origin == pytest.approx([X0 + 60, Y0])
    assert "signals" not in s.missing


def test_nocturne_signals_find_their_lane_by_the_stop_point(tmp_path):
    tl_states = lights(**{"374": (60, [(0, "stop")]), "375": (25, [(0, "flashing_stop")])})
    s = read(tmp_path, nocturne(tl_states=tl_states))
    assert list(s.signals.lane) == [1, -1]
    assert list(s.signals.state[0]) == [SignalState.RED, SignalState.UNKNOWN]
    assert s.repaired == (
        "signals were matched to lanes by their stop points",
        "1 signal without a lane in the map",
        "flashing signals were taken as unknown",
    )


def test_velocities_that_contradict_positions_are_kept_and_noted(tmp_path):
    wrong = waymo_object(1, velocity=[{"x": 40.0, "y": 0.0}] * 20)
    s = read(tmp_path, waymo(objects=[waymo_object(0), wrong]))
    assert s.missing[-1] == "consistent velocity (1 agent, first '101')"
    assert (s.states.velocity[:, 1, 0] == 40.0).all()


def test_headings_across_the_direction_of_travel_are_noted(tmp_path):
    s = read(tmp_path, waymo(objects=[waymo_object(0), waymo_object(1, heading=[1.5] * 20)]))
    assert s.missing[-1] == "consistent heading (1 agent, first '101')"


def test_the_name_inside_the_file_is_made_an_id(tmp_path):
    s = read(tmp_path, waymo(scenario_id="../../etc/pass wd\n\x1b[31m; rm -rf $(x)"))
    assert s.id == "waymo-json/.._.._etc_pass_wd_31m_rm_-rf_x"
    assert s.provenance.source_id.startswith("../../etc/pass wd\n")


def test_a_single_point_geometry_and_unknown_keys_are_accepted(tmp_path):
    sign = road("stop_sign", [(3, 3)])
    sign["geometry"] = sign["geometry"][0]
    s = read(tmp_path, waymo(roads=[sign], something_new={"a": [1, 2]}))
    assert list(s.map.areas.kind) == [AreaKind.STOP]
