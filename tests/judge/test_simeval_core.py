"""The profile simeval-core: for every mode a trace that has it and a near miss that does not."""

import math
from dataclasses import replace

import pytest

from simeval.judge import POLICY_MODES, judge_episode, load_profile, load_taxonomy
from simeval.metrics import Measured, Measurement, measure_episode
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, straight_road, world
from simeval.scenario import AgentKind, Ending, Expect

BRAKE = ((1.0, 0.0, 0.0), (3.0, -5.0, 0.0))


def judged(made):
    measured = measure_episode(made.scenario, made.trace)
    return judge_episode(load_profile("simeval-core"), made.scenario, made.trace, measured)


def cut_off(road_map):
    """Another car comes into the ego's side from the left."""
    ego, other = Track(speed=10), Track(x=1.0, y=7.0, speed=14.14, heading=-math.pi / 4)
    return world([ego, other], road_map=road_map, seconds=3.0)


def beside(y):
    """The ego drives with its lane's centre y to the right; the road ends 1.75 m from that centre."""
    return straight_road(cars=[(0, 15, -y)])


def walker(x, kind=AgentKind.PEDESTRIAN):
    someone = Track(x=x, kind=kind, length=0.6, width=0.6, speed=1.0)
    return world([Track(speed=10), someone], road_map=straight_map(2), seconds=3.0)


def too_fast(excess):
    return straight_road(cars=[(0, 13.9 + excess)], speed_limit=13.9)


def rear_end(gap):
    return straight_road(cars=[(0, 5), (-4.6 - gap, 15)], seconds=3.0)


def crawl(speed):
    return straight_road(cars=[(0, speed)], seconds=10.0, goal=100.0)


def close(gap):
    """Closes on a car at 5 m/s, which drives off just before."""
    other = Track(x=4.6 + gap, speed=10.0, plan=((2.0, 0.0, 0.0), (6.0, 3.0, 0.0)))
    ego = Track(speed=15.0, plan=((2.0, 0.0, 0.0), (4.0, -2.5, 0.0)))
    return world([ego, other], road_map=straight_map(2), seconds=6.0)


def braking(rate):
    return world([Track(speed=20, plan=((1.0, 0.0, 0.0), (2.0, -rate, 0.0)))], road_map=straight_map(2))


def ended(ending):
    return straight_road(cars=[(0, 15)]).ended(ending, "act() raised ValueError")


# mode: (a world that has it, a near miss, whether it is the outcome's mode or only told beside it)
MODES = {
    "contact/vulnerable": (walker(20), walker(50), True),
    "contact/at_fault": (
        straight_road(cars=[(0, 15), (29, 10)]), straight_road(cars=[(0, 15), (30, 10)]), True
    ),
    "contact/fault_unknown": (cut_off(straight_map(2, bounds=False)), cut_off(straight_map(2)), True),
    "road/left": (beside(1.15), beside(1.05), True),
    "rule/red_light": (
        straight_road(cars=[(0, 15)], red_light_at=30.0, green_from=2.0),
        straight_road(cars=[(0, 15)], red_light_at=30.0, green_from=1.8),
        True,
    ),
    "speed/excess": (too_fast(5.1), too_fast(4.9), True),
    "progress/none": (crawl(1.9), crawl(2.1), True),
    "contact/hit_by_other": (rear_end(25), rear_end(35), False),
    "safety/close_call": (close(13.0), close(16.0), False),
    "comfort/hard_brake": (braking(4.2), braking(3.9), False),
    "policy/error": (ended(Ending.POLICY_ERROR), ended(Ending.HORIZON), True),
    "policy/timeout": (ended(Ending.TIMEOUT), ended(Ending.CONTACT), True),
    "policy/nonfinite": (ended(Ending.NONFINITE), ended(Ending.OFF_ROAD), True),
}  # fmt: skip


@pytest.mark.parametrize("mode", sorted(MODES))
def test_each_mode_has_a_trace_that_produces_it_and_a_near_miss(mode):
    hit, near_miss, primary = MODES[mode]
    verdict = judged(hit)
    if primary:
        assert verdict.rule == mode
        assert verdict.outcome == ("policy_fault" if mode.startswith("policy/") else "fail")
    else:
        assert mode in verdict.also
        assert verdict.outcome == "pass"
    near = judged(near_miss)
    assert mode not in (near.rule, *near.also)


def test_the_taxonomy_knows_every_mode_and_each_of_this_profile_has_a_world():
    here = {*load_profile("simeval-core").modes, *POLICY_MODES.values()}
    assert here == set(MODES) <= set(load_taxonomy())


