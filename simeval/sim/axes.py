"""Robustness: what may go wrong between a policy and the world, as settings of a run."""

from __future__ import annotations

import math

import msgspec

from simeval.errors import UsageError

__all__ = ["Axes", "steps_of"]

SHARES = ("drop_plans", "miss")
SIZES = {
    "latency_s": "a time", "miss_for_s": "a time", "noise_position_m": "a distance",
    "noise_heading_rad": "an angle", "noise_speed_mps": "a speed",
}  # fmt: skip


class Axes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Disturbances of the policy that drives the ego; all are off by default.

    Engine drivers are part of the simulator: they see the truth, at once, and are never lost; none of these
    changes what they do.

    latency_s: how long after an observation what was decided on it takes effect [s], rounded to steps of
        the scenario, at least one. Until the first decision arrives, the ego keeps its steering and does
        not accelerate. A trajectory keeps its times: what is late of it is never driven.
    drop_plans: probability that the answer of a call is lost; what was decided before is held.
    noise_position_m, noise_heading_rad, noise_speed_mps: standard deviations of what is seen of others:
        of both coordinates, of the heading, of the speed along it. Independent for each agent and step;
        the own state is known exactly.
    miss: share of time for which another agent is not seen at all.
    miss_for_s: how long a miss lasts at least [s], rounded to steps; 0: one step.
    """

    latency_s: float = 0.0
    drop_plans: float = 0.0
    noise_position_m: float = 0.0
    noise_heading_rad: float = 0.0
    noise_speed_mps: float = 0.0
    miss: float = 0.0
    miss_for_s: float = 0.0

    def __post_init__(self) -> None:
        for name in SHARES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                what = f"expected a probability from 0 to 1, got {getattr(self, name)}."
                raise UsageError(name, what, "0 is off.")
        for name, kind in SIZES.items():
            if not 0.0 <= getattr(self, name) < math.inf:
                raise UsageError(name, f"expected {kind} >= 0, got {getattr(self, name)}.", "0 is off.")

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
