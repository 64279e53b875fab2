"""The agents that are driven by commands: what they can do, and their actuators at the start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simeval.arrays import Array
from simeval.scenario import Driver, Scenario
from simeval.sim.flat import starts
from simeval.sim.settings import VEHICLE_MODELS, SimSettings
from simeval.sim.tables import DRIVEN, VEHICLE, Table, table
from simeval.vehicles.choose import set_of, single_track_of
from simeval.vehicles.load import loaded
from simeval.vehicles.vehicle_sets import VehicleSet

__all__ = ["driven_tables"]


def driven_tables(
    scenarios: Sequence[Scenario], world: Table, agents: Table, settings: SimSettings
) -> tuple[Table, Table]:
    """The driven and the vehicle table; writes their rows into those of worlds and agents."""
    who = [
        _driven_in(s, agents.driver[here.agent0 : here.agent1])
        for s, here in zip(scenarios, world, strict=True)
    ]
    edges = starts([len(rows) for rows in who])
    world.driven0, world.driven1 = edges[:-1], edges[1:]
    driven, vehicle = table(DRIVEN, int(edges[-1])), table(VEHICLE, int(edges[-1]))
    agents.driven = -1
    for w, (scenario, rows) in enumerate(zip(scenarios, who, strict=True)):
        for k, agent in enumerate(rows, start=int(edges[w])):
            row = int(world[w].agent0) + agent
            driven[k].agent, agents[row].driven = row, k
            driven[k].steering = _first_steering(scenario, agent)
            fitting = set_of(scenario.agents.kind_of(agent), scenario.agents.bodies, agent)
            is_ego = agent == scenario.ego
            if is_ego and settings.load is not None:
                fitting = loaded(fitting, settings.load)
            _describe(vehicle, k, fitting, agents[row], settings)
            if is_ego:
                _miscalibrate(vehicle, k, settings)
    return driven, vehicle


def _driven_in(scenario: Scenario, driver: Array) -> list[int]:
    """The ego, then the traffic that policies drive."""
    assert scenario.ego is not None
    others = np.flatnonzero(driver == Driver.TRAFFIC_POLICY)
    return [scenario.ego, *(int(a) for a in others if a != scenario.ego)]


def _miscalibrate(vehicle: Table, k: int, settings: SimSettings) -> None:
    row = vehicle[k]
    row.steer_gain, row.steer_offset = settings.steer_gain, settings.steer_offset_rad
    row.accel_gain = settings.accel_gain


def _describe(vehicle: Table, k: int, fitting: VehicleSet, it: Table, settings: SimSettings) -> None:
    """Writes what one vehicle can do."""
    row, limits = vehicle[k], fitting.limits
    friction = 1.0 if settings.friction is None else settings.friction
    row.model = VEHICLE_MODELS.index(settings.vehicle)
    row.steer_gain, row.accel_gain = 1.0, 1.0
    for name in limits._fields[:-1]:
        row[name] = getattr(limits, name)
    for name in limits.brake._fields:
        row[name] = getattr(limits.brake, name)
    track, row.gravity_centre = single_track_of(fitting, float(it.axle), float(it.wheelbase), friction)
    for name in track._fields:
        row[name] = getattr(track, name)


def _first_steering(scenario: Scenario, agent: int) -> float:
    """Steering at the start, from the turn of the recorded history; 0 without one."""
    t, states = scenario.start_step, scenario.states
    speed = float(states.speed[t, agent])
    if t == 0 or not states.valid[t - 1, agent] or speed < 2.0:
        return 0.0
    turn = float(states.heading[t, agent] - states.heading[t - 1, agent])
    rate = ((turn + np.pi) % (2.0 * np.pi) - np.pi) / scenario.dt
    wheelbase = scenario.agents.bodies.wheelbase[scenario.agents.body_offsets[agent]]
    return float(np.clip(np.arctan(wheelbase * rate / speed), -0.5, 0.5))
