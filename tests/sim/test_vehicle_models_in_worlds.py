"""The vehicles of the simulator: trailers that follow, limits of actuators, tyres that slip."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from sim_worlds import same_bits, world

from simeval.authoring.vehicles import VEHICLES
from simeval.scenario import AgentKind, Flag
from simeval.sim import SimSettings, Worlds
from simeval.vehicles.trailer_geometry import drive_trailers, steady_axle_radii, steady_hitch_angle

DT = 0.1


def truck(kind="semitrailer", speed=5.0, num_steps=400, others=()):
    """A truck with trailer as the ego, on a bare plane along +x."""
    base = world([{"speed": speed}, *others], num_steps=num_steps)
    own = VEHICLES[kind].bodies
    bodies, count = base.agents.bodies, len(own.agent)
    columns = {}
    for f in dataclasses.fields(bodies):
        rest = getattr(bodies, f.name)[1:]
        columns[f.name] = np.concatenate([getattr(own, f.name), rest])
    kinds = base.agents.kind.copy()
    kinds[0] = int(VEHICLES[kind].kind)
    agents = dataclasses.replace(base.agents, kind=kinds, bodies=type(bodies)(**columns))
    states = dataclasses.replace(base.states, hitch=np.zeros((num_steps, count - 1)))
    return dataclasses.replace(base, agents=agents, states=states)


def driven(scenario, commands, **settings):
    """The trace of an ego that follows (acceleration, steering) of each step."""
    worlds = Worlds([scenario], "controls", SimSettings(end_on=(), **settings))
    for command in commands:
        worlds.advance(controls=np.asarray([command], dtype=float))
    return worlds.trace(0)


def rear_axle(trace, offset):
    heading = trace.states.heading[:, 0]
    return trace.states.xy[:, 0] + offset * np.stack([np.cos(heading), np.sin(heading)], axis=1)


@pytest.mark.parametrize("kind", ["semitrailer", "semitrailer_us"])
def test_a_trailer_comes_to_the_angle_and_the_radius_of_steady_cornering(kind):
    scenario = truck(kind)
    own = VEHICLES[kind].combination.units
    angle = 0.25
    trace = driven(scenario, [(0.0, angle)] * 380)
    curvature = math.tan(angle) / own[0].wheelbase
    offset, wheelbase = own[0].axle - own[0].rear_hitch, own[1].wheelbase
    assert trace.states.hitch[-1, 0] == pytest.approx(
        steady_hitch_angle(curvature, offset, wheelbase), abs=1e-4
    )
    radii = steady_axle_radii(1.0 / curvature, [offset], [wheelbase])
    at = rear_axle(trace, own[0].axle)[-1]
    heading = trace.states.heading[-1, 0]
    centre = at + np.array([-math.sin(heading), math.cos(heading)]) / curvature
    coupling = trace.states.xy[-1, 0] + own[0].rear_hitch * np.array([math.cos(heading), math.sin(heading)])
    back = heading - trace.states.hitch[-1, 0]
    axle = coupling - wheelbase * np.array([math.cos(back), math.sin(back)])
    assert np.hypot(*(axle - centre)) == pytest.approx(radii[1], abs=0.01)  # off-tracking, to a centimetre
    assert radii[0] - radii[1] > 0.5


def test_hitch_angles_follow_the_path_of_the_tractors_rear_axle():
    rng = np.random.default_rng(3)
    commands = np.stack([rng.uniform(-1, 1, 200), 0.3 * np.sin(np.arange(200) / 15.0)], axis=1)
    trace = driven(truck(), commands)
    own = VEHICLES["semitrailer"].combination.units
    axle, heading = rear_axle(trace, own[0].axle), trace.states.heading[:, 0]
    turn = np.diff(np.unwrap(heading))
    chord = np.hypot(*np.diff(axle, axis=0).T)
    distance = chord * np.where(np.abs(turn) > 1e-9, 0.5 * turn / np.sin(0.5 * turn + 1e-300), 1.0)
    offset, wheelbase = own[0].axle - own[0].rear_hitch, own[1].wheelbase
    expected, _ = drive_trailers(
        np.zeros(1), np.array([offset]), np.array([wheelbase]), np.stack([distance, turn], axis=1)
    )
    np.testing.assert_allclose(trace.states.hitch[:, 0], expected[:, 0], atol=1e-9)


def test_reversing_with_full_lock_folds_the_trailer_and_the_trace_says_so():
    trace = driven(truck(speed=-3.0), [(0.0, 0.5)] * 200)
    limit = VEHICLES["semitrailer"].combination.articulation[0]
    folded = (trace.flags[:, 0] & Flag.JACKKNIFE) != 0
    assert not folded[:20].any() and folded[-1]
    first = int(folded.argmax())
    assert np.abs(trace.states.hitch[:first, 0]).max() < limit
    assert abs(trace.states.hitch[-1, 0]) == pytest.approx(limit)


def test_a_world_with_a_trailer_goes_on_from_a_snapshot_bit_for_bit():
    scenario = truck()
    commands = [(0.2, 0.3 * math.sin(k / 9.0)) for k in range(60)]
    for model in ("kinematic", "actuated", "dynamic"):
        settings = SimSettings(end_on=(), vehicle=model)
        whole, other = (Worlds([scenario] * 2, "controls", settings) for _ in range(2))
        for k, command in enumerate(commands):
            whole.advance(controls=np.asarray([command] * 2))
            if k == 30:
                kept = whole.snapshot(0)
        other.restore(1, kept)
        for command in commands[31:]:
            other.advance(controls=np.asarray([command] * 2))
        assert same_bits(whole.trace(0), other.trace(1))


def stopping_distance(scenario, speed, **settings):
    trace = driven(scenario, [(-20.0, 0.0)] * 200, **settings)
    assert abs(trace.states.speed[-1, 0]) < 1e-9
    return trace.states.xy[-1, 0, 0] - trace.states.xy[0, 0, 0]


@pytest.mark.parametrize("speed", [10.0, 22.0])
def test_a_loaded_truck_stops_after_the_distance_of_delay_build_up_and_braking(speed):
    scenario = truck(speed=speed)
    limits = VEHICLES["semitrailer"].combination.limits
    dead, tau, most = limits.brake.dead_time, limits.brake.build_up, limits.max_braking
    # v(t) = v0 - b (t' - tau (1 - exp(-t'/tau))), t' = t - dead time; solved on a fine grid
    t = np.linspace(0.0, 30.0, 3_000_001)
    since = np.maximum(t - dead, 0.0)
    v = np.maximum(speed - most * (since - tau * (1.0 - np.exp(-since / tau))), 0.0)
    expected = float(np.trapezoid(v, t))
    assert stopping_distance(scenario, speed, vehicle="actuated") == pytest.approx(expected, abs=0.15)
    assert stopping_distance(scenario, speed, vehicle="dynamic") == pytest.approx(expected, abs=0.15)
    kinematic = stopping_distance(scenario, speed)
    assert kinematic < expected - 1.0  # a car's brakes, on purpose


def steady_turn(model, speed, angle=0.02):
    scenario = world([{"speed": speed}], num_steps=300)
    trace = driven(scenario, [(0.0, angle)] * 280, vehicle=model)
    forward = float(np.hypot(*trace.states.velocity[-1, 0]))
    return forward / trace.yaw_rate[-1, 0], scenario.agents.bodies.wheelbase[0], trace


@pytest.mark.parametrize("model", ["kinematic", "actuated"])
def test_without_slip_the_radius_is_wheelbase_over_tangent(model):
    radius, wheelbase, trace = steady_turn(model, 6.0)
    rear = trace.states.speed[-1, 0] / trace.yaw_rate[-1, 0]
    assert rear == pytest.approx(wheelbase / math.tan(0.02), rel=1e-6)
    assert radius >= rear


def test_with_slip_the_radius_grows_by_the_understeer_of_the_car():
    """R = L / delta (1 + (v / v_ch)^2) with the characteristic speed; Rajamani, 2nd ed., 3.3."""
    from simeval.vehicles.choose import set_of, single_track_of

    speeds = [4.0, 12.0, 20.0]
    for speed in speeds:
        radius, wheelbase, trace = steady_turn("dynamic", speed)
        scenario = world([{"speed": speed}], num_steps=3)
        bodies = scenario.agents.bodies
        car, _ = single_track_of(set_of(AgentKind.CAR, bodies, 0), float(bodies.axle[0]), float(wheelbase))
        gradient = (
            car.mass
            * (car.rear * car.rear_stiffness - car.front * car.front_stiffness)
            / (wheelbase * car.front_stiffness * car.rear_stiffness)
        )
        v = float(trace.states.speed[-1, 0])
        expected = v / (v * math.tan(0.02) / (wheelbase + gradient * v * v))
        assert v / trace.yaw_rate[-1, 0] == pytest.approx(
            expected, rel=0.02
        )  # the circle of friction is near
        assert radius > 0.0
    assert expected > 1.02 * wheelbase / math.tan(0.02)


def test_pulled_bodies_touch_and_leave_the_road_for_their_agent():
    aside = {"x": -8.0, "y": 0.0, "speed": 0.0}
    trace = driven(truck(others=[aside], speed=1.0), [(0.0, 0.0)] * 2)
    assert (trace.flags[0, 0] & Flag.CONTACT) and (trace.flags[0, 1] & Flag.CONTACT)
