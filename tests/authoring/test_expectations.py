"""Every `[expect]` of a bundled family holds, and constant velocity fails for the family's own reason."""

import functools

import pytest
from authoring_files import SUITES

from simeval.authoring import load_suite
from simeval.judge import judge_episode, load_profile
from simeval.metrics import measure_episode
from simeval.sim import simulate

DRIVERS = ("idm", "constant-velocity")
FAMILIES = [family for folder in SUITES for family in load_suite(folder).families]
DRAWN = [s for family in FAMILIES if family.is_random for seed in (1, 2, 3) for s in family.scenarios(seed)]
SCENARIOS = [s for family in FAMILIES for s in family.scenarios()] + DRAWN
FAILING = [s for s in SCENARIOS if "constant-velocity" in s.expect.failed_by]

# Family -> (failure mode of constant velocity, whom it runs into).
REASONS = {
    "bus_pulls_out": ("contact/at_fault", "bus"),
    "crossing_traffic": ("contact/at_fault", "bus"),
    "curve_too_fast": ("road/left", None),
    "cut_in": ("contact/at_fault", "van"),
    "cut_in_before_truck": ("contact/at_fault", "car"),
    "cut_out": ("contact/at_fault", "broken_down"),
    "cyclist_ahead": ("contact/vulnerable", "cyclist"),
    "lane_ends": ("road/left", None),
    "lead_brakes": ("contact/at_fault", "lead"),
    "lead_brakes_loaded": ("contact/at_fault", "lead"),
    "long_truck_crosses": ("contact/at_fault", "truck"),
    "narrow_gap": ("contact/at_fault", "right_first"),
    "on_ramp_merge": ("road/left", None),
    "oncoming_left_turn": ("contact/at_fault", "turner"),
    "parked_ahead": ("contact/at_fault", "van"),
    "pedestrian_crossing": ("contact/vulnerable", "walker"),
    "red_light": ("rule/red_light", None),
    "roundabout_entry": ("road/left", None),
    "side_road_left": ("road/left", None),
    "slow_truck": ("contact/at_fault", "truck"),
    "stop_and_go": ("contact/at_fault", "first"),
    "truck_merges": ("contact/at_fault", "truck"),
    "truck_in_bend": ("road/left", None),
    "truck_turns_left": ("road/left", None),
    "turning_lead_waits": ("contact/at_fault", "turner"),
    "two_roads_meet": ("road/left", None),
}


@functools.cache
def judged(driver):
    """Scenario id -> (trace, measurements by name, verdict)."""
    profile = load_profile("builtin:simeval-core")
    found = {}
    for scenario, trace in zip(SCENARIOS, simulate(SCENARIOS, driver), strict=True):
        measured = measure_episode(scenario, trace)
        values = {m.metric: m.value for m in measured.measurements}
        found[scenario.id] = trace, values, judge_episode(profile, scenario, trace, measured)
    return found


def told(value):
    return "   none" if value is None else f"{value:7.2f}"


def test_print_gap_ttc_and_duration_of_every_scenario(capsys):
    lines = [f"{'scenario':52s} {'driver':18s} outcome  gap_m   ttc_s   duration_s"]
    for scenario in SCENARIOS:
        for driver in DRIVERS:
            trace, values, verdict = judged(driver)[scenario.id]
            numbers = f"{told(values['min_gap_m'])} {told(values['min_ttc_s'])} {trace.duration:7.1f}"
            lines.append(f"{scenario.id:52s} {driver:18s} {verdict.outcome:6s} {numbers}")
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert len(lines) == 1 + 2 * len(SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.id)
def test_drivers_pass_and_fail_as_promised(scenario):
    for driver in (*scenario.expect.solvable_by, *scenario.expect.failed_by):
        _, _, verdict = judged(driver)[scenario.id]
        wanted = "pass" if driver in scenario.expect.solvable_by else "fail"
        assert verdict.outcome == wanted, (driver, verdict.mode, verdict.evidence)


@pytest.mark.parametrize("scenario", FAILING, ids=lambda s: s.id)
def test_constant_velocity_fails_for_the_reason_of_the_family(scenario):
    trace, _, verdict = judged("constant-velocity")[scenario.id]
    mode, whom = REASONS[scenario.family]
    assert verdict.rule == mode
    if whom is not None:
        assert whom in trace.ending_detail


def test_a_reason_is_told_for_every_family_that_promises_a_failure():
    assert {s.family for s in FAILING} == set(REASONS)
