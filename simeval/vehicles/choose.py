"""Which set of limits and masses fits a road user of a scenario, which says no more than kind and bodies."""

from __future__ import annotations

import math

from simeval.scenario.agents import Bodies
from simeval.scenario.kinds import AgentKind
from simeval.vehicles.single_track import SingleTrack
from simeval.vehicles.truck_sets import EU_SEMITRAILER, US_SEMITRAILER
from simeval.vehicles.vehicle_sets import (
    BICYCLE,
    BUS,
    CAR,
    MOTORCYCLE,
    PEDESTRIAN,
    RIGID_TRUCK,
    VAN,
    VehicleSet,
)

__all__ = ["articulation_of", "set_of", "single_track_of"]

SETS = {
    AgentKind.CAR: CAR, AgentKind.VAN: VAN, AgentKind.TRUCK: RIGID_TRUCK, AgentKind.BUS: BUS,
    AgentKind.MOTORCYCLE: MOTORCYCLE, AgentKind.CYCLIST: BICYCLE, AgentKind.PEDESTRIAN: PEDESTRIAN,
}  # fmt: skip
COMBINATIONS = (EU_SEMITRAILER, US_SEMITRAILER)
FREE_ANGLE = 1.5  # [rad] at which the bodies of a combination that no set describes are taken to touch
# Lateral force over load and slip angle [1/rad]: 0.17 and 0.20 a degree at the front and rear of cars, half
# of it for trucks and buses; the size of Gillespie, Fundamentals of Vehicle Dynamics (1992), ch. 6.
CAR_TYRES = math.degrees(0.17), math.degrees(0.20)
TRUCK_TYRES = math.degrees(0.085), math.degrees(0.10)


def set_of(kind: AgentKind, bodies: Bodies, agent: int) -> VehicleSet:
    """The set of a road user: that of its kind; of those that pull something the one nearest in length."""
    own = bodies.agent == agent
    if own.sum() > 1:
        length = float(bodies.length[own].sum())
        return min(COMBINATIONS, key=lambda s: abs(sum(unit.length for unit in s.units) - length))
    return SETS.get(kind, CAR)


def articulation_of(vehicle: VehicleSet, number: int) -> float:
    """Largest angle of a coupling, counted from the front [rad]."""
    return vehicle.articulation[number] if number < len(vehicle.articulation) else FREE_ANGLE


def single_track_of(
    vehicle: VehicleSet, axle: float, wheelbase: float, friction: float = 1.0
) -> tuple[SingleTrack, float]:
    """The dynamic single track of a road user's first body, and where its centre of gravity is [m].

    The mass of a body is taken to act at the middle of its box; a trailer rests on its coupling with the
    share that its lever leaves to it. The yaw inertia is that of a box of the body's size.

    Args:
        vehicle: masses and tyres.
        axle: of the body, from its centre [m].
        wheelbase: [m].
        friction: between tyres and road.
    """
    first = vehicle.units[0]
    load = sum(u.mass * -u.axle / (u.front_hitch - u.axle) for u in vehicle.units[1:])
    mass = first.mass + load
    centre = load * first.rear_hitch / mass
    rear = centre - axle
    front = wheelbase - rear
    tyres = TRUCK_TYRES if vehicle.kind in (AgentKind.TRUCK, AgentKind.BUS) else CAR_TYRES
    weight = mass * 9.81 / wheelbase
    return SingleTrack(
        mass=mass, yaw_inertia=first.mass * (first.length**2 + first.width**2) / 12.0, front=front, rear=rear,
        front_stiffness=tyres[0] * weight * rear, rear_stiffness=tyres[1] * weight * front, friction=friction,
    ), centre  # fmt: skip
