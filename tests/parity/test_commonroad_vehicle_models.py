"""Every derivative and every drive of commonroad-vehicle-models 3.0.2 but those of the multi-body model.

Tolerances: derivatives rel 1e-9, abs 1e-9; drives abs 1e-6. The wheels of STD are chaotic at the step of
the drives, so those agree only while every operation is rounded as in the peer.
"""

import numpy as np
import pytest

from simeval.vehicles.commonroad import commonroad_derivatives, commonroad_drive
from simeval.vehicles.commonroad_parameters import (
    BMW_320I,
    FORD_ESCORT,
    TRUCK_WITH_TRAILER,
    VW_VANAGON,
    CommonRoadVehicle,
    Tyre,
)

MODELS = ("KS", "KS_COG", "KST", "ST", "STD")  # MB, the multi-body model, is not built


def vehicle(raw):
    def number(value):
        return 0.0 if value is None else float(value)

    s, v = raw["steering"], raw["longitudinal"]
    names = ("m", "I_z", "h_s", "R_w", "I_y_w", "T_sb", "T_se")
    return CommonRoadVehicle(
        raw["l"], raw["w"], raw["a"], raw["b"], s["min"], s["max"], s["v_min"], s["v_max"],
        v["v_min"], v["v_max"], v["v_switch"], v["a_max"], *(number(raw[n]) for n in names),
        trailer_wheelbase=number(raw["trailer"]["l_wb"]),
        tyre=Tyre(**{n: raw["tire"][n] for n in Tyre._fields}),
    )  # fmt: skip


@pytest.fixture(scope="module")
def vehicles(cases):
    return {int(number): vehicle(raw) for number, raw in cases["parameters"].items()}


def test_the_named_vehicles_are_those_of_the_peer(vehicles):
    ours = {1: FORD_ESCORT, 2: BMW_320I, 3: VW_VANAGON, 4: TRUCK_WITH_TRAILER}
    assert vehicles == ours


@pytest.mark.parametrize("model", MODELS)
def test_every_derivative_agrees(cases, vehicles, model):
    wrong, seen = [], 0
    for index, case in enumerate(cases["derivatives"]):
        if case["model"] == model:
            got = commonroad_derivatives(model, [case["x"]], [case["u"]], vehicles[case["vehicle"]])[0]
            seen += 1
            if not np.allclose(got, case["dx"], rtol=1e-9, atol=1e-9):
                wrong.append(index)
    if not seen:
        pytest.skip(f"the file holds no derivative of {model}")
    assert not wrong, f"derivatives {wrong} of {model} disagree"


def inputs_of(case):
    ends = np.cumsum([duration for duration, _ in case["segments"]])
    start = np.arange(round(ends[-1] / case["dt"])) * case["dt"]
    active = np.minimum((start[:, None] >= ends).sum(axis=1), len(ends) - 1)
    return np.array([u for _, u in case["segments"]], dtype=float)[active]


@pytest.mark.parametrize("method", ["rk4", "euler"])
@pytest.mark.parametrize("model", MODELS)
def test_every_drive_agrees(cases, vehicles, model, method):
    wrong, seen = [], 0
    for index, case in enumerate(cases["trajectories"]):
        if case["model"] != model or method not in case:
            continue
        p, seen = vehicles[case["vehicle"]], seen + 1
        got = commonroad_drive(model, case["x0"], inputs_of(case), p, case["dt"], method=method)
        every = round(case["record_dt"] / case["dt"])
        error = np.abs(got[::every] - np.array(case[method], dtype=float)).max()
        if not error <= 1e-6:
            wrong.append((index, case["maneuver"], float(error)))
    if not seen:
        pytest.skip(f"the file holds no {method} drive of {model}")
    assert not wrong, f"drives {wrong} of {model} disagree"
