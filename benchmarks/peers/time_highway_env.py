"""Times highway-env: the straight motorway, and its own highway-v0 with random actions."""

from __future__ import annotations

from importlib.metadata import version

import gymnasium
import highway_env
import numpy as np
from highway_env.road.road import Road, RoadNetwork
from highway_env.vehicle.behavior import IDMVehicle
from highway_scene import DT, LANES, LENGTH, SPEED_LIMIT, STEPS, cars
from timing import Steps, Workload, report, stopwatch

POLICY_STEPS = 20


def motorway() -> Steps:
    """Every car by IDM and MOBIL, contacts of all with all that are near."""
    network = RoadNetwork.straight_road_network(LANES, start=0.0, length=LENGTH, speed_limit=SPEED_LIMIT)
    road = Road(network, np_random=np.random.RandomState(1))
    for car in cars():
        vehicle = IDMVehicle.make_on_lane(road, ("0", "1", car.lane), car.s, car.speed)
        vehicle.target_speed = car.desired
        road.vehicles.append(vehicle)

    def drive() -> tuple[int, int]:
        for _ in range(STEPS):
            road.act()
            road.step(DT)
        return STEPS * len(road.vehicles), STEPS

    return stopwatch(drive)


def own(name: str) -> Workload:
    """One of its environments with random actions; figures are for each sub-step of its simulation."""
    env = gymnasium.make(name)
    env.reset(seed=1)
    config = env.unwrapped.config
    inner = int(config["simulation_frequency"] // config["policy_frequency"])

    def drive() -> tuple[int, int]:
        agents = 0
        for _ in range(POLICY_STEPS):
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            agents += inner * len(env.unwrapped.road.vehicles)
            if terminated or truncated:
                env.reset()
        return agents, inner * POLICY_STEPS

    dt = 1.0 / config["simulation_frequency"]
    return Workload(name, "IDM, MOBIL, contacts, observation; a sub-step", dt, lambda: stopwatch(drive))


if __name__ == "__main__":
    highway_env.register_highway_envs() if hasattr(highway_env, "register_highway_envs") else None
    report(
        "highway-env",
        version("highway-env"),
        [
            Workload("motorway", "IDM, MOBIL, contacts", DT, motorway),
            own("highway-fast-v0"),
            own("highway-v0"),
        ],
    )
