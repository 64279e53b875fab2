"""A short drive: faults, bits, and whether it moves along an empty road."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simeval.checking.contract import of_fault
from simeval.checking.probe import Probe
from simeval.checking.report import Check, fail, ok, warn
from simeval.policy.faults import Fault, PolicyFault
from simeval.scenario import Ending, Scenario, Trace
from simeval.sim.policy_rollout import Rollout

__all__ = ["check_driving", "check_empty_road"]

STEPS, ALONE = 40, 100  # of the short drive, and on the empty road


def check_driving(probe: Probe, scenarios: Sequence[Scenario], figures: dict[str, float]) -> list[Check]:
    """Drives the scenarios twice for some seconds."""
    name = "drive"
    try:
        one, two = _drive(probe, scenarios, STEPS), _drive(probe, scenarios, STEPS)
    except PolicyFault as error:
        return [of_fault(name, error.fault)]
    driven = sum(one.trace(row).num_steps - 1 for row in range(len(scenarios)))
    around = one.seconds["observe"] + one.seconds["step"]
    figures["simulator_us_per_world_step"] = 1e6 * around / max(1, driven)
    if one.faults:
        row, fault = next(iter(one.faults.items()))
        return [fail(name, f"{len(one.faults)} of {len(scenarios)} episodes end by a fault, "
                     f"first {scenarios[row].id}: {fault}.", "The same happens in a run.")]  # fmt: skip
    return [_endings(name, one, scenarios), _bits(one, two, len(scenarios))]


def _drive(probe: Probe, scenarios: Sequence[Scenario], steps: int) -> Rollout:
    rollout = Rollout(
        scenarios, probe.policy, runtime=probe.runtime, watch=lambda step: probe.watch(step is not None)
    )
    while rollout.steps < steps and not rollout.all_done:
        rollout.step()
    return rollout


def _endings(name: str, rollout: Rollout, scenarios: Sequence[Scenario]) -> Check:
    endings = [rollout.trace(row).ending for row in range(len(scenarios))]
    bad = sum(ending in (Ending.CONTACT, Ending.OFF_ROAD) for ending in endings)
    lost = sum(ending == Ending.NONFINITE for ending in endings)
    seconds = STEPS * scenarios[0].dt
    if lost:
        return fail(name, f"{lost} episodes end with a state that is not finite.", "Look at its actions.")
    found = f"{bad} of {len(endings)} episodes end in a contact or off the road within {seconds:g} s"
    if bad > len(endings) // 2:
        return warn(name, f"{found}.", "Signs, units and frames are the usual causes.")
    return ok(name, found)


def _bits(one: Rollout, two: Rollout, count: int) -> Check:
    name = "same drive twice"
    for row in range(count):
        a, b = one.trace(row), two.trace(row)
        if a.states.xy.tobytes() != b.states.xy.tobytes() or a.command.tobytes() != b.command.tobytes():
            fault = Fault(kind="random", step=0, message=f"{a.scenario_id} went differently the second time.")
            return fail(name, fault.message, "It keeps something between episodes, or draws random numbers.")
    return ok(name, f"{count} episodes equal to the last bit")


def check_empty_road(probe: Probe, road: Scenario) -> Check:
    """Whether it drives along a road with nobody else on it."""
    name = "empty road"
    try:
        rollout = _drive(probe, [road], ALONE)
    except PolicyFault as error:
        return of_fault(name, error.fault)
    if rollout.faults:
        return of_fault(name, rollout.faults[0])
    return _moves(name, rollout.trace(0))


def _moves(name: str, trace: Trace) -> Check:
    xy, velocity = trace.states.xy[:, trace.ego], trace.states.velocity[:, trace.ego]
    heading = trace.states.heading[:, trace.ego]
    seconds = (len(xy) - 1) * trace.dt
    along = velocity[:, 0] * np.cos(heading) + velocity[:, 1] * np.sin(heading)
    found = f"{np.linalg.norm(xy[-1] - xy[0]):.0f} m in {seconds:.0f} s, at {along[-1]:.1f} m/s in the end"
    if trace.ending == Ending.OFF_ROAD:
        return warn(name, f"leaves the road after {seconds:.1f} s.", "There is nobody else on it.")
    if along.min() < -0.5:
        return warn(name, f"drives backwards: {found}.", "Nothing stands in front of it.")
    if along[-1] < 0.5:
        return warn(name, f"stands in the end: {found}.", "Nothing stands in front of it.")
    return ok(name, found)