def test_every_meaning_is_one_line_that_ends():
    assert all(m.endswith(".") and "\n" not in m for m in load_taxonomy().values())


def test_the_first_cause_of_a_contact_is_before_it():
    made = world(
        [Track(speed=15.0), Track(x=25.0, speed=15.0, plan=((1.0, 0.0, 0.0), (5.0, -6.0, 0.0)))],
        road_map=straight_map(2), seconds=5.0,
    )  # fmt: skip
    verdict = judged(made)
    assert verdict.rule == "contact/at_fault"
    assert (verdict.cause_event, verdict.cause_agent) == ("hard_brake", "car1")
    assert verdict.cause_time_s == pytest.approx(1.1)
    assert [e["event"] for e in verdict.chain] == ["hard_brake", "ttc_low", "contact"]


def test_the_earliest_cause_wins_and_the_others_are_kept():
    made = straight_road(cars=[(0, 15), (60, 10)], seconds=12.0, red_light_at=20.0)
    verdict = judged(made)  # red light at 1.2 s, contact at 11.1 s
    assert verdict.rule == "rule/red_light"
    assert verdict.also == ["contact/rear_end"]


def test_a_red_light_just_before_a_contact_is_its_first_cause():
    made = straight_road(cars=[(0, 15), (20, 10)], seconds=4.0, red_light_at=20.0)
    verdict = judged(made)
    assert (verdict.rule, verdict.cause_event) == ("contact/at_fault", "red_light")
    assert "rule/red_light" in verdict.also


def test_where_one_must_stop_no_progress_is_right():
    assert judged(crawl(1.0)).rule == "progress/none"
    assert judged(crawl(1.0).tagged("must_stop")).outcome == "pass"


def test_a_hit_from_behind_does_not_fail_for_the_progress_it_cut_short():
    made = straight_road(cars=[(0, 5), (-20, 15)], seconds=1.6, goal=100.0)
    verdict = judged(made)
    assert (verdict.outcome, verdict.also) == ("pass", ["contact/hit_by_other"])


def test_an_invalid_start_is_the_scenarios_fault():
    made = straight_road(cars=[(0, 15), (2, 15)]).ended(Ending.INVALID_START, "in contact with car1")
    verdict = judged(made)
    assert (verdict.outcome, verdict.total) == ("unscored", None)
    assert verdict.reason == "the scenario starts invalid: in contact with car1"


def test_a_contact_at_the_start_is_no_failure_where_contacts_do_not_end_the_episode():
    verdict = judged(straight_road(cars=[(0, 15), (2, 15)]).ended(Ending.HORIZON, ""))
    assert (verdict.outcome, verdict.reason) == ("unscored", "the scenario starts invalid: in contact")


def test_a_policy_fault_scores_zero_and_keeps_the_failures_before_it():
    made = straight_road(cars=[(0, 15)], red_light_at=20.0).ended(Ending.TIMEOUT, "no answer in 1 s")
    verdict = judged(made)
    assert (verdict.outcome, verdict.total, verdict.also) == ("policy_fault", 0.0, ["rule/red_light"])
    assert verdict.evidence == ["no answer in 1 s"]


def test_a_rule_that_rests_on_a_broken_metric_leaves_the_episode_unscored():
    made = straight_road(cars=[(0, 15)])
    measured = measure_episode(made.scenario, made.trace)
    broken = [
        m if m.metric != "contacts" else Measurement(
            metric="contacts", version=1, value=None, valid=False, reason="error: ValueError: x", unit="1"
        )
        for m in measured.measurements
    ]  # fmt: skip
    spoilt = Measured(measurements=broken, events=[], series={})
    verdict = judge_episode(load_profile("simeval-core"), made.scenario, made.trace, spoilt)
    assert verdict.outcome == "unscored"
    assert "contact/vulnerable cannot be decided" in verdict.reason
    assert "error: ValueError: x" in verdict.reason


def test_an_unknown_road_does_not_hinder_a_verdict():
    made = world([Track(speed=10.0)])
    verdict = judged(made)
    assert verdict.outcome == "pass"
    parts = {s.metric: s.score for s in verdict.subscores}
    assert parts["max_distance_off_road_m"] is None
    assert parts["max_overspeed_mps"] is None


def test_a_verdict_does_not_depend_on_what_the_author_expects():
    made = straight_road(cars=[(0, 15), (29, 10)])
    hopeful = replace(made, scenario=replace(made.scenario, expect=Expect(solvable_by=("log",))))
    assert judged(hopeful) == judged(made)
