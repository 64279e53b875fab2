"""Parameter sets against the rules they claim: lengths, masses, turning circle, stopping distance."""

import math

import numpy as np
import pytest

from simeval.scenario.kinds import AgentKind
from simeval.vehicles.trailer_geometry import (
    articulation_limit,
    couplings_of,
    drive_trailers,
    steady_axle_radii,
)
from simeval.vehicles.truck_sets import (
    EU_SEMITRAILER,
    EU_SEMITRAILER_EMPTY,
    US_SEMITRAILER,
    US_SEMITRAILER_EMPTY,
)
from simeval.vehicles.vehicle_sets import (
    BICYCLE,
    BUS,
    CAR,
    MOTORCYCLE,
    PEDESTRIAN,
    RIGID_TRUCK,
    RIGID_TRUCK_EMPTY,
    RIGID_TRUCK_FULL,
    VAN,
    bodies_of,
)

TRUCKS = [EU_SEMITRAILER, EU_SEMITRAILER_EMPTY, US_SEMITRAILER, US_SEMITRAILER_EMPTY]
ALL = [
    *TRUCKS,
    CAR,
    VAN,
    BUS,
    RIGID_TRUCK,
    RIGID_TRUCK_EMPTY,
    RIGID_TRUCK_FULL,
    MOTORCYCLE,
    BICYCLE,
    PEDESTRIAN,
]
FOOT, INCH, POUND = 0.3048, 0.0254, 0.45359237


def names(vehicle):
    return vehicle.name


@pytest.mark.parametrize("vehicle", ALL, ids=names)
def test_axles_and_couplings_lie_where_the_lengths_say(vehicle):
    front = vehicle.units[0]
    if front.wheelbase:
        assert front.axles[0] - front.axle == pytest.approx(front.wheelbase)
    for before, unit in zip(vehicle.units, vehicle.units[1:], strict=False):
        assert unit.front_hitch - unit.axle == pytest.approx(unit.wheelbase)
        assert abs(before.rear_hitch) < before.length / 2 and abs(unit.front_hitch) < unit.length / 2
        assert np.mean(unit.axles) == pytest.approx(unit.axle)
    for unit in vehicle.units:
        assert all(abs(axle) < unit.length / 2 for axle in unit.axles)
        assert unit.mass > 0 and 0 < unit.cog_height < 2.5
    assert len(vehicle.articulation) == len(vehicle.units) - 1
    assert vehicle.source


def overall_length(vehicle):
    tractor, trailer = vehicle.units
    return tractor.length / 2 - tractor.rear_hitch + trailer.front_hitch + trailer.length / 2


def test_the_european_set_keeps_to_directive_96_53():
    tractor, trailer = EU_SEMITRAILER.units
    assert overall_length(EU_SEMITRAILER) == pytest.approx(16.5)
    assert trailer.front_hitch + trailer.length / 2 == pytest.approx(12.0)
    assert math.hypot(trailer.length / 2 - trailer.front_hitch, trailer.width / 2) < 2.05
    assert EU_SEMITRAILER.mass == pytest.approx(40e3)
    assert max(tractor.width, trailer.width) <= 2.55
    # annex I, 1.5 and 4.4: a semitrailer turns in the ring of 12.5 and 5.3 m up to this wheelbase
    assert trailer.wheelbase <= math.sqrt((12.5 - 2.04) ** 2 - (5.3 + trailer.width / 2) ** 2)


def test_that_wheelbase_is_the_steady_circle_of_the_trailer_model():
    longest = math.sqrt((12.5 - 2.04) ** 2 - (5.3 + 2.55 / 2) ** 2)
    assert steady_axle_radii(12.5 - 2.04, [0.0], [longest])[1] == pytest.approx(5.3 + 2.55 / 2)


def test_the_american_set_keeps_to_its_rules():
    tractor, trailer = US_SEMITRAILER.units
    assert trailer.length == pytest.approx(53 * FOOT, abs=1e-3)
    assert trailer.width == pytest.approx(102 * INCH, abs=1e-3)
    assert trailer.length / 2 - trailer.front_hitch == pytest.approx(36 * INCH, abs=2e-3)
    assert trailer.front_hitch - trailer.axles[-1] == pytest.approx(40 * FOOT, abs=2e-3)
    assert trailer.axles[0] - trailer.axles[1] == pytest.approx(49 * INCH, abs=2e-3)
    assert tractor.axles[1] - tractor.axles[2] == pytest.approx(52 * INCH, abs=2e-3)
    assert tractor.wheelbase == pytest.approx(187 * INCH, abs=2e-3)
    assert US_SEMITRAILER.mass == pytest.approx(80e3 * POUND, abs=1.0)
    assert 20.0 < overall_length(US_SEMITRAILER) < 22.0


