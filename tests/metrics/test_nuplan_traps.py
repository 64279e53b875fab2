"""Where a faithful formula of nuPlan's still gives another number: one test for each trap."""

import math

import numpy as np
import pytest
from scipy.signal import savgol_filter

from simeval.judge import judge_episode, load_profile
from simeval.metrics import METRICS, Episode, measure_episode
from simeval.metrics.nuplan.aggregate import aggregate, closed_loop_score
from simeval.metrics.nuplan.collision_course import relevant
from simeval.metrics.nuplan.collisions import NuplanCollision, collision_score
from simeval.metrics.nuplan.comfort import broken_bounds, comfort_signals
from simeval.metrics.nuplan.inputs import drive_of
from simeval.metrics.nuplan.tracks import NuplanKind
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, straight_road, world
from simeval.safety.collision_type import CollisionType
from simeval.scenario import Ending

PROFILE = "builtin:nuplan-cls"


def measured(made):
    found = measure_episode(made.scenario, made.trace, wanted=METRICS)
    assert not [m.reason for m in found.measurements if m.is_error]
    return found


def drive(made):
    return drive_of(Episode(scenario=made.scenario, trace=made.trace))


def judged(made):
    profile = load_profile(PROFILE)
    found = measure_episode(made.scenario, made.trace, wanted=profile.measures)
    return judge_episode(profile, made.scenario, made.trace, found)


def score_of(verdict, metric, kind="weighted"):
    return next(s.score for s in verdict.subscores if s.metric == metric and s.kind == kind)


def test_lateral_acceleration_cannot_fail_in_closed_loop():
    """A bend at 7.5 m/s^2 is no lateral acceleration to nuPlan, and is one to us."""
    made = world([Track(speed=15.0, plan=((5.0, 0.0, 0.5),))], seconds=3.0)
    assert (comfort_signals(drive(made).ego).lat_acceleration == 0.0).all()
    episode = Episode(scenario=made.scenario, trace=made.trace)
    assert np.nanmax(episode.ego_motion.across) == pytest.approx(7.5, abs=0.1)


def test_yaw_acceleration_leaks_into_longitudinal_jerk():
    """A slalom at constant speed; the true longitudinal acceleration of its centre stays below 0.4 m/s^2."""
    plan = tuple((0.1 * (k + 1), 0.0, 0.5 * math.cos(0.4 * k)) for k in range(60))
    made = world([Track(speed=10.0, plan=plan)], seconds=6.0)
    signals = comfort_signals(drive(made).ego)
    assert "lon_jerk" in broken_bounds(signals)
    episode = Episode(scenario=made.scenario, trace=made.trace)
    assert np.nanmax(np.abs(episode.ego_motion.along[2:-2])) < 0.4


def test_the_driving_direction_is_a_multiplier_not_a_weighted_metric():
    backwards = world([Track(x=50.0, speed=-4.0)], road_map=straight_map(2), seconds=3.0)
    verdict = judged(backwards)
    assert score_of(verdict, "nuplan_wrong_way_m", "multiplier") == 0.5
    assert sum(s.weight for s in verdict.subscores if s.weight) == 16


def test_progress_is_compared_from_two_metres_on_not_a_tenth():
    """1.5 m where the log stood: to nuPlan both made 2 m."""
    made = straight_road(cars=[(0, 0.5)], seconds=3.0)
    assert measured(made).value("nuplan_progress_ratio") == 1.0
    back = straight_road(cars=[(50, -0.5)], seconds=3.0)  # 1.5 m back is not yet going back
    assert measured(back).value("nuplan_progress_ratio") == 1.0
    far_back = straight_road(cars=[(50, -1.0)], seconds=3.0)
    assert measured(far_back).value("nuplan_progress_ratio") == 0.0


def test_yaw_filters_use_five_samples_not_fifteen():
    made = world([Track(speed=10.0, plan=((2.0, 0.0, 0.4), (2.3, 0.0, -0.6)))], seconds=4.0)
    ego = drive(made).ego
    signals = comfort_signals(ego)
    five = savgol_filter(ego.heading, 5, 2, deriv=1, delta=0.1)
    fifteen = savgol_filter(ego.heading, 15, 2, deriv=1, delta=0.1)
    assert signals.yaw_rate == pytest.approx(five, abs=1e-7)
    assert np.abs(signals.yaw_rate - fifteen).max() > 0.1


