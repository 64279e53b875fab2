"""Which drivers there are, and whether a scenario can be driven by one."""

from __future__ import annotations

import numpy as np

from simeval.errors import InputError, unknown_name
from simeval.scenario import Driver, Scenario
from simeval.sim.agents import EGO_DRIVERS
from simeval.sim.move import POSES
from simeval.sim.settings import DRIVERS

__all__ = ["CONTROLS", "DRIVER_CODES", "POSES_CONTROL", "check_runnable"]

CONTROLS = "controls"  # the ego by (acceleration, steering) from outside
POSES_CONTROL = "poses"  # the ego put on given poses
DRIVER_CODES: dict[str, int] = {
    **{name: int(code) for name, code in EGO_DRIVERS.items()},
    CONTROLS: int(Driver.POLICY),
    POSES_CONTROL: POSES,
}


def check_runnable(scenario: Scenario, driver: str) -> None:
    """Whether a driver can drive a scenario at all.

    Raises:
        UsageError: the driver is not known.
        InputError: there is no ego, nothing to simulate, or no log or route for this driver.
    """
    if driver not in DRIVER_CODES:
        raise unknown_name("policy", driver, DRIVERS)
    where, ego, start = scenario.id, scenario.ego, scenario.start_step
    if ego is None:
        raise InputError(
            where, "has no ego.", "Choose one when importing: `simeval import … --ego ID` or `--ego longest`."
        )
    if scenario.num_steps - 1 - start < 1:
        raise InputError(where, f"too short to simulate: {scenario.num_steps} steps, start at step {start}.")
    valid = scenario.states.valid[:, ego]
    name = scenario.agents.ids[ego]
    if not valid[start]:
        raise InputError(
            where, f"ego {name!r} is not there at the start (step {start}).", "Choose another ego."
        )
    if driver == "log":
        last = int(np.flatnonzero(valid)[-1])
        if last == start:
            raise InputError(where, f"ego {name!r} has no recorded motion to follow.", "Use another driver.")
        if not valid[start : last + 1].all():
            gap = start + int((~valid[start : last + 1]).argmax())
            raise InputError(
                where, f"the log of ego {name!r} has a gap at step {gap}.", "Use another driver."
            )
    if driver == "idm" and (scenario.route is None or len(scenario.route.xy) < 2):
        raise InputError(where, "has no route for driver 'idm' to follow.", "Use another driver.")
