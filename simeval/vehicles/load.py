"""A truck between empty and full."""

from __future__ import annotations

from dataclasses import replace

from simeval.vehicles.truck_sets import (
    EU_SEMITRAILER,
    EU_SEMITRAILER_EMPTY,
    US_SEMITRAILER,
    US_SEMITRAILER_EMPTY,
)
from simeval.vehicles.vehicle_sets import (
    RIGID_TRUCK,
    RIGID_TRUCK_EMPTY,
    RIGID_TRUCK_FULL,
    DriveLimits,
    Unit,
    VehicleSet,
)

__all__ = ["loaded"]

ENDS: dict[str, tuple[VehicleSet, VehicleSet]] = {
    RIGID_TRUCK.name: (RIGID_TRUCK_EMPTY, RIGID_TRUCK_FULL),
    EU_SEMITRAILER.name: (EU_SEMITRAILER_EMPTY, EU_SEMITRAILER),
    US_SEMITRAILER.name: (US_SEMITRAILER_EMPTY, US_SEMITRAILER),
}
"""By the name of a set: the same vehicle empty, and as heavy as is allowed."""


def loaded(vehicle: VehicleSet, load: float) -> VehicleSet:
    """The same vehicle with a load from 0 to 1; one whose load makes no difference here stays as it is.

    Masses, heights of the centre of gravity and limits lie on the line between empty and full. The power
    stays that of the engine, so what it gives a kilogram falls with the mass.
    """
    if vehicle.name not in ENDS:
        return vehicle
    empty, full = ENDS[vehicle.name]
    units = tuple(_between(a, b, load) for a, b in zip(empty.units, full.units, strict=True))
    mass = sum(unit.mass for unit in units)
    limits = _limits(empty.limits, full.limits, load)
    power = full.limits.specific_power * full.mass
    return replace(
        vehicle, units=units, limits=limits._replace(specific_power=power / mass),
        source=f"{load:g} of the way from empty to full",
    )  # fmt: skip


def _between(empty: Unit, full: Unit, load: float) -> Unit:
    return replace(
        full, mass=empty.mass + load * (full.mass - empty.mass),
        cog_height=empty.cog_height + load * (full.cog_height - empty.cog_height),
    )  # fmt: skip


def _limits(empty: DriveLimits, full: DriveLimits, load: float) -> DriveLimits:
    """Linear in all but the brake's times, which do not depend on the load."""
    names = full._fields[:-1]
    numbers = {n: getattr(empty, n) + load * (getattr(full, n) - getattr(empty, n)) for n in names}
    return full._replace(**numbers)
