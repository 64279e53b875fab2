"""Every real file that is there is read, or refused for a reason; nothing is lost on the way."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from simeval.readers import Rejected, files_under, read_file
from simeval.scenario import Scenario, Source
from simeval.scenario.pack import open_pack, write_pack
from simeval.scenario.validate import problems_of


def test_is_read_or_refused_for_a_reason(data_file):
    result = read_file(data_file, alone=False)
    if result is None:
        assert any(isinstance(read_file(p), Scenario) for p in files_under(data_file.parent))
    elif isinstance(result, Rejected):
        assert result.reason.startswith(f"{data_file}: ")
        assert result.reason.endswith((".", ")."))
        known_but_refused = "too short to simulate" in result.reason or "binary map" in result.reason
        assert result.format is None or known_but_refused
    else:
        assert problems_of(result) == []


def test_survives_a_pack_to_the_last_bit(scenario_file, tmp_path):
    scenario = read_file(scenario_file)
    write_pack(tmp_path / "p.pack", [scenario])
    back = open_pack(tmp_path / "p.pack").scenario(scenario.id)
    assert (back.content_hash, back.map.id) == (scenario.content_hash, scenario.map.id)
    assert (back.provenance, back.missing, back.repaired) == (
        scenario.provenance,
        scenario.missing,
        scenario.repaired,
    )


def raw_positions(path):
    """Positions by agent and step straight from the file: {(agent index or id, step): (x, y)}."""
    if path.read_bytes()[:4] == b"PAR1":
        rows = pq.read_table(path).to_pylist()
        return {(r["track_id"], r["timestep"]): (r["position_x"], r["position_y"]) for r in rows}
    found = {}
    for i, agent in enumerate(json.loads(path.read_text())["objects"]):
        place = agent["position"]
        xy = (
            zip(place["x"], place["y"], strict=True)
            if isinstance(place, dict)
            else ((p["x"], p["y"]) for p in place)
        )
        name = str(agent.get("id", i))
        found |= {(name, t): p for t, (p, ok) in enumerate(zip(xy, agent["valid"], strict=True)) if ok}
    return found


def test_no_position_is_lost_or_invented(scenario_file):
    s = read_file(scenario_file)
    kept = {
        (s.agents.ids[a], int(t)): tuple(s.states.xy[t, a] + s.origin) for t, a in np.argwhere(s.states.valid)
    }
    raw = raw_positions(scenario_file)
    assert kept.keys() == raw.keys()
    assert max(np.abs(np.subtract(kept[k], raw[k])).max() for k in raw) < 1e-9


def test_headings_of_moving_vehicles_point_where_they_go(scenario_file):
    """Degrees taken for radians, or a flipped sign, would scatter them."""
    s = read_file(scenario_file)
    vehicle = np.array([s.agents.kind_of(a).is_vehicle for a in range(len(s.agents))])
    moved = np.diff(s.states.xy, axis=0)
    fast = s.states.valid[1:] & s.states.valid[:-1] & vehicle & (np.sqrt((moved**2).sum(-1)) > 0.5)
    if fast.sum() < 10:
        pytest.skip("nobody drives fast enough")
    off = np.arctan2(moved[..., 1], moved[..., 0]) - s.states.heading[1:]
    assert np.median(np.abs(np.remainder(off + np.pi, 2 * np.pi) - np.pi)[fast]) < np.radians(5)


def test_road_edges_have_the_moving_vehicles_to_their_left(scenario_file):
    from simeval.geometry.boundary import Boundary
    from simeval.scenario import EdgeKind

    s = read_file(scenario_file)
    edges = s.map.edges_of(EdgeKind.BOUNDARY, EdgeKind.MEDIAN)
    if not edges:
        pytest.skip("no road edges")
    speed = np.sqrt((s.states.velocity**2).sum(-1))
    vehicle = np.array([s.agents.kind_of(a).is_vehicle for a in range(len(s.agents))])
    points = s.states.xy[s.states.valid & vehicle & (speed > 3.0)]
    if len(points) < 10:
        pytest.skip("nobody drives")
    off = Boundary.of(edges).signed_distance(points)
    assert (off < 0).mean() > 0.95


def test_the_route_leads_along_the_driven_path_to_the_goal(scenario_file):
    from simeval.geometry.polyline import project

    s = read_file(scenario_file)
    if s.ego is None:
        pytest.skip("no ego")
    driven = s.states.xy[s.states.valid[:, s.ego], s.ego]
    _, offset = project(s.route.xy, driven)
    assert np.abs(offset).max() < 0.5
    assert s.goal == pytest.approx(tuple(driven[-1]))


def test_lanes_fit_together_at_their_links(scenario_file):
    lanes = (s := read_file(scenario_file)).map.lanes
    if s.map.topology is Source.ABSENT:
        pytest.skip("no topology")
    gaps = [
        np.sqrt(((lanes.centre[int(b)][0] - lanes.centre[a][-1]) ** 2).sum())
        for a in range(len(lanes))
        for b in lanes.successors[a]
    ]
    assert np.median(gaps) < 0.5 and max(gaps) < 3.0


def test_signals_stand_where_their_lane_begins(scenario_file):
    s = read_file(scenario_file)
    if not len(s.signals):
        pytest.skip("no signals")
    known = np.flatnonzero(s.signals.lane >= 0)
    assert len(known) == len(s.signals)
    starts = np.array([s.map.lanes.centre[int(s.signals.lane[i])][0] for i in known])
    assert np.abs(starts - s.signals.stop_xy[known]).max() < 1.0
