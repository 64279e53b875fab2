"""The numbers in docs/vehicle-models.md are those of the code."""

import importlib
import math
import re
from pathlib import Path

import pytest

from simeval.vehicles import truck_sets, vehicle_sets
from simeval.vehicles.vehicle_sets import VehicleSet

PAGE = Path(__file__).parents[2] / "docs" / "vehicle-models.md"
SETS = {
    value.name: value
    for module in (vehicle_sets, truck_sets)
    for value in vars(module).values()
    if isinstance(value, VehicleSet)
}


def rows():
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 9 and re.fullmatch(r"`[\w-]+`", cells[0]):
            yield cells[0].strip("`"), cells[1:]


def test_every_set_has_its_row():
    assert sorted(name for name, _ in rows()) == sorted(SETS)


@pytest.mark.parametrize("name", sorted(SETS))
def test_a_row_says_what_the_set_holds(name):
    cells, vehicle = dict(rows())[name], SETS[name]
    unit, limits = vehicle.units[0], vehicle.limits
    size = [float(part) for part in cells[0].split("×")]
    expected = [
        unit.length, unit.width, unit.wheelbase, vehicle.mass, limits.max_acceleration, limits.specific_power,
        limits.max_braking, limits.max_steering, limits.max_steering_rate,
    ]  # fmt: skip
    assert [*size, *map(float, cells[1:])] == expected


def test_the_truck_table_says_what_the_sets_hold():
    text = PAGE.read_text()
    for vehicle in (truck_sets.EU_SEMITRAILER, truck_sets.US_SEMITRAILER):
        tractor, trailer = vehicle.units
        overall = tractor.length / 2 - tractor.rear_hitch + trailer.front_hitch + trailer.length / 2
        for number in (
            f"{overall:.2f} m", f"{trailer.wheelbase:.2f} m", f"{trailer.mass:,.0f} kg",
            f"{tractor.rear_hitch - tractor.axle:.2f} m ahead",
            f"{math.degrees(vehicle.articulation[0]):.0f}°",
        ):  # fmt: skip
            assert number in text, number


def test_every_named_module_and_function_exists():
    folder, text = Path(vehicle_sets.__file__).parent, PAGE.read_text()
    words = set(re.findall(r"`(?:simeval\.vehicles\.)?([a-z]\w+)`", text)) - set(SETS)
    modules = {path.stem for path in folder.glob("*.py")}
    assert len(words & modules) > 8
    names = set(modules)
    for module in modules - {"__init__"}:
        names |= set(vars(importlib.import_module(f"simeval.vehicles.{module}")))
    known = names | {"offset", "wheelbase", "friction"}  # parameters
    assert words <= known, words - known
