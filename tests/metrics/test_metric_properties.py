"""What must not matter to any metric, and what can only make things worse. All registered metrics are walked:
a new one is held to this without an edit here."""

import numpy as np
import pytest
from random_scenes import busy, drift, errand, everything
from test_second_truck import combination
from transforms import chosen, grown, hastened, shown, until

from simeval.metrics import METRICS, Episode, measure_episode

SEEDS = [*range(4), *(pytest.param(s, marks=pytest.mark.nightly) for s in range(4, 100))]
RIGHT = "who comes from the right goes first"
LEAKS = "nuPlan adds the yaw acceleration, with its sign, to the longitudinal one"
CHANGES = {
    "turned and moved": {},
    "mirrored": {
        "nuplan_comfort_bounds_broken": LEAKS, "navsim_comfort_bounds_broken": LEAKS,
        "navsim_history_comfort_bounds_broken": LEAKS, "navsim_extended_comfort_bounds_broken": LEAKS,
        "priority_violations": RIGHT,
    },
    "in another order": {},
    "without somebody far away": {},
}  # fmt: skip
"""By change the metrics that it may change, with the reason."""
SIMPLIFIED = 0.011  # [m] the road's edge is drawn from another first point in another frame, to a centimetre
ROOM = dict.fromkeys(
    ("max_distance_off_road_m", "max_kerb_encroachment_m", "nuplan_max_off_road_m"), SIMPLIFIED
)


def measured(made):
    found = measure_episode(made.scenario, made.trace, wanted=METRICS, companions=made.companions)
    assert not [m for m in found.measurements if m.is_error]
    return found


@pytest.fixture(scope="module")
def known():
    """Worlds and what is measured on them, by seed."""
    kept = {}

    def get(seed):
        if seed not in kept:
            made = everything(seed)
            kept.clear()
            kept[seed] = (made, measured(made))
        return kept[seed]

    return get


def changed(change, made, seed):
    rng = np.random.default_rng(seed)
    num = len(made.trace.agents)
    if change == "turned and moved":
        return shown(made, float(rng.uniform(-3, 3)), rng.uniform(-500, 500, 2))
    if change == "mirrored":
        return shown(made, mirror=True)
    if change == "in another order":
        return chosen(made, rng.permutation(num))
    return chosen(made, np.arange(num - 1))


def differences(one, two, but=()):
    wrong = []
    for name in METRICS:
        if name in but:
            continue
        a, b = one.measurement(name), two.measurement(name)
        room = max(2e-6, ROOM.get(name, 0.0))
        if a.valid != b.valid or (a.valid and b.value != pytest.approx(a.value, rel=1e-6, abs=room)):
            wrong.append((name, a, b))
        elif a.agent != b.agent and a.value != pytest.approx(b.value, rel=1e-12, abs=1e-12):
            wrong.append((name, a, b))  # of two moments that are equal to the last bits either may be named
    return wrong


def said(found):
    """Events but off_road, which begins where the edge is passed by a centimetre."""
    events = (e for e in found.events if e.event != "off_road")
    return [(e.event, e.kind, e.step, e.agent, e.detail.get("fault")) for e in events]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_world_seen_otherwise_is_measured_alike(known, seed, change):
    made, first = known(seed)
    second = measured(changed(change, made, seed))
    assert differences(first, second, CHANGES[change]) == []
    if change != "mirrored":  # sides are other ones then
        assert said(first) == said(second)


@pytest.mark.nightly
def test_these_worlds_let_every_metric_have_a_value(known):
    """Else turning them shows nothing."""
    defined = {m.metric for seed in range(24) for m in known(seed)[1].measurements if m.valid}
    assert sorted(set(METRICS) - defined) == []


