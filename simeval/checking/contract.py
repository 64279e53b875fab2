"""Does it load, answer in the declared form, and give numbers?"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.checking.probe import Probe
from simeval.checking.report import Check, fail, ok, warn
from simeval.checking.samples import Samples
from simeval.policy import Memory
from simeval.policy.actions import row_faults
from simeval.policy.faults import Fault, PolicyFault

__all__ = ["Answers", "ask", "check_numbers", "check_spec", "of_fault"]

ADVICE = {
    "construction": "init(num_rows, device) must return the memory of that many rows, or None.",
    "exception": "It must not raise for any observation of the declared sizes.",
    "contract": "Return a float tensor of the declared shape, and memory with the row as axis 0.",
    "nonfinite": "Guard divisions and logarithms; rows may be masked or empty.",
    "implausible": "Look at units and scaling.",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What the policy said to all samples in a row, and the memory before and after the last of them."""

    actions: Float[Array, "t b ..."]
    before: Memory
    after: Memory


def of_fault(name: str, fault: Fault) -> Check:
    """A fault as a failed check, with the last line of its own code."""
    where = f" (at {fault.trace.splitlines()[-1]})" if fault.trace else ""
    return fail(name, f"{fault.message}{where}.", ADVICE.get(fault.kind, ""))


def check_spec(probe: Probe, samples: Samples) -> Check:
    """What it declares."""
    spec, name = probe.spec, "spec"
    default = type(spec.observation)()
    changed = {
        key: value
        for key, value in msgspec.structs.asdict(spec.observation).items()
        if value != getattr(default, key)
    }
    sizes = ", ".join(f"{key} {value}" for key, value in changed.items()) or "default sizes"
    asked = "at every step" if spec.replan_every == 1 else f"every {spec.replan_every} steps"
    found = f"{spec.action}; observes vector/1 with {sizes}; asked {asked}"
    if spec.action != "trajectory":
        return ok(name, found)
    reach, pause = spec.num_points * spec.plan_dt_s, spec.replan_every * samples.dt
    if reach < pause - 1e-9:
        advice = f"Give more points, or plan every {max(1, int(reach / samples.dt))} steps."
        return warn(name, f"plans reach {reach:g} s ahead, but the next one comes after {pause:g} s.", advice)
    return ok(name, f"{found}; {spec.num_points} points, {spec.plan_dt_s:g} s apart, by {spec.tracker}")


def ask(probe: Probe, samples: Samples) -> tuple[Check, Answers | None]:
    """Asks for all samples one after the other; None where that is not possible."""
    name = "answer"
    try:
        memory = probe.init(samples.observations[0].num_rows)
        actions: list[Array] = []
        for seen in samples.observations:
            before = probe.copy(memory)
            action, memory = probe.act(seen, memory)
            actions.append(action)
    except PolicyFault as error:
        return of_fault(name, error.fault), None
    if len({action.shape for action in actions}) > 1:
        return fail(name, "the shape of the action changes from call to call."), None
    shape = " x ".join(str(size) for size in actions[0].shape)
    answers = Answers(actions=np.array(actions), before=before, after=memory)
    return ok(name, f"{len(actions)} calls of {len(actions[0])} rows gave actions of {shape}"), answers


def check_numbers(probe: Probe, answers: Answers) -> Check:
    """Whether every number is finite and in all range."""
    faults = [
        fault.at(step)
        for step, action in enumerate(answers.actions)
        for fault in row_faults(action, probe.spec, step).values()
    ]
    if not faults:
        return ok("numbers", "all finite and in range")
    first = faults[0]
    message = first.message.split(": ", 1)[-1]
    asked = answers.actions[..., 0].size // max(1, probe.spec.num_points)
    found = f"{len(faults)} of {asked} rows: {message}."
    return fail("numbers", found, ADVICE[first.kind])
