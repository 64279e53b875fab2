"""Trajectories are followed: by the LQR tracker, perfectly, across plans, snapshots and their own ends."""

import dataclasses

import numpy as np
import pytest
import torch
from sim_worlds import same_bits, straight_road, world

from simeval.errors import UsageError
from simeval.policy import PolicySpec
from simeval.scenario import AgentKind
from simeval.sim.following import follower_of
from simeval.sim.policy_rollout import Rollout
from simeval.sim.rollout import Worlds
from simeval.vehicles.lqr_profiles import STEP, fit_profiles, num_samples
from simeval.vehicles.plans import resample, unwrap_headings
from simeval.vehicles.truck_sets import EU_SEMITRAILER
from simeval.vehicles.vehicle_sets import bodies_of

DT = 0.1


def spec_of(tracker="lqr", points=40, plan_dt=0.1, **more):
    return PolicySpec(action="trajectory", num_points=points, plan_dt_s=plan_dt, tracker=tracker, **more)


def in_ego_frame(xyh, trace):
    """Box-centre poses [n, 3] of the map as the ego sees them now."""
    (x, y), heading = trace.states.xy[-1, 0], trace.states.heading[-1, 0]
    d = xyh[:, :2] - (x, y)
    c, s = np.cos(heading), np.sin(heading)
    return np.stack([c * d[:, 0] + s * d[:, 1], -s * d[:, 0] + c * d[:, 1], xyh[:, 2] - heading], axis=1)


def drive(path, spec, steps, *, start=None, dt=DT, replan_every=1, speeds=None, settings=None):
    """The trace of a car that is given `path(times)` (centre poses in the map) as its plan."""
    first = path(np.array([0.0, 1e-4]))
    speed = np.linalg.norm(first[1, :2] - first[0, :2]) / 1e-4
    car = {"x": first[0, 0], "y": first[0, 1], "heading": first[0, 2], "speed": speed, **(start or {})}
    worlds = Worlds([world([car], dt=dt, num_steps=steps + 1)], follower_of(spec, 1).driver, settings)
    follower = follower_of(spec, 1)
    for step in range(steps):
        if step % replan_every == 0:
            times = step * dt + spec.plan_dt_s * np.arange(1, spec.num_points + 1)
            plan = in_ego_frame(path(times), worlds.trace(0))
            if speeds is not None:
                plan = np.concatenate([plan, speeds(times)[:, None]], axis=1)
            follower.accept(worlds, np.array([0]), plan[None])
        worlds.advance(1, **follower.command(worlds))
    return worlds.trace(0)


def straight(speed):
    return lambda t: np.stack([speed * t, 0.0 * t, 0.0 * t], axis=-1)


def circle(radius, speed, axle):
    """Centre poses of a car whose rear axle (`axle` from the centre) drives a circle to the left."""

    def path(t):
        turned = speed / radius * t
        c, s = np.cos(turned), np.sin(turned)
        return np.stack([radius * s - axle * c, radius * (1.0 - c) - axle * s, turned], axis=-1)

    return path


def stopping(speed, brake):
    def path(t):
        until = np.minimum(t, speed / brake)
        return np.stack([speed * until - 0.5 * brake * until**2, 0.0 * t, 0.0 * t], axis=-1)

    return path


def gaps(trace, path):
    """Distance of the centre from where the plan wants it, at each step."""
    wanted = path(DT * np.arange(len(trace.states.xy)))
    return np.linalg.norm(trace.states.xy[:, 0] - wanted[:, :2], axis=1)


def axle_of():
    return float(Worlds([straight_road([(0.0, 5.0)])], "controls").tables.agents[0].axle)


@pytest.mark.parametrize("replan_every", [10, 1000])
def test_the_lqr_tracker_closes_an_offset_from_its_plan(replan_every):
    trace = drive(straight(10.0), spec_of(points=160), 100, start={"y": 1.0}, replan_every=replan_every)
    assert trace.states.xy[0, 0, 1] == 1.0
    assert np.abs(trace.states.xy[60:, 0, 1]).max() < 0.1
    assert trace.states.velocity[-1, 0, 0] == pytest.approx(10.0, abs=0.02)


