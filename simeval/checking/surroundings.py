"""Odd but lawful input: nothing around, padding only; and what a call does to its input and the process."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import torch

from simeval.checking.contract import Answers, of_fault
from simeval.checking.probe import Probe
from simeval.checking.report import Check, fail, ok, warn
from simeval.checking.samples import Samples
from simeval.policy import Observation
from simeval.policy.actions import row_faults
from simeval.policy.faults import PolicyFault
from simeval.policy.guard import random_state

__all__ = ["check_surroundings", "empty", "process_state"]

OWN = ("ego_history", "ego_parameters", "time_s", "active")


def check_surroundings(probe: Probe, samples: Samples, answers: Answers) -> list[Check]:
    """All checks of this file."""
    checks = []
    for name, check in (("nothing around", _nothing), ("padding", _padding), ("side effects", _effects)):
        try:
            checks.append(check(name, probe, samples, answers))
        except PolicyFault as error:
            checks.append(of_fault(name, error.fault))
    return checks


def empty(observation: Observation) -> Observation:
    """The same egos with no agents, lanes, edges, route and goal."""
    kept = {
        name: tensor if name in OWN else torch.zeros_like(tensor)
        for name, tensor in observation.tensors().items()
    }
    return Observation(**kept)


def _nothing(name: str, probe: Probe, samples: Samples, answers: Answers) -> Check:
    action, _ = probe.act(empty(samples.observations[-1]), answers.before)
    faults = list(row_faults(action, probe.spec, 0).values())
    if faults:
        message = faults[0].message.split(": ", 1)[-1]
        return fail(name, f"no agents, lanes, route: {message}.", "Attention over nothing? Mask with care.")
    return ok(name, "finite with no agents, lanes or route")


def _padding(name: str, probe: Probe, samples: Samples, answers: Answers) -> Check:
    blank = Observation.zeros(probe.spec.observation, samples.observations[-1].num_rows)
    action, _ = probe.act(blank, answers.before)
    if not np.isfinite(action).all():
        found = "rows that are zero and not active give NaN. Their actions are not used."
        return warn(name, found, "Take care that it does not spread to other rows or into the memory.")
    return ok(name, "finite for rows that are zero and not active")


def _effects(name: str, probe: Probe, samples: Samples, answers: Answers) -> Check:
    seen = probe.seen(samples.observations[-1])
    draw_some()
    kept, changes = seen.map(torch.clone).tensors(), Changes(with_random=not probe.spec.is_random)
    answer = probe.raw(seen, probe.copy(answers.before), changes)
    found = changes.found
    found += [
        f"its observation ({part})"
        for part, tensor in seen.tensors().items()
        if not torch.equal(tensor, kept[part])
    ]
    if isinstance(answer, tuple) and getattr(answer[0], "requires_grad", False):
        found.append("the gradient mode (its action carries a gradient)")
    if not found:
        return ok(name, "none found")
    advice = "A run undoes it or is not affected, but it is seldom meant."
    return warn(name, f"a call changes {', '.join(found)}.", advice)


class Changes:
    """What happens to the process inside a `with`, before anything is put back."""

    def __init__(self, *, with_random: bool) -> None:
        self.with_random = with_random
        self.found: list[str] = []

    def __enter__(self) -> None:
        self.before = process_state(with_random=self.with_random)

    def __exit__(self, *_: object) -> None:
        after = process_state(with_random=self.with_random)
        self.found += [name for name, value in self.before.items() if after[name] != value]


def draw_some() -> None:
    """Leaves every random generator where no constant seed would put it."""
    torch.rand(1)
    np.random.rand()
    random.random()


def process_state(*, with_random: bool) -> dict[str, object]:
    """What a call should leave as it is."""
    state: dict[str, object] = {
        "torch's number of threads": torch.get_num_threads(),
        "torch's default dtype": torch.get_default_dtype(),
        "torch's gradient mode": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "torch's deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "the working directory": Path.cwd(),
        "environment variables": dict(os.environ),
        "numpy's error handling": np.geterr(),
    }
    if with_random:
        own = random_state()
        numpy = own["numpy"]
        state["Python's random numbers"] = own["python"]
        state["numpy's random numbers"] = (bytes(numpy[1]), numpy[2:])
        state["torch's random numbers"] = bytes(own["torch"].numpy())
    return state
