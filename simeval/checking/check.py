"""The one call: loads a policy, asks, compares, drives, reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simeval.checking.contract import ask, check_numbers, check_spec, of_fault
from simeval.checking.driving import check_driving, check_empty_road
from simeval.checking.probe import Probe
from simeval.checking.repeat import check_repeat
from simeval.checking.report import Check, CheckReport, fail, ok, skip, warn
from simeval.checking.samples import NUM_ROWS, bundled_families, samples_of, situations
from simeval.checking.speed import check_latency, estimate
from simeval.checking.surroundings import check_surroundings
from simeval.checking.units import check_units
from simeval.errors import UsageError
from simeval.policy import Policy, as_policy
from simeval.policy.faults import PolicyFault
from simeval.policy.guard import untouched
from simeval.policy.loading import load_policy
from simeval.policy.modules import modules_of
from simeval.policy.reference import Reference, parse_reference
from simeval.policy.runtime import Runtime
from simeval.runs.settings import RunSettings
from simeval.sim.settings import DRIVERS

__all__ = ["check_policy"]

DRIVEN = 12  # scenarios of the short drive


def check_policy(
    policy: Any,
    runtime: Runtime | None = None,
    *,
    trust_policy_code: bool = False,
    watch: Callable[[bool], None] = lambda begins: None,
) -> CheckReport:
    """Checks a policy in some seconds, on authored situations. The process is left as it was.

    Args:
        policy: a policy, torch module or function; or a reference as `--policy` takes it.
        runtime: device, dtype, exactness. None: CPU or GPU, float32.
        trust_policy_code: whether a file may run the code it holds.
        watch: called with True before the policy's code runs and with False after it.

    Raises:
        UsageError: the reference names nothing.
        InputError: the file that it names cannot be read.
    """
    runtime = runtime or Runtime()
    name = policy if isinstance(policy, str) else type(policy).__name__
    with untouched():
        try:
            watch(True)
            loaded, notes = _loaded(policy, runtime, trust_policy_code)
        except PolicyFault as error:
            return CheckReport(policy=name, checks=(of_fault("loads", error.fault),))
        finally:
            watch(False)
        if isinstance(loaded, Check):
            return CheckReport(policy=name, checks=(loaded,))
        figures: dict[str, float] = {}
        checks = [_mode(loaded), *_all(Probe(loaded, runtime, watch), figures)]
        return CheckReport(policy=name, checks=tuple(checks), figures=figures, notes=notes)


def _loaded(policy: Any, runtime: Runtime, trust: bool) -> tuple[Policy | Check, tuple[str, ...]]:
    if isinstance(policy, (str, Reference)):
        if isinstance(policy, str) and policy in DRIVERS:
            what = f"{policy!r} is a driver of the simulator; there is nothing to check."
            raise UsageError("check", what, "Name a learned policy: package.module:factory, or a file.")
        reference = parse_reference(policy) if isinstance(policy, str) else policy
        found = load_policy(reference, runtime, trust=trust)
        return found.policy, found.notes
    try:
        return as_policy(policy), ()
    except UsageError as error:
        return fail("loads", error.what, error.fix), ()


def _mode(policy: Policy) -> Check:
    if any(part.training for module in modules_of(policy) for part in module.modules()):
        return warn("loads", "its module is in training mode.", "Call eval(): dropout and statistics differ.")
    return ok(
        "loads", "policy with init and act" if modules_of(policy) == [] else "torch module in eval mode"
    )


def _all(probe: Probe, figures: dict[str, float]) -> list[Check]:
    """Every check; those that need answers are left out where there are none."""
    families = bundled_families()
    scenarios = situations(NUM_ROWS)
    samples = samples_of(scenarios, probe.spec.observation)
    answered, answers = ask(probe, samples)
    checks = [check_spec(probe, samples), answered]
    if answers is None:
        return [*checks, skip("all other checks", "need a policy that answers")]
    checks.append(check_numbers(probe, answers))
    checks += check_units(probe, samples, answers)
    checks += check_repeat(probe, samples, answers, figures)
    checks += check_surroundings(probe, samples, answers)
    checks += check_driving(probe, scenarios[:DRIVEN], figures)
    road = next(s for s in scenarios if s.family == "empty_road")
    checks += [check_empty_road(probe, road), check_latency(probe, samples, answers, figures)]
    steps = [scenario.num_steps - 1 for scenario in scenarios[: len(families)]]
    return [*checks, estimate(probe, families, steps, RunSettings().batch_size, figures)]