def test_plans_given_at_each_step_are_followed_by_where_they_turn():
    follower = follower_of(spec_of(points=30), 1)
    worlds = Worlds([world([{"y": 1.0, "speed": 10.0}], num_steps=121)], follower.driver)
    times = DT * np.arange(1, 31)
    for _ in range(120):
        xy = worlds.trace(0).states.xy[-1, 0]
        fading = xy[1] * np.exp(-times / 1.5)
        plan = np.stack([xy[0] + 10.0 * times, fading, np.arctan(-fading / 15.0)], axis=1)
        follower.accept(worlds, np.array([0]), in_ego_frame(plan, worlds.trace(0))[None])
        worlds.advance(1, **follower.command(worlds))
    assert np.abs(worlds.trace(0).states.xy[80:, 0, 1]).max() < 0.1


def test_the_lqr_tracker_leads_the_rear_axle_around_a_curve():
    path = circle(40.0, 8.0, axle_of())
    trace = drive(path, spec_of(points=160), 80, replan_every=1000)
    outwards = np.linalg.norm(trace.states.xy[:, 0] - (0.0, 40.0), axis=1) - np.hypot(40.0, axle_of())
    assert np.abs(outwards).max() < 0.6  # the wheels stand straight at the start
    assert np.abs(outwards[60:]).max() < 0.1
    assert np.unwrap(trace.states.heading[:, 0])[-1] == pytest.approx(8.0 * 8.0 / 40.0, abs=0.05)


def test_a_plan_that_stops_brings_the_car_to_rest_and_not_into_reverse():
    path = stopping(10.0, 3.0)
    trace = drive(path, spec_of(points=40), 100)
    assert trace.states.velocity[:, 0, 0].min() >= 0.0
    assert trace.states.velocity[-1, 0, 0] < 0.05
    assert gaps(trace, path)[-1] < 2.5  # the tracker looks at speeds, not at how far along the car is


def test_points_a_second_apart_are_followed():
    spec = spec_of(points=8, plan_dt=1.0)
    trace = drive(straight(12.0), spec, 80, start={"speed": 9.0}, replan_every=1000)
    assert trace.states.velocity[-1, 0, 0] == pytest.approx(12.0, abs=0.1)


@pytest.mark.parametrize("replan_every", [1, 7, 20])
def test_perfect_tracking_lands_on_the_points(replan_every):
    def path(t):
        heading = 3.0 + 0.4 * t  # across +-pi
        return np.stack([9.0 * t, 2.0 * np.sin(t), heading], axis=-1)

    trace = drive(path, spec_of("perfect", points=20), 40, replan_every=replan_every)
    assert gaps(trace, path).max() < 1e-9
    off = trace.states.heading[:, 0] - path(DT * np.arange(41))[:, 2]
    assert np.abs((off + np.pi) % (2.0 * np.pi) - np.pi).max() < 1e-9


def test_perfect_tracking_between_points_is_linear():
    trace = drive(straight(8.0), spec_of("perfect", points=10, plan_dt=0.4), 30, replan_every=30)
    assert gaps(trace, straight(8.0)).max() < 1e-9


def test_the_speed_of_perfect_tracking_is_the_fourth_column_or_the_displacement():
    given = drive(straight(8.0), spec_of("perfect"), 5, speeds=lambda t: 3.0 + 0.0 * t)
    assert np.allclose(given.acceleration[1], (3.0 - 8.0) / DT, atol=1e-9)
    without = drive(straight(8.0), spec_of("perfect"), 5)
    assert np.abs(without.acceleration[1:]).max() < 1e-6


def test_backwards_is_a_negative_speed():
    trace = drive(lambda t: np.stack([-2.0 * t, 0 * t, 0 * t], axis=-1), spec_of("perfect"), 5)
    assert trace.states.velocity[-1, 0, 0] == pytest.approx(-2.0)
    assert abs(trace.acceleration[-1]) < 1e-6


