"""What a run may choose about the simulation."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from simeval.errors import UsageError, unknown_name
from simeval.sim.axes import Axes
from simeval.sim.traffic_rules import DEFAULT, canonical

__all__ = ["DRIVERS", "END_ON", "SIMULATION_SEMANTICS", "VEHICLE_MODELS", "SimSettings"]

SIMULATION_SEMANTICS = 3
"""Raised whenever the same scenario and settings give other traces than before."""

DRIVERS: dict[str, str] = {
    "log": "replays the recorded ego exactly (needs a recorded ego)",
    "constant-velocity": "keeps its speed, straight ahead",
    "idm": "follows the route by pure pursuit and the Intelligent Driver Model; sees the true state of all",
}

VEHICLE_MODELS = ("kinematic", "actuated", "dynamic")

END_ON = ("contact", "off_road", "route_end")


class SimSettings(Axes, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the simulation; each is part of an episode's identity. `Axes` has more of them.

    traffic: who moves the agents that the scenario leaves open, as rules in their canonical form (see
        `traffic_rules`). `idm`: vehicles follow their recorded path and react, everyone else is replayed.
        `replay`: everyone is replayed.
    end_on: what ends an episode before its horizon: `contact` of the ego, `off_road` (the ego's centre
        leaves the road), `route_end` (the goal is reached).
    horizon_s: at most this long [s]; None: as long as the scenario.
    vehicle: how the ego answers commands. `kinematic`: single track with first-order actuators.
        `actuated`: with what engine, brakes (air brakes of trucks), steering and friction of its kind
        allow. `dynamic`: that, and tyres that slip.
    """

    traffic: str = DEFAULT
    end_on: tuple[str, ...] = END_ON
    horizon_s: float | None = None
    vehicle: Literal["kinematic", "actuated", "dynamic"] = "kinematic"

    def __post_init__(self) -> None:
        Axes.__post_init__(self)
        for name in self.end_on:
            if name not in END_ON:
                raise unknown_name("ending", name, END_ON)
        msgspec.structs.force_setattr(self, "traffic", canonical(self.traffic))
        # In one order: "off_road,contact" means the same episodes as "contact,off_road".
        msgspec.structs.force_setattr(self, "end_on", tuple(e for e in END_ON if e in self.end_on))
        for name in ("friction", "load"):
            if self.vehicle == "kinematic" and getattr(self, name) is not None:
                what = f"the kinematic vehicle has no {'tyres' if name == 'friction' else 'mass'}."
                raise UsageError(name, what, "Add --vehicle actuated, or dynamic.")
        if self.horizon_s is not None and not 0.0 < self.horizon_s < math.inf:
            raise UsageError("horizon_s", f"expected a time > 0 s, got {self.horizon_s}.")
