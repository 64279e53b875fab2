"""What the traffic card says of episodes whose traffic did this or that."""

import dataclasses

import numpy as np
import pytest
import shapely
from shapely import affinity

import simeval
from simeval.runs.traffic_card import card_of
from simeval.runs.traffic_events import traffic_events
from simeval.scenario import Agents, Driver, Ending, Flag, Signals, SignalState, States, Trace
from simeval.traffic.approach import approach_of, required_deceleration

LENGTH, WIDTH, DT = 4.5, 1.9, 0.1


def trace_of(tracks, driver=Driver.IDM, kind=1, flags=None, dt=DT):
    """A trace of agents at (x, y, heading) by step; the first one is an ego far away."""
    tracks = [np.full((len(tracks[0]), 3), [-500.0, -500.0, 0.0]), *map(np.asarray, tracks)]
    xyh = np.stack(tracks, axis=1).astype(float)
    steps, count = xyh.shape[:2]
    valid = ~np.isnan(xyh[:, :, 0])
    velocity = np.zeros((steps, count, 2))
    velocity[1:] = np.diff(xyh[:, :, :2], axis=0) / dt
    velocity[0] = velocity[1]
    ids = [f"a{i}" for i in range(count)]
    return Trace(
        scenario_id="t", dt=dt, first_step=0, ego=0,
        flags=np.zeros((steps, count), int) if flags is None else flags,
        agents=Agents.simple(ids, np.full(count, kind), np.full(count, LENGTH), np.full(count, WIDTH)),
        states=States.of(*map(np.nan_to_num, (xyh[:, :, :2], xyh[:, :, 2], velocity)), valid),
        yaw_rate=np.zeros((steps, count)),
        driver=np.array([int(Driver.IDM_EGO), *[int(driver)] * (count - 1)]),
        command=np.zeros((steps, 2)), acceleration=np.zeros(steps), steering=np.zeros(steps),
        ending=Ending.HORIZON, ending_detail="",
    )  # fmt: skip


def straight(x, y, speed, heading=0.0, steps=101):
    time = np.arange(steps) * DT
    far = np.cumsum(np.broadcast_to(speed, steps)) * DT if np.ndim(speed) else speed * time
    return np.stack([x + far * np.cos(heading), y + far * np.sin(heading), np.full(steps, heading)], axis=1)


def events(trace, scenario=None, **changes):
    base = scenario or simeval_scenario(trace, **changes)
    return traffic_events("key", base, trace)


def simeval_scenario(trace, **changes):
    from simeval.scenario import Polylines, Provenance, RoadMap, Scenario

    values = {
        "id": "t", "suite": "t", "family": "t", "dt": trace.dt, "start_step": 0, "origin": (0.0, 0.0),
        "agents": trace.agents, "states": trace.states, "ego": 0, "route": None, "goal": None,
        "paths": Polylines.of([np.zeros((0, 2))] * len(trace.agents)), "map": RoadMap.empty(),
        "signals": Signals.none(trace.num_steps), "provenance": Provenance(format="test", licence="x"),
    } | changes  # fmt: skip
    return Scenario(**values)


def only(rows, event):
    return [row for row in rows if row["event"] == event]


def test_a_rear_end_contact_is_told_of_the_follower_with_the_braking_it_needed():
    trace = trace_of([straight(0.0, 0.0, 10.0), straight(40.0, 0.0, 5.0)])
    [row] = only(events(trace), "contact")
    gap = 40.0 - LENGTH
    assert (row["agent"], row["other"], row["is_follower"], row["entered_step"]) == ("a1", "a2", True, 0)
    assert row["value"] == pytest.approx(5.0**2 / (2.0 * gap))
    assert row["step"] == int(np.ceil(gap / 5.0 / DT - 1e-9)) and row["closing_speed_mps"] == pytest.approx(
        5.0
    )