@pytest.mark.parametrize(
    ("empty", "loaded"), [(EU_SEMITRAILER_EMPTY, EU_SEMITRAILER), (US_SEMITRAILER_EMPTY, US_SEMITRAILER)]
)
def test_loading_changes_mass_and_power_and_no_length(empty, loaded):
    assert empty.mass < 0.45 * loaded.mass
    assert empty.units[1].cog_height < loaded.units[1].cog_height
    power = [v.mass * v.limits.specific_power for v in (empty, loaded)]
    assert power[0] == pytest.approx(power[1], rel=0.02)
    for name in ("length", "axle", "wheelbase", "front_hitch", "rear_hitch"):
        assert np.array_equal(getattr(bodies_of(empty), name), getattr(bodies_of(loaded), name))


def stopping_distance(vehicle, speed):
    p, b = vehicle.limits.brake, vehicle.limits.max_braking
    return speed * (p.dead_time + p.build_up) + speed**2 / (2 * b) - b * p.build_up**2 / 2


@pytest.mark.parametrize(("vehicle", "feet"), [(US_SEMITRAILER, 250), (US_SEMITRAILER_EMPTY, 235)])
def test_american_brakes_stop_from_60_mph_as_fmvss_121_asks(vehicle, feet):
    distance = stopping_distance(vehicle, 60 * 5280 * FOOT / 3600)
    assert 0.85 * feet * FOOT < distance <= feet * FOOT


@pytest.mark.parametrize("vehicle", [EU_SEMITRAILER, EU_SEMITRAILER_EMPTY, BUS, RIGID_TRUCK], ids=names)
def test_european_brakes_stop_from_60_km_h_as_un_r13_asks(vehicle):
    assert vehicle.limits.max_braking >= 5.0
    assert stopping_distance(vehicle, 60 / 3.6) <= 0.15 * 60 + 60**2 / 130


def test_bodies_come_out_as_rows_of_the_body_table():
    bodies = bodies_of(EU_SEMITRAILER, agent=3)
    assert bodies.agent.tolist() == [3, 3]
    offset, wheelbase = couplings_of(bodies, agent=3)
    assert np.allclose(offset, [-0.6]) and np.allclose(wheelbase, [7.7])


@pytest.mark.parametrize("vehicle", TRUCKS, ids=names)
def test_a_truck_at_full_lock_backwards_jackknifes_at_its_geometric_limit(vehicle):
    bodies, limit = bodies_of(vehicle), np.array(vehicle.articulation)
    curvature = math.tan(vehicle.limits.max_steering) / vehicle.units[0].wheelbase
    back = [(-0.1, 0.1 * curvature)] * 600
    angles, flags = drive_trailers([0.0], *couplings_of(bodies), back, limit)
    assert abs(angles[-1, 0]) == limit[0] and flags[-1] == 0
    assert math.pi / 2 < limit[0] < math.pi


def boxes_meet(angle, gap, cab, overhang, trailer):
    """Whether a point of the trailer's or the cab's outline lies in the other, by dense sampling."""
    c, s = math.cos(angle), math.sin(angle)
    along, across = np.meshgrid(np.linspace(-12.0, overhang, 500), np.linspace(-trailer, trailer, 61))
    x, y = c * along + s * across, -s * along + c * across
    return bool(((x >= gap) & (x <= gap + 2.0) & (np.abs(y) <= cab)).any())


@pytest.mark.parametrize(
    ("gap", "cab", "overhang", "trailer"),
    [(2.2, 1.25, 1.6, 1.275), (2.5, 1.2, 0.914, 1.2955), (1.8, 1.25, 1.5, 1.275), (1.4, 1.0, 0.8, 1.2)],
)
def test_bodies_touch_first_at_the_articulation_limit(gap, cab, overhang, trailer):
    limit = articulation_limit(gap, cab, overhang, trailer)
    free = np.arange(0.0, limit - 0.02, 0.02)
    assert not any(boxes_meet(a, gap, cab, overhang, trailer) for a in free)
    assert boxes_meet(limit + 0.03, gap, cab, overhang, trailer)


def test_every_kind_of_road_user_has_a_set():
    assert {v.kind for v in ALL} == set(AgentKind) - {AgentKind.STATIC, AgentKind.OTHER}
    assert len({v.name for v in ALL}) == len(ALL)
