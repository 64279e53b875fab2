"""Actuators that are out of calibration, slippery roads, empty and full trucks."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from sim_worlds import line, same_bits, world
from test_trackers import circle, drive, spec_of

from simeval.policy import PolicySpec, as_policy
from simeval.scenario import AgentKind
from simeval.sim import SimSettings, Worlds, simulate
from simeval.sim.policy_rollout import Rollout
from simeval.vehicles.load import loaded
from simeval.vehicles.truck_sets import EU_SEMITRAILER, EU_SEMITRAILER_EMPTY, US_SEMITRAILER
from simeval.vehicles.vehicle_sets import BUS, CAR, RIGID_TRUCK, bodies_of

ROUTE = [[-50.0, 0.0], [900.0, 0.0]]


def settings(**values):
    return SimSettings(end_on=(), **values)


def road(speed=10.0, num_steps=61, **more):
    return world(
        [{"x": 0.0, "speed": speed, "path": line(-50, 900), **more}], num_steps=num_steps, route=ROUTE
    )


def held(controls, chosen, scenario=None, steps=50):
    """The trace of an ego that is told the same at each step."""
    worlds = Worlds([scenario or road()], "controls", chosen)
    worlds.advance(steps, controls=np.array([controls]))
    return worlds.trace(0)


def test_the_wheels_go_to_gain_times_what_is_wanted_plus_offset():
    trace = held([0.0, 0.05], settings(steer_gain=0.8, steer_offset_rad=-0.02))
    assert trace.command[-1, 1] == 0.05
    assert abs(trace.steering[-1] - (0.8 * 0.05 - 0.02)) < 1e-9
    assert abs(trace.yaw_rate[-1, 0] - 10.0 * math.tan(0.02) / 2.7) < 0.02


def test_the_vehicle_is_told_a_share_of_the_acceleration():
    trace = held([2.0, 0.0], settings(accel_gain=0.5))
    assert abs(trace.acceleration[-1] - 1.0) < 1e-6
    assert trace.command[-1, 0] == 2.0


@pytest.mark.parametrize("model", ["actuated", "dynamic"])
def test_every_vehicle_model_has_the_same_actuators(model):
    trace = held([0.5, 0.03], settings(vehicle=model, steer_gain=0.5, steer_offset_rad=0.01, accel_gain=2.0))
    assert abs(trace.steering[-1] - 0.025) < 1e-6
    assert abs(trace.acceleration[-1] - 1.0) < 1e-2


def test_a_steering_rate_is_added_to_the_angle_that_the_actuator_reports():
    """With a rate of zero the angle stays where it is, also when the actuator is out of calibration."""
    policy = as_policy(lambda o: torch.stack([0.0 * o.time_s, 0.1 * (o.time_s < 0.5)], dim=1))
    policy.spec = PolicySpec(action="acceleration_steering_rate")
    rollout = Rollout([road()], policy, settings(steer_gain=0.7, steer_offset_rad=0.01))
    for _ in range(40):
        rollout.step()
    steering = rollout.trace(0).steering
    assert steering[12] > 0.02
    assert abs(steering[-1] - steering[20]) < 1e-9


@pytest.mark.parametrize("chosen", [{"steer_gain": 0.8}, {"steer_gain": 1.2}, {"steer_offset_rad": 0.02}])
def test_a_tracker_makes_up_for_most_of_what_steering_does_wrong(chosen):
    axle = float(world([{}]).agents.bodies.axle[0])
    path, spec, off = circle(40.0, 8.0, axle), spec_of(), []
    for given in ({}, chosen):
        trace = drive(path, spec, 100, settings=settings(**given), replan_every=5)
        radius = np.linalg.norm(trace.states.xy[50:, 0] - (0.0, 40.0), axis=1)
        off.append(np.abs(radius - math.hypot(40.0, axle)).max())
    assert off[0] < 0.1 < off[1] < 0.6  # without feedback it would be metres: 40 m becomes 50 m with 0.8


def test_an_engine_driver_of_the_ego_feels_them_and_the_log_does_not():
    path = [[0.0, 0.0], [30.0, 0.0], [60.0, 12.0], [100.0, 12.0]]
    scenario = world([{"x": 0.0, "speed": 8.0, "path": path}], num_steps=60, route=path)
    plain = simulate([scenario], "idm", settings())[0]
    assert not same_bits(plain, simulate([scenario], "idm", settings(steer_gain=0.7))[0])
    assert not same_bits(plain, simulate([scenario], "idm", settings(accel_gain=0.7))[0])
    sight = settings(latency_s=0.5, noise_position_m=1.0, miss=0.5, drop_plans=0.5)
    assert same_bits(plain, simulate([scenario], "idm", sight)[0])


@pytest.mark.parametrize("friction", [0.2, 0.5])
def test_a_slippery_road_makes_the_way_to_a_stop_longer(friction):
    trace = held([-8.0, 0.0], settings(vehicle="actuated", friction=friction), road(15.0, 200), 190)
    stop = 15.0**2 / (2.0 * friction * 9.81)
    assert trace.states.speed[-1, 0] == 0.0
    assert stop < trace.states.xy[-1, 0, 0] < stop + 15.0 * 0.3
    dry = held([-8.0, 0.0], settings(vehicle="actuated"), road(15.0, 200), 190)
    assert dry.states.xy[-1, 0, 0] < 0.75 * stop


def test_a_slippery_road_widens_curves():
    trace = held([0.0, 0.2], settings(vehicle="actuated", friction=0.3), road(12.0))
    speed, turn = trace.states.speed[-1, 0], trace.yaw_rate[-1, 0]
    assert abs(speed * turn - 0.3 * 9.81) < 0.1
    sliding = held([0.0, 0.2], settings(vehicle="dynamic", friction=0.3), road(12.0))
    assert abs(sliding.yaw_rate[-1, 0]) < 0.6 * 12.0 * math.tan(0.2) / 2.7


def truck(vehicle, speed=0.0, num_steps=200):
    scenario = road(speed, num_steps, kind=int(AgentKind.TRUCK))
    agents = dataclasses.replace(scenario.agents, bodies=bodies_of(vehicle))
    return dataclasses.replace(scenario, agents=agents)


def test_a_full_truck_accelerates_less_than_an_empty_one():
    gained = [
        held([2.0, 0.0], settings(vehicle="actuated", load=load), truck(RIGID_TRUCK), 190).states.speed[-1, 0]
        for load in (0.0, 0.5, 1.0)
    ]
    assert gained[0] > gained[1] + 1.0 > gained[2] + 2.0


def test_a_load_lies_between_the_sets_and_keeps_the_engine():
    assert loaded(EU_SEMITRAILER, 1.0).limits == EU_SEMITRAILER.limits
    empty = loaded(EU_SEMITRAILER, 0.0)
    assert empty.mass == EU_SEMITRAILER_EMPTY.mass
    assert empty.limits.specific_power == pytest.approx(EU_SEMITRAILER_EMPTY.limits.specific_power, rel=0.01)
    half = loaded(US_SEMITRAILER, 0.5)
    assert half.limits.specific_power * half.mass == pytest.approx(
        US_SEMITRAILER.limits.specific_power * US_SEMITRAILER.mass
    )
    assert loaded(CAR, 1.0) is CAR and loaded(BUS, 0.0) is BUS


def test_default_settings_change_no_bit():
    controls = [0.7, 0.03]
    assert same_bits(held(controls, settings()), held(controls, settings(steer_gain=1.0, accel_gain=1.0)))
