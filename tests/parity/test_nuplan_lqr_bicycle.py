"""Every roll-out and step of nuplan_lqr_bicycle: profiles, errors, commands, and the closed loop."""

import numpy as np

from simeval.vehicles.lqr import HORIZON, lqr_command, lqr_errors
from simeval.vehicles.lqr_profiles import STEP, fit_profiles, num_samples
from simeval.vehicles.nuplan_bicycle import nuplan_bicycle_step
from simeval.vehicles.plans import profile_at, resample, unwrap_headings

TOLERANCE = 1e-6
TIME, X, Y, HEADING, SPEED, ACCELERATION, STEERING = 0, 1, 2, 3, 4, 6, 8
DRIVEN = [X, Y, HEADING, SPEED, ACCELERATION, STEERING]  # columns that the model's state consists of


class Plan:
    """A plan of the file with its profiles."""

    def __init__(self, case):
        times = np.asarray(case["plan_time_us"])
        self.start, self.spacing = times[0], (times[1] - times[0]) / 1e6
        assert (np.diff(times) == times[1] - times[0]).all(), "plans here are evenly spaced"
        self.poses = np.array(case["plan"], dtype=float)[:, :3].copy()
        unwrap_headings(self.poses)
        samples = np.zeros((num_samples((times[-1] - times[0]) / 1e6), 3))
        resample(self.poses, self.spacing, STEP, samples)
        self.speeds, self.curvatures = np.zeros((2, len(samples) - 1))
        fit_profiles(samples, self.speeds, self.curvatures, np.zeros((len(samples) - 1, 3)))

    def time(self, row):
        return (row[TIME] - self.start) / 1e6

    def command(self, row, wheelbase):
        state = (row[X], row[Y], row[HEADING], row[SPEED], row[STEERING])
        profiles = (self.poses, self.spacing, self.speeds, self.curvatures)
        return lqr_command(*state, wheelbase, *profiles, self.time(row))

    def references(self, row):
        now, last = self.time(row), STEP * (HORIZON - 1)
        offset, turned = lqr_errors(self.poses, self.spacing, now, row[X], row[Y], row[HEADING])
        speed = profile_at(self.speeds, STEP, now + HORIZON * STEP)
        bends = [profile_at(self.curvatures, STEP, now + ahead) for ahead in (0.0, last)]
        return [speed, offset, turned, row[STEERING], *bends]


def move(row, command, wheelbase, dt):
    """The row after dt."""
    after = np.array(row, dtype=float)
    after[DRIVEN] = nuplan_bicycle_step(*after[DRIVEN], *command, wheelbase, dt)
    after[TIME] += round(dt * 1e6)
    return after


def apart(one, two, angles=()):
    """The largest difference; of angles, around the circle."""
    gap = np.abs(np.asarray(one, dtype=float) - np.asarray(two, dtype=float))
    for column in angles:
        gap[..., column] = np.minimum(gap[..., column], np.abs(2.0 * np.pi - gap[..., column]))
    return float(gap.max(initial=0.0))


def disagreeing(found):
    """Cases beyond the tolerance, by index; NaN counts as beyond."""
    return [f"{i}: {gap:.1e}" for i, gap in enumerate(found) if not gap <= TOLERANCE]


def wheelbase_of(cases):
    return float(cases["meta"]["vehicle"]["wheel_base"])


def test_commands_from_the_given_states_agree(cases):
    assert cases["rollouts"]
    base, found = wheelbase_of(cases), []
    for case in cases["rollouts"]:
        plan = Plan(case)
        rows = np.asarray(case["states"], dtype=float)
        ours = [plan.command(row, base) for row in rows[: len(case["commands"])]]
        found.append(apart(ours, case["commands"]))
    assert not disagreeing(found)


def test_what_the_tracker_aims_at_agrees(cases):
    found = []
    for case in cases["rollouts"]:
        plan = Plan(case)
        rows = np.asarray(case["states"], dtype=float)
        ours = [plan.references(row) for row in rows[: len(case["tracker_refs"])]]
        found.append(apart(ours, case["tracker_refs"]))
    assert not disagreeing(found)


def test_tracker_and_bicycle_drive_the_same_states_in_closed_loop(cases):
    base, found = wheelbase_of(cases), []
    for case in cases["rollouts"]:
        plan, dt = Plan(case), case["step_us"] / 1e6
        theirs = np.asarray(case["states"], dtype=float)
        ours = [theirs[0]]
        for _ in case["commands"]:
            ours.append(move(ours[-1], plan.command(ours[-1], base), base, dt))
        columns = [TIME, *DRIVEN]
        found.append(apart(np.array(ours)[:, columns], theirs[:, columns], angles=[columns.index(HEADING)]))
    assert not disagreeing(found)


def test_single_steps_of_the_bicycle_agree(cases):
    assert cases["motion_model_one_step"]
    base, found = wheelbase_of(cases), []
    for case in cases["motion_model_one_step"]:
        command = (case["accel_cmd"], case["steering_rate_cmd"])
        ours = move(case["state"], command, base, case["dt_us"] / 1e6)
        columns = [TIME, *DRIVEN]
        gap = apart(ours[columns], np.asarray(case["next"], dtype=float)[columns], angles=[3])
        found.append(gap)
    assert not disagreeing(found)