def test_whoever_cuts_in_starts_the_clock_when_its_body_comes_into_the_corridor():
    """Sideways at 2 m/s from 4 m beside: its side comes into the corridor after 2.1 m."""
    cutter = straight(30.0, 4.0, 0.0)
    cutter[:, 1] = np.maximum(0.0, 4.0 - 2.0 * np.arange(101) * DT)
    trace = trace_of([straight(0.0, 0.0, 10.0), cutter])
    [row] = only(events(trace), "contact")
    assert row["agent"] == "a1" and row["entered_step"] == 11
    assert row["value"] == pytest.approx(10.0**2 / (2.0 * (30.0 - LENGTH - 11.0)))


def test_a_crossing_contact_is_told_of_the_one_whose_corridor_was_entered():
    """The crossing one comes out with its side ahead of the other's bumper; it never had that one ahead."""
    trace = trace_of([straight(-40.0, 0.0, 10.0), straight(1.0, -38.0, 10.0, np.pi / 2.0)])
    [row] = only(events(trace), "contact")
    assert (row["agent"], row["other"], row["is_follower"]) == ("a1", "a2", True)
    assert row["entered_step"] > 0


def test_a_side_swipe_has_no_follower():
    drifting = straight(0.0, 3.0, 10.0)
    drifting[:, 1] -= 0.5 * np.arange(101) * DT
    [row] = only(events(trace_of([straight(0.0, 0.0, 10.0), drifting])), "contact")
    assert (row["is_follower"], row["value"], row["entered_step"]) == (False, None, None)


def test_who_touches_from_the_start_was_recorded_so():
    assert not only(events(trace_of([straight(0.0, 0.0, 10.0), straight(4.0, 0.0, 10.0)])), "contact")


def test_two_logs_that_touch_are_no_event_of_the_traffic():
    for driver in (Driver.REPLAY, Driver.REACTIVE_REPLAY):
        trace = trace_of([straight(0.0, 0.0, 10.0), straight(40.0, 0.0, 5.0)], driver=driver)
        assert not only(events(trace), "contact")
        moved = dataclasses.replace(trace.states, xy=trace.states.xy + np.array([0.0, 0.1]))
        assert (
            len(only(events(trace, simeval_scenario(dataclasses.replace(trace, states=moved))), "contact"))
            == 1
        )


def test_a_contact_that_ends_and_begins_again_counts_twice():
    speed = np.full(101, 5.0)
    speed[33:45], speed[45:60], speed[60:] = -10.0, 12.0, 0.0
    trace = trace_of([straight(0.0, 0.0, speed), straight(20.0, 0.0, 0.0)])
    assert len(only(events(trace), "contact")) == 2


def test_a_contact_with_the_ego_says_whether_the_agent_drove_into_it():
    for speeds, into in (((10.0, 5.0), True), ((5.0, 10.0), False)):
        trace = trace_of([straight(0.0, 0.0, speeds[0]), straight(30.0, 0.0, speeds[1])])
        x = trace.states.xy.copy()
        x[:, 0] = x[:, 2] if into else x[:, 1] - [40.0, 0.0]
        states = dataclasses.replace(trace.states, xy=x)
        if not into:
            states.velocity[:, 0] = [20.0, 0.0]
            x[:, 0, 0] = x[0, 1, 0] - 40.0 + 20.0 * np.arange(101) * DT
        states.valid[:, 2] = False
        [row] = only(events(dataclasses.replace(trace, states=states)), "ego_contact")
        assert (row["agent"], row["other"], row["is_follower"]) == ("a1", "a0", into)


def test_hard_braking_counts_stretches_below_six():
    for decel, count in ((5.9, 0), (6.1, 1)):
        speed = np.concatenate(
            [np.full(20, 20.0), 20.0 - decel * DT * np.arange(1, 21), np.full(61, 20.0 - 2.0 * decel)]
        )
        found = only(events(trace_of([straight(0.0, 0.0, speed)])), "hard_braking")
        found = [row for row in found if row["step"] < 38]
        assert len(found) == count
        assert all(row["value"] == pytest.approx(decel, abs=1e-6) for row in found)