def test_fewer_than_four_steps_have_no_comfort():
    row = measured(straight_road(cars=[(0, 10)], seconds=0.2)).measurement("nuplan_comfort_bounds_broken")
    assert (row.valid, row.reason) == (False, "fewer than 4 steps")
    assert measured(straight_road(cars=[(0, 10)], seconds=0.3)).value("nuplan_comfort_bounds_broken") == 0.0


def test_the_even_window_shifts_the_acceleration_by_half_a_step():
    ramp = savgol_filter(np.arange(20.0), 8, 2)
    assert ramp[:4] == pytest.approx([0.0, 1.0, 2.0, 3.0])
    assert ramp[4:16] == pytest.approx(np.arange(4.5, 16.0))
    made = world([Track(speed=20.0)], seconds=1.9)
    object.__setattr__(made.trace, "acceleration", np.arange(20.0))
    assert comfort_signals(drive(made).ego).lon_acceleration == pytest.approx(ramp, abs=1e-7)


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        pytest.param(9.7 * 2.95, None, id="2.95 s would be seen at 3.0, which is not looked at"),
        pytest.param(9.7 * 2.85, 2.9, id="2.85 s is seen at 2.9"),
        pytest.param(9.7 * 0.05, 0.1, id="0.05 s is seen at 0.1; the present is not looked at"),
    ],
)
def test_the_grid_of_times_to_collision_begins_at_a_tenth_and_ends_before_three_seconds(gap, expected):
    """A single step; the closing speed is 9.7 m/s."""
    made = straight_road(cars=[(0, 9.7), (4.6 + gap, 0.0)], seconds=0.0001)
    assert measured(made).value("nuplan_min_ttc_s") == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(("ttc", "score"), [(0.9, 0.0), (1.0, 1.0)])
def test_a_time_to_collision_of_nine_tenths_fails_and_of_one_second_passes(ttc, score):
    made = straight_road(cars=[(0, 10.0), (4.6 + 10.0 * (ttc - 0.05), 0.0)], seconds=0.0001)
    verdict = judged(made)
    assert next(s.raw for s in verdict.subscores if s.metric == "nuplan_min_ttc_s") == pytest.approx(ttc)
    assert score_of(verdict, "nuplan_min_ttc_s") == score


def test_a_drive_that_a_fault_of_the_policy_ended_counts_as_zero_and_does_not_vanish():
    verdict = judged(straight_road(cars=[(0, 15)]).ended(Ending.POLICY_ERROR, "act() raised ValueError"))
    assert (verdict.outcome, verdict.total) == ("policy_fault", 0.0)


def test_the_driving_direction_is_summed_over_one_second_not_over_the_whole_stretch():
    """1.5 m/s in reverse for 6 s: 9 m in all, 1.65 m in a window of eleven samples."""
    made = world([Track(x=50.0, speed=-1.5)], road_map=straight_map(2), seconds=6.0)
    assert measured(made).value("nuplan_wrong_way_m") == pytest.approx(1.65, abs=1e-6)
    assert score_of(judged(made), "nuplan_wrong_way_m", "multiplier") == 1.0


@pytest.mark.parametrize("steps", [25, 42, 49, 50, 54])
def test_the_second_of_the_driving_direction_has_ten_steps_however_long_the_episode(steps):
    """The mean of the time steps is not always 0.1 s to the last bit."""
    made = world([Track(x=50.0, speed=-1.5)], road_map=straight_map(2), seconds=0.1 * (steps - 1))
    assert made.trace.num_steps == steps
    assert measured(made).value("nuplan_wrong_way_m") == pytest.approx(1.65, abs=1e-6)


def test_a_collision_is_any_contact_to_us_and_only_one_by_the_egos_fault_to_nuplan():
    hit_from_behind = measured(straight_road(cars=[(0, 5), (-20, 15)], seconds=3.0))
    assert hit_from_behind.value("contacts") == 1.0
    assert hit_from_behind.value("nuplan_collision_score") == 1.0