@pytest.mark.parametrize("tracker", ["lqr", "perfect", "pursuit"])
def test_beyond_its_end_a_plan_goes_on_straight_at_its_last_speed(tracker):
    path = circle(30.0, 6.0, 0.0)
    trace = drive(path, spec_of(tracker, points=10), 60, replan_every=1000)
    direction = np.diff(np.unwrap(trace.states.heading[-20:, 0]))
    assert np.abs(direction).max() < 5e-3  # it was 0.02 a step in the curve
    assert np.linalg.norm(trace.states.velocity[-1, 0]) == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize("tracker", ["lqr", "perfect", "pursuit"])
def test_a_tracked_episode_goes_on_from_a_snapshot_in_another_row_to_the_last_bit(tracker):
    scenario = world([{"speed": 9.0}], num_steps=61)
    spec, path = spec_of(tracker, points=30), circle(60.0, 9.0, 0.0)
    follower = follower_of(spec, 3)
    worlds = Worlds([scenario] * 3, follower.driver)

    def give(rows):
        t = DT * int(worlds.tables.live_world[rows[0]].step) + DT * np.arange(1, 31)
        plans = [in_ego_frame(path(t), worlds.trace(row)) for row in rows]
        follower.accept(worlds, np.array(rows), np.array(plans))

    def steps(count):
        for _ in range(count):
            worlds.advance(1, **follower.command(worlds))

    give([0])
    worlds.stop(1, 5, "not yet")
    worlds.stop(2, 5, "not yet")
    steps(7)  # in the middle of a plan
    kept = worlds.snapshot(0), follower.take(0)
    for row in (1, 2):
        worlds.restore(row, kept[0])
        follower.put(row, kept[1])
    steps(5)
    give([0, 1, 2])
    steps(20)
    assert int(worlds.tables.live_world[0].step) == 32
    assert same_bits(worlds.trace(0), worlds.trace(1))
    assert same_bits(worlds.trace(0), worlds.trace(2))


@pytest.mark.parametrize("tracker", ["lqr", "perfect", "pursuit"])
def test_a_tracked_world_does_not_depend_on_the_worlds_beside_it(tracker):
    spec = spec_of(tracker, points=12)
    random = np.random.default_rng(5)
    plans = np.cumsum(np.abs(random.normal(0.8, 0.3, (5, 12, 3))), axis=1) * [1.0, 0.05, 0.01]
    cars = [{"speed": 6.0 + i} for i in range(5)]

    def traces(rows):
        follower = follower_of(spec, len(rows))
        worlds = Worlds([world([cars[i]], num_steps=31, name=str(i)) for i in rows], follower.driver)
        follower.accept(worlds, np.arange(len(rows)), plans[list(rows)])
        for _ in range(30):
            worlds.advance(1, **follower.command(worlds))
        return {i: worlds.trace(k) for k, i in enumerate(rows)}

    together, some = traces([0, 1, 2, 3, 4]), traces([3, 1])
    assert same_bits(together[3], some[3])
    assert same_bits(together[1], some[1])
    assert not np.array_equal(together[1].states.xy, together[3].states.xy)


class Swerves:
    """Plans a curve to the left whose bend and speed come from what is seen."""

    def __init__(self, **spec):
        self.spec = spec_of(points=30, **spec)

    def init(self, num_rows, device):
        return None

    def act(self, seen, memory):
        along = seen.ego_history[:, -1, 4:5] * (DT * torch.arange(1, 31))
        turned = 0.01 * torch.sin(seen.time_s[:, None]) * along
        half = 0.5 * turned
        return torch.stack([along * torch.cos(half), along * torch.sin(half), turned], dim=2), memory


@pytest.mark.parametrize("tracker", ["lqr", "perfect", "pursuit"])
def test_a_policy_that_plans_every_third_step_branches_in_the_middle_of_a_plan(tracker):
    cars = [{"speed": 8.0 + i} for i in range(3)]
    scenarios = [world([cars[0]], num_steps=41), world([cars[1]], num_steps=41, name="other")] * 2
    rollout = Rollout(scenarios, Swerves(tracker=tracker, replan_every=3))
    for _ in range(7):
        rollout.step()
    kept = rollout.snapshot(1)
    rollout.run()
    again = Rollout(scenarios, Swerves(tracker=tracker, replan_every=3))
    for row in (1, 3):
        again.restore(row, kept)
    again.run()
    assert rollout.trace(1).num_steps == 41
    assert np.ptp(rollout.trace(1).states.heading[:, 0]) > 0.05
    assert same_bits(rollout.trace(1), again.trace(1))
    assert same_bits(rollout.trace(1), again.trace(3))