def test_flags_become_durations():
    flags = np.zeros((101, 2), int)
    flags[10:30, 1], flags[50:55, 1] = Flag.OFF_ROAD, Flag.HELD_BACK
    rows = events(trace_of([straight(0.0, 0.0, 10.0)], flags=flags))
    assert [(r["event"], r["step"], round(r["value"], 6)) for r in rows] == [
        ("off_road", 10, 2.0),
        ("held_back", 50, 0.5),
    ]


def test_whoever_leaves_the_map_where_its_road_ends_is_not_off_the_road():
    track = straight(0.0, 0.0, 10.0)
    track[31:] = np.nan
    flags = np.zeros((101, 2), int)
    flags[29:31, 1] = Flag.OFF_ROAD  # its front is past the end, 1 m before it is gone
    assert events(trace_of([track], flags=flags)) == []
    flags[20:31, 1] = Flag.OFF_ROAD  # but not 10 m before
    assert [(r["event"], r["step"]) for r in events(trace_of([track], flags=flags))] == [("off_road", 20)]


STANDS = straight(0.0, 0.0, 0.0, steps=201)
END_FAR = {"paths": None}


def stall(trace, **changes):
    from simeval.scenario import Polylines

    way = np.array([[0.0, 0.0], [300.0, 0.0]])
    paths = Polylines.of([np.zeros((0, 2)), *[way] * (len(trace.agents) - 1)])
    return [
        (r["agent"], round(r["value"], 6))
        for r in only(events(trace, **({"paths": paths} | changes)), "stall")
    ]


def test_a_stall_is_a_vehicle_that_stands_for_ten_seconds_and_nothing_holds_it():
    assert stall(trace_of([STANDS])) == [("a1", 20.1)]
    assert stall(trace_of([STANDS[:99]])) == []
    assert stall(trace_of([STANDS], driver=Driver.REPLAY)) == []
    assert stall(trace_of([STANDS], kind=7)) == []


def test_whoever_is_held_does_not_stall():
    ahead, beside = straight(15.0, 2.0, 0.0, steps=201), straight(5.0, 12.0, 0.0, steps=201)
    assert stall(trace_of([STANDS, ahead])) == [("a2", 20.1)]
    assert stall(trace_of([STANDS, beside]))[0] == ("a1", 20.1)
    trace = trace_of([STANDS])
    for shown, stalls in ((SignalState.RED, 0), (SignalState.GREEN, 1), (SignalState.UNKNOWN, 0)):
        signals = Signals(
            lane=np.array([-1]), stop_xy=np.array([[12.0, 1.0]]), state=np.full((201, 1), int(shown)),
            last_known=np.array([200]),
        )  # fmt: skip
        assert len(stall(trace, signals=signals)) == stalls
    from simeval.scenario import Polylines

    short = Polylines.of([np.zeros((0, 2)), np.array([[0.0, 0.0], [8.0, 0.0]])])
    assert stall(trace, paths=short) == []


def test_required_deceleration_is_what_stops_just_in_time():
    for gap, closing in ((10.0, 8.0), (30.0, 15.0)):
        decel = required_deceleration(gap, closing)
        assert closing * closing / (2.0 * decel) == pytest.approx(gap)
    assert required_deceleration(10.0, -1.0) == 0.0
    assert required_deceleration(0.0, 1.0) == np.inf


def _box(x, y, heading):
    box = shapely.box(-0.5 * LENGTH, -0.5 * WIDTH, 0.5 * LENGTH, 0.5 * WIDTH)
    return affinity.translate(affinity.rotate(box, heading, origin=(0, 0), use_radians=True), x, y)


