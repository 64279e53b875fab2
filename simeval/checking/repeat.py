"""Equal questions, equal answers: called twice, with rows permuted, alone, and beside other rows."""

from __future__ import annotations

import numpy as np
import torch

from simeval.arrays import Array
from simeval.checking.contract import Answers, of_fault
from simeval.checking.probe import Probe, rows_of
from simeval.checking.report import Check, fail, ok, warn
from simeval.checking.samples import Samples
from simeval.policy.faults import PolicyFault

__all__ = ["check_repeat"]

ROUNDING = 1e-4  # relative; float32 sums in another order stay far below
HIDDEN = "Keep everything that act() remembers in the memory it returns."


def check_repeat(probe: Probe, samples: Samples, answers: Answers, figures: dict[str, float]) -> list[Check]:
    """All checks of this file; a call that fails is its check's failure."""
    checks = []
    for name, check in CHECKS:
        try:
            checks.append(check(name, probe, samples, answers, figures))
        except PolicyFault as error:
            checks.append(of_fault(name, error.fault))
    return checks


def apart(one: Array, two: Array) -> float:
    """The largest difference, relative to the size of the answers; NaN equals NaN."""
    with np.errstate(invalid="ignore"):
        gap = np.where((one == two) | (np.isnan(one) & np.isnan(two)), 0.0, np.abs(one - two))
    size = max(1.0, float(np.abs(np.nan_to_num(one, posinf=1.0, neginf=1.0)).max(initial=0.0)))
    return float(np.nan_to_num(gap, nan=np.inf, posinf=np.inf).max(initial=0.0)) / size


def _twice(name: str, probe: Probe, samples: Samples, answers: Answers, figures: dict[str, float]) -> Check:
    last, first = samples.observations[-1], samples.observations[0]
    one, _ = probe.act(last, answers.before)
    two, _ = probe.act(last, answers.before)
    if apart(one, two) > 0.0:
        gap = f"two equal calls differ by {apart(one, two):.2g} (relative)."
        if probe.spec.is_random:
            return fail(name, gap, "Draw only from the global generators of torch and numpy.")
        return fail(name, gap, "If it draws random numbers, declare is_random.")
    probe.act(first, probe.init(first.num_rows))
    three, _ = probe.act(last, answers.before)
    if apart(one, three) > 0.0:
        found = f"a call in between changes the answer by {apart(one, three):.2g} (relative)."
        return fail(name, found, HIDDEN)
    if not probe.spec.is_random:
        return ok(name, "equal to the last bit")
    return _is_random_at_all(probe, samples, answers, one)


def _is_random_at_all(probe: Probe, samples: Samples, answers: Answers, one: Array) -> Check:
    name, usual = "same answer twice", probe.seed
    probe.seed = usual + 1
    other, _ = probe.act(samples.observations[-1], answers.before)
    probe.seed = usual
    if apart(one, other) == 0.0:
        return warn(name, "it declares is_random, and other seeds change nothing.", "Leave is_random out.")
    return ok(name, "equal to the last bit with equal seeds, other with others")


def _memory(name: str, probe: Probe, samples: Samples, answers: Answers, figures: dict[str, float]) -> Check:
    seen = samples.observations[-1]
    if answers.before is None:
        return ok(name, "none")
    if probe.spec.is_random:
        return ok(name, "axis 0 is the row; permuting is not tried with random numbers")
    count = seen.num_rows
    usual, _ = probe.act(seen, answers.before)
    order = torch.from_numpy(np.random.default_rng(3).permutation(count))
    mixed, _ = probe.act(rows_of(seen, order.tolist()), probe.take(probe.copy(answers.before), order))
    gap = apart(usual[order.numpy()], mixed)
    if gap > ROUNDING:
        found = f"with rows of observation and memory permuted, actions differ by {gap:.2g} (relative)."
        return fail(name, found, "Each row may use its own row of observation and memory only.")
    repeated = torch.zeros(count, dtype=torch.int64)
    same, _ = probe.act(rows_of(seen, [0] * count), probe.take(probe.copy(answers.before), repeated))
    gap = apart(np.broadcast_to(same[:1], same.shape), same)
    if gap > ROUNDING:
        return fail(name, f"equal rows get actions that differ by {gap:.2g} (relative).", HIDDEN)
    return ok(name, "rows can be permuted and repeated")


def _alone(name: str, probe: Probe, samples: Samples, answers: Answers, figures: dict[str, float]) -> Check:
    seen = samples.observations[-1]
    if probe.spec.is_random:
        return ok(name, "not tried with random numbers")
    usual, _ = probe.act(seen, answers.before)
    worst = 0.0
    for count in (1, 7):
        rows = torch.arange(count)
        few, _ = probe.act(rows_of(seen, rows.tolist()), probe.take(probe.copy(answers.before), rows))
        worst = max(worst, apart(usual[:count], few))
    figures["batch_difference"] = worst
    if worst > ROUNDING:
        found = f"in batches of 1, 7 and {len(usual)} rows, actions differ by up to {worst:.2g} (relative)."
        return fail(name, found, "Batch statistics, or a sum over rows? Put modules into eval mode.")
    if worst > 0.0:
        return ok(name, f"batches of 1, 7 and {len(usual)} rows differ by {worst:.1g}; `--exact` undoes that")
    return ok(name, f"batches of 1, 7 and {len(usual)} rows agree to the last bit")


def _neighbours(
    name: str, probe: Probe, samples: Samples, answers: Answers, figures: dict[str, float]
) -> Check:
    seen = samples.observations[-1]
    half, count = seen.num_rows // 2, seen.num_rows
    usual, _ = probe.act(seen, answers.before)
    rows = [*range(half), *([0] * (count - half))]
    others = rows_of(seen, rows)
    mixed, _ = probe.act(others, probe.take(probe.copy(answers.before), torch.tensor(rows)))
    gap = apart(usual[:half], mixed[:half])
    if probe.spec.is_random:
        return ok(name, "not tried with random numbers")
    if gap > ROUNDING:
        found = f"other rows beside it change a row's action by {gap:.2g} (relative)."
        return fail(name, found, "Each row is an episode of its own; nothing may be taken over the batch.")
    if gap > 0.0:
        found = f"other rows beside it change a row's last digits ({gap:.1g}, relative)."
        return warn(name, found, "Results then depend on which episodes share a batch.")
    return ok(name, "a row's action does not depend on other rows")


CHECKS = (
    ("same answer twice", _twice),
    ("memory", _memory),
    ("batch size", _alone),
    ("neighbours", _neighbours),
)