def test_the_mean_of_scenarios_is_of_products_not_a_product_of_means():
    good = {"no_ego_at_fault_collisions": 1.0, "ego_progress_along_expert_route": 1.0}
    bad = {"no_ego_at_fault_collisions": 0.0, "ego_progress_along_expert_route": 0.0}
    assert (closed_loop_score(good), closed_loop_score(bad)) == (1.0, 0.0)
    rows, final = aggregate({"a": ("turn", good), "b": ("turn", bad), "c": ("follow", good)})
    assert rows["turn"]["score"] == 0.5
    assert final["score"] == pytest.approx(2 / 3)
    means = {k: final[k] for k in good}
    assert closed_loop_score(means) == pytest.approx(4 / 9)


def test_metrics_are_summed_by_type_and_scores_averaged():
    scores = {"speed_limit_compliance": 0.5, "ego_is_comfortable": None}
    rows, final = aggregate({"a": ("turn", scores), "b": ("turn", scores), "c": ("follow", scores)})
    assert rows["turn"]["speed_limit_compliance"] == 1.0
    assert (rows["turn"]["score"], final["score"]) == (0.5, 0.5)
    assert final["speed_limit_compliance"] == 0.5


@pytest.mark.parametrize(
    ("plan", "speed", "expected"),
    [
        pytest.param(((2.5, -4.0, 0.0),), 8.0, CollisionType.STOPPED_TRACK, id="it braked to a halt before"),
        pytest.param(((9.0, 1.0, 0.0),), 0.0, CollisionType.ACTIVE_FRONT, id="it started from rest"),
    ],
)  # fmt: skip
def test_whether_a_track_stands_is_decided_at_the_contact_not_when_it_first_appears(plan, speed, expected):
    made = world(
        [Track(speed=12.0), Track(x=25.0, speed=speed, plan=plan)], road_map=straight_map(2), seconds=8.0
    )
    assert [c.type for c in drive(made).collisions] == [expected]


def test_the_score_of_collisions_is_a_product_over_groups():
    """One cone leaves half, two leave nothing; the minimum over collisions would be another rule."""

    def hit(kind):
        return NuplanCollision(
            step=0, box=0, track=0, kind=kind, type=CollisionType.ACTIVE_FRONT, delta_v=1.0
        )

    cone, car = hit(NuplanKind.OBJECT), hit(NuplanKind.VEHICLE)
    assert [collision_score(c) for c in ([], [cone], [cone, cone], [car], [cone, car])] == [1, 0.5, 0, 0, 0]


def test_someone_exactly_ahead_can_be_overlooked():
    """arccos of a dot product that rounding pushed beyond 1 is NaN: neither ahead nor behind."""
    seen = set()
    for heading in np.linspace(0.1, 3.0, 60):
        ahead = np.array([math.cos(heading), math.sin(heading)])
        place = 14.0 * ahead
        cars = [Track(heading=heading, speed=10.0), Track(x=place[0], y=place[1], heading=heading)]
        found = drive(world(cars, seconds=0.1))
        seen.add(bool(relevant(found.ego, found.tracks, [], np.zeros(2, dtype=bool))[0, 0]))
    assert seen == {True, False}


def test_the_shortest_drive_that_has_comfort_is_filtered_as_scipy_does():
    """Windows are cut to four samples, also the one of the yaw acceleration, which then is a cubic itself."""
    made = world([Track(speed=10.0, plan=((0.1, 1.0, 0.3), (0.3, -2.0, -0.2)))], seconds=0.3)
    ego = drive(made).ego
    signals = comfort_signals(ego)
    assert signals.yaw_acceleration == pytest.approx(
        savgol_filter(ego.heading, 4, 3, deriv=2, delta=0.1), abs=1e-7
    )
    smooth = savgol_filter(ego.centre_acceleration[:, 0], 4, 2)
    assert signals.lon_acceleration == pytest.approx(smooth, abs=1e-7)
    assert signals.lon_jerk == pytest.approx(savgol_filter(smooth, 4, 2, deriv=1, delta=0.1), abs=1e-6)