@pytest.mark.parametrize("seed", range(30))
def test_entering_steps_and_gaps_are_those_of_swept_polygons(seed):
    """The corridor as a union of quadrilaterals along the way, the gap by bisection along it."""
    draw = np.random.default_rng(seed)
    heading = draw.uniform(-np.pi, np.pi)
    cross = heading + draw.uniform(0.3, 2.5) * draw.choice([-1.0, 1.0])
    one = straight(0.0, 0.0, draw.uniform(5.0, 12.0), heading, steps=60)
    hit = draw.integers(20, 50)
    speed = draw.uniform(2.0, 10.0)
    other = straight(0.0, 0.0, speed, cross, steps=60)
    other[:, :2] += one[hit, :2] + draw.uniform(-1.0, 1.0, 2) - other[hit, :2]
    trace = trace_of([one, other])
    rows = only(events(trace), "contact")
    for row in rows:
        if not row["is_follower"] or row["value"] is None:
            continue
        f, o = (one, other) if row["agent"] == "a1" else (other, one)
        assert row["entered_step"] == _entered(f, o, row["step"])
        how = approach_of(trace.agents, trace.states, 1 if f is one else 2, 2 if f is one else 1, row["step"])
        assert how.gap == pytest.approx(_gap(f, o, row["entered_step"]), abs=1e-6)


def _corridor(f, t, far=150.0):
    c, s = np.cos(f[t, 2]), np.sin(f[t, 2])
    begin, end = f[t, :2], f[t, :2] + (far + 0.5 * LENGTH) * np.array([c, s])
    return shapely.LineString([begin, end]).buffer(0.5 * WIDTH, cap_style="flat")


def _is_in(f, o, t):
    ahead = (o[t, 0] - f[t, 0]) * np.cos(f[t, 2]) + (o[t, 1] - f[t, 1]) * np.sin(f[t, 2]) > 0.0
    return ahead and _corridor(f, t).intersects(_box(*o[t]))


def _entered(f, o, step):
    t = step if _is_in(f, o, step) else step - 1
    while t > 0 and _is_in(f, o, t - 1):
        t -= 1
    return t


def _gap(f, o, t):
    inside = _corridor(f, t).intersection(_box(*o[t]))
    along = [
        (x - f[t, 0]) * np.cos(f[t, 2]) + (y - f[t, 1]) * np.sin(f[t, 2]) for x, y in inside.exterior.coords
    ]
    return max(min(along), 0.0) - 0.5 * LENGTH


def test_a_replayed_agent_that_drives_into_the_ego_is_warned_of(make_pack, tools, tmp_path):
    """The ego stands; the log of the car behind it drives through it."""
    scenario = tools.chase("behind", gap=-20.0, speed=0.5, lead_speed=10.0)
    made = simeval.evaluate("constant-velocity", make_pack(scenario), out=tmp_path / "runs", traffic="replay")
    card = made.traffic_card()
    assert [(m["model"], m["agents"]) for m in card["models"]] == [("replay", 1)]
    assert list(made.traffic_events["event"]) == ["ego_contact"]
    reacts = simeval.evaluate("constant-velocity", make_pack(scenario), out=tmp_path / "runs", traffic="idm")
    assert list(reacts.traffic_events["event"]) == ["hard_braking"]
    assert card["failed_by_replay"] == 0  # the profile does not blame the ego for it: no failure, no warning
    judged = made.scores.assign(outcome="fail", cause_agent="lead")
    blamed = card_of(made.traffic_events, made.traffic_models, judged)
    assert blamed["failed_by_replay_keys"] == list(made.plan["key"])
    assert "1 of 1 failed episodes fail because a replayed agent drove" in blamed["warnings"][0]


def test_a_card_that_was_deleted_is_made_again_from_the_traces(make_pack, tools, tmp_path):
    import shutil

    made = simeval.evaluate("idm", make_pack(tools.chase("near", gap=12.0)), out=tmp_path / "runs")
    before = made.traffic_card()
    files = {p.name: p.read_bytes() for p in (made.path / "traffic").rglob("*.parquet")}
    shutil.rmtree(made.path / "traffic")
    assert simeval.open_run(made.path).traffic_card() is None
    again = simeval.evaluate("idm", tmp_path / "tiny.pack", out=tmp_path / "runs")
    assert again.traffic_card() == before
    assert files == {p.name: p.read_bytes() for p in (again.path / "traffic").rglob("*.parquet")}
