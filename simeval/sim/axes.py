"""Robustness: what may go wrong between a policy and the world, as settings of a run."""

from __future__ import annotations

import math

import msgspec

from simeval.errors import UsageError

__all__ = ["Axes", "steps_of"]

SHARES = ("drop_plans", "miss", "load")
GAINS = ("steer_gain", "accel_gain")
SIZES = {
    "latency_s": "a time", "miss_for_s": "a time", "noise_position_m": "a distance",
    "noise_heading_rad": "an angle", "noise_speed_mps": "a speed",
}  # fmt: skip
LARGEST_OFFSET = 0.5  # [rad]
LARGEST_FRICTION = 2.0


class Axes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Disturbances of the ego and of the policy that drives it; all are off by default.

    What a policy sees and when it is obeyed. Engine drivers are part of the simulator: they see the truth,
    at once, and nothing of theirs is lost.

    latency_s: how long after an observation what was decided on it takes effect [s], rounded to steps of
        the scenario, at least one. Until the first decision arrives, the ego keeps its steering and does
        not accelerate. A trajectory keeps its times: what is late of it is never driven.
    drop_plans: probability that the answer of a call is lost; what was decided before is held.
    noise_position_m, noise_heading_rad, noise_speed_mps: standard deviations of what is seen of others:
        of both coordinates, of the heading, of the speed along it. Independent for each agent and step;
        the own state is known exactly.
    miss: share of time for which another agent is not seen at all.
    miss_for_s: how long a miss lasts at least [s], rounded to steps; 0: one step.

    What the vehicle makes of commands, whoever gives them; a vehicle that is put on poses (`log`, the
    `perfect` tracker) has no actuators.

    steer_gain, steer_offset_rad: the road wheels go to gain * wanted angle + offset [1, rad]. Whoever steers
        reads the angle back with the same error, as from a sensor in the actuator.
    accel_gain: the vehicle is told gain * wanted acceleration.
    friction: between tyres and road, for every vehicle that is driven by commands; None: 1. It needs a
        vehicle model that knows friction, `actuated` or `dynamic`; traffic on paths does not notice it.
    load: of the ego, if it is a truck, from 0 (empty) to 1 (as heavy as is allowed); None: as its set says.
        It needs a vehicle model that knows masses, `actuated` or `dynamic`.
    """

    latency_s: float = 0.0
    drop_plans: float = 0.0
    noise_position_m: float = 0.0
    noise_heading_rad: float = 0.0
    noise_speed_mps: float = 0.0
    miss: float = 0.0
    miss_for_s: float = 0.0
    steer_gain: float = 1.0
    steer_offset_rad: float = 0.0
    accel_gain: float = 1.0
    friction: float | None = None
    load: float | None = None

    def __post_init__(self) -> None:
        for name in SHARES:
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise UsageError(name, f"expected a share from 0 to 1, got {value}.")
        for name, kind in SIZES.items():
            if not 0.0 <= getattr(self, name) < math.inf:
                raise UsageError(name, f"expected {kind} >= 0, got {getattr(self, name)}.", "0 is off.")
        for name in GAINS:
            if not 0.0 < getattr(self, name) < math.inf:
                raise UsageError(name, f"expected a factor > 0, got {getattr(self, name)}.", "1 is off.")
        if not abs(self.steer_offset_rad) <= LARGEST_OFFSET:
            what = f"expected an angle of at most {LARGEST_OFFSET} rad, got {self.steer_offset_rad}."
            raise UsageError("steer_offset_rad", what, "0 is off; left is positive.")
        if self.friction is not None and not 0.0 < self.friction <= LARGEST_FRICTION:
            what = f"expected a coefficient above 0, at most {LARGEST_FRICTION}, got {self.friction}."
            raise UsageError("friction", what, "Dry asphalt has about 1, wet 0.6, snow 0.3, ice 0.1.")

    @property
    def disturbs_sight(self) -> bool:
        """Whether a policy sees anything else than the truth."""
        noise = self.noise_position_m or self.noise_heading_rad or self.noise_speed_mps
        return bool(noise or self.miss)

    @property
    def disturbs_commands(self) -> bool:
        """Whether what a policy decides comes late or never."""
        return bool(self.latency_s or self.drop_plans)

    @property
    def draws(self) -> bool:
        """Whether an episode depends on its seed."""
        return bool(self.disturbs_sight or self.drop_plans)


def steps_of(time_s: float, dt: float) -> int:
    """A time in steps, rounded; one that is not zero is at least a step."""
    return max(1, round(time_s / dt)) if time_s else 0