def test_pure_pursuit_closes_an_offset_from_its_plan_along_and_across():
    trace = drive(
        straight(10.0), spec_of("pursuit", points=160), 100, start={"x": -3.0, "y": 1.0}, replan_every=1000
    )
    assert np.abs(trace.states.xy[60:, 0, 1]).max() < 0.05
    assert gaps(trace, straight(10.0))[-1] < 0.05  # the LQR would stay 3 m behind


def test_pure_pursuit_leads_the_rear_axle_around_a_curve_and_needs_no_headings():
    path = circle(40.0, 8.0, axle_of())

    def without_headings(t):
        return path(t) * [1.0, 1.0, 0.0]

    trace = drive(path, spec_of("pursuit", points=160), 80, replan_every=1000)
    outwards = np.linalg.norm(trace.states.xy[:, 0] - (0.0, 40.0), axis=1) - np.hypot(40.0, axle_of())
    assert np.abs(outwards).max() < 0.5
    assert np.abs(outwards[60:]).max() < 0.35  # a chord lies inside the circle: lookahead^2 / (8 * radius)
    blind = drive(without_headings, spec_of("pursuit", points=160), 80, replan_every=1000)
    assert np.unwrap(blind.states.heading[:, 0])[-1] == pytest.approx(8.0 * 8.0 / 40.0, abs=0.1)


@pytest.mark.parametrize("rate", [1.0, -1.5])
def test_pure_pursuit_follows_constant_acceleration_without_lasting_error(rate):
    def path(t):
        return np.stack([12.0 * t + 0.5 * rate * t**2, 0.0 * t, 0.0 * t], axis=-1)

    trace = drive(path, spec_of("pursuit", points=80), 60, replan_every=1000)
    assert gaps(trace, path)[40:].max() < 0.12  # the drive line's lag of 0.2 s is in it


def test_pure_pursuit_stops_where_the_plan_stops():
    path = stopping(10.0, 2.5)
    trace = drive(path, spec_of("pursuit", points=80), 75, replan_every=1000)
    assert trace.states.velocity[:, 0, 0].min() >= 0.0
    assert gaps(trace, path)[-1] < 0.3


def test_pure_pursuit_backs_up():
    def path(t):
        return np.stack([-2.0 * t, 0.0 * t, 0.0 * t], axis=-1)

    trace = drive(path, spec_of("pursuit", points=80), 60, start={"speed": -2.0, "y": 0.3}, replan_every=1000)
    assert gaps(trace, path)[-1] < 0.2
    assert trace.states.velocity[-1, 0, 0] == pytest.approx(-2.0, abs=0.05)


@pytest.mark.parametrize("points", [1, 2])
def test_pure_pursuit_takes_the_shortest_plans_and_those_that_stand(points):
    for speed in (0.0, 5.0):
        spec = spec_of("pursuit", points=points)
        trace = drive(straight(speed), spec, 30, start={"speed": speed})
        assert np.isfinite(trace.states.xy).all()
        assert trace.states.velocity[-1, 0, 0] == pytest.approx(speed, abs=0.2)
        assert np.abs(trace.states.xy[:, 0, 1]).max() < 1e-9