SAFETY = (
    "min_gap_m", "min_ttc_s", "time_ttc_low_s", "ttc_integral_s2", "min_ttb_s", "min_tts_s", "min_ttr_s",
    "min_wttc_s", "min_pet_s", "contacts", "waymax_overlap",
)  # fmt: skip
AHEAD = ("min_lead_gap_m", "min_headway_s")
COUNTED = (
    "at_fault_contacts", "unknown_fault_contacts", "max_impact_speed_mps", "max_delta_v_mps",
    "nuplan_collision_score", "nuplan_min_ttc_s",
)  # fmt: skip
ROAD = (
    "max_distance_off_road_m", "time_off_road_s", "max_lane_offset_m", "time_over_lane_line_s",
    "lane_invasions", "max_overspeed_mps", "overspeed_time_s", "overspeed_integral_m",
    "red_light_crossings", "stall_time_s", "stalls", "max_curve_accel_mps2", "waymax_offroad",
    "waymax_wrong_way_m", "waymax_off_route_m", "nuplan_max_off_road_m", "nuplan_wrong_way_m",
    "max_route_deviation_m", "off_route_way_m", "against_lane_m", "reversing_distance_m", "missed_exits",
    "crosswalk_conflicts", "lane_changes", "waymax_kinematic_infeasibility",
)  # fmt: skip
TRUCK = (
    "max_swept_width_m", "max_off_tracking_m", "max_cut_in_m", "max_swing_out_m", "max_hitch_angle_rad",
    "min_jackknife_margin_rad", "jackknife_time_s", "max_lane_encroachment_m", "max_kerb_encroachment_m",
)  # fmt: skip
WIDER = ("max_swept_width_m", "max_lane_encroachment_m", "max_kerb_encroachment_m")
FASTER = {  # by the power of the speed that they grow with
    "max_decel_mps2": 2, "max_lateral_accel_mps2": 2, "max_curve_accel_mps2": 2, "max_jerk_mps3": 3,
    "rms_jerk_mps3": 3, "max_lateral_jerk_mps3": 3, "duration_s": -1, "route_progress_m": 0,
    "max_off_tracking_m": 0, "max_swept_width_m": 0, "max_route_deviation_m": 0,
}  # fmt: skip
FEW = [*range(25), *(pytest.param(s, marks=pytest.mark.nightly) for s in range(25, 400))]


def assert_no_better(names, before, after):
    """None of them is better after than before; what had a value still has one."""
    one, two = (Episode(scenario=made.scenario, trace=made.trace) for made in (before, after))
    for name in names:
        a, b = METRICS[name].measure(one), METRICS[name].measure(two)
        assert not a.is_error and not b.is_error
        if a.valid:
            sign = -1.0 if METRICS[name].better == "higher" else 1.0
            assert b.valid, (name, a, b)
            assert sign * (b.value - a.value) >= -2e-6 * (1.0 + abs(a.value)), (name, a, b)


@pytest.mark.parametrize("seed", FEW)
def test_somebody_more_makes_nothing_better(seed):
    made = busy(seed)
    fewer = chosen(made, np.arange(len(made.trace.agents) - 1))
    assert_no_better((*SAFETY, *AHEAD, *COUNTED, "near_misses"), fewer, made)


@pytest.mark.parametrize("seed", FEW)
def test_larger_bodies_make_nothing_safer(seed):
    made = busy(seed)
    assert_no_better((*SAFETY, *AHEAD), made, grown(made, 1.1))


@pytest.mark.parametrize("seed", FEW)
def test_what_comes_later_mends_nothing(seed):
    """But for near misses: one that ends in a contact is none any more."""
    scene = drift if seed % 2 else busy
    made = scene(seed)
    while made.trace.agents.num_trailers:  # their speed at the last step is a one-sided difference
        seed += 1000
        made = scene(seed)
    steps = 2 + seed % (made.trace.num_steps - 2)
    assert_no_better((*SAFETY, *COUNTED, *ROAD), until(made, steps), made)


@pytest.mark.parametrize("seed", FEW)
def test_a_truck_that_drives_on_takes_no_less_space_and_folds_no_less(seed):
    made = combination(seed)
    assert_no_better(TRUCK, until(made, 2 + seed % (made.trace.num_steps - 2)), made)


@pytest.mark.parametrize("seed", FEW)
def test_a_wider_truck_takes_no_less_space(seed):
    made = combination(seed)
    assert_no_better(WIDER, made, grown(made, 1.1, ego=True))


@pytest.mark.parametrize("seed", FEW)
def test_the_same_way_in_less_time_is_rougher_by_powers_of_the_speed(seed):
    made, factor = errand(seed), 1.25
    one, two = (Episode(scenario=m.scenario, trace=m.trace) for m in (made, hastened(made, factor)))
    for name, power in FASTER.items():
        a, b = METRICS[name].measure(one), METRICS[name].measure(two)
        assert a.valid == b.valid and not a.is_error, name
        if a.valid:
            assert b.value == pytest.approx(a.value * factor**power, rel=1e-9, abs=1e-9), name