def test_pure_pursuit_drives_a_tractor_with_its_trailer_around_a_corner():
    """The rear axle of the tractor is led; the trailer follows inside."""
    scenario = world([{"speed": 5.0, "kind": int(AgentKind.TRUCK)}], num_steps=161)
    agents = dataclasses.replace(scenario.agents, bodies=bodies_of(EU_SEMITRAILER))
    states = dataclasses.replace(scenario.states, hitch=np.zeros((161, 1)))
    scenario = dataclasses.replace(scenario, agents=agents, states=states)
    spec, path = spec_of("pursuit", points=200), circle(25.0, 5.0, EU_SEMITRAILER.units[0].axle)
    follower = follower_of(spec, 1)
    worlds = Worlds([scenario], follower.driver)
    follower.accept(worlds, np.array([0]), in_ego_frame(path(DT * np.arange(1, 201)), worlds.trace(0))[None])
    for _ in range(160):
        worlds.advance(1, **follower.command(worlds))
    trace = worlds.trace(0)
    axle = EU_SEMITRAILER.units[0].axle
    x, y = (
        trace.states.xy[:, 0]
        + axle * np.stack([np.cos(trace.states.heading[:, 0]), np.sin(trace.states.heading[:, 0])], 1)
    ).T
    off = np.hypot(x, y - 25.0) - 25.0
    assert np.abs(off[80:]).max() < 0.6
    assert 0.2 < np.abs(trace.states.hitch[-1, 0]) < 0.5


def test_a_plan_of_an_hour_is_refused():
    with pytest.raises(UsageError, match="600 s"):
        follower_of(spec_of(points=1000, plan_dt=3.6), 1)


def by_pseudo_inverse(samples):
    """Speed and curvature profiles with the dense matrices of the problem's definition."""
    h, m = STEP, len(samples) - 1
    moved, heading = np.diff(samples[:, :2], axis=0), samples[:-1, 2]
    running = np.tril(np.ones((m, m - 1)), -1) * h  # v_k = v_0 + h * sum of a_j, j < k
    along = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    design = (h * along[:, :, None] * np.hstack([np.ones((m, 1)), running])[:, None, :]).reshape(2 * m, m)
    jerk = (
        np.hstack([np.zeros((max(m - 2, 0), 1)), np.diff(np.eye(m - 1), axis=0)])
        if m > 2
        else np.zeros((0, m))
    )
    found = np.linalg.pinv(design.T @ design + 1e-4 * jerk.T @ jerk) @ design.T @ moved.reshape(-1)
    speeds = found[0] + running @ found[1:]
    turned = (np.diff(samples[:, 2]) + np.pi) % (2.0 * np.pi) - np.pi
    design = (speeds * h)[:, None] * np.hstack([np.ones((m, 1)), running])
    penalty = np.diag([1e-10] + [1e-2] * (m - 1))
    found = np.linalg.pinv(design.T @ design + penalty) @ design.T @ turned
    return speeds, found[0] + running @ found[1:]


def random_plan(random, points):
    speed = np.abs(np.cumsum(random.normal(0.0, 0.8, points)) + random.uniform(0.0, 15.0))
    speed[random.integers(points) :] *= random.choice([1.0, 0.0, -0.3])  # goes on, stops, reverses
    heading = random.uniform(-3.1, 3.1) + np.cumsum(random.normal(0.0, 0.02, points))
    step = 0.1 * speed[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    noise = random.normal(0.0, random.choice([0.0, 0.03]), (points, 2))
    return np.concatenate([np.cumsum(step, axis=0) + noise, heading[:, None]], axis=1)


@pytest.mark.parametrize("points", [2, 3, 4, 5, 11, 41, 81])
def test_the_banded_profiles_are_those_of_the_pseudo_inverse(points):
    random = np.random.default_rng(points)
    for _ in range(20):
        plan = random_plan(random, points)
        unwrap_headings(plan)
        samples = np.zeros((num_samples(0.1 * (points - 1)), 3))
        resample(plan, 0.1, STEP, samples)
        speeds, curvatures = np.zeros((2, points - 1))
        fit_profiles(samples, speeds, curvatures, np.zeros((points - 1, 3)))
        wanted_speeds, wanted_curvatures = by_pseudo_inverse(samples)
        assert np.abs(speeds - wanted_speeds).max() < 1e-6
        assert np.abs(curvatures - wanted_curvatures).max() < 1e-6 * max(1.0, np.abs(wanted_curvatures).max())


def test_a_plan_that_stands_still_has_no_speed_and_no_curvature():
    samples, speeds, curvatures = np.ones((31, 3)), np.ones(30), np.ones(30)
    fit_profiles(samples, speeds, curvatures, np.zeros((30, 3)))
    assert not speeds.any()
    assert not curvatures.any()
