"""Drives scenarios by a policy or an engine driver and judges each drive, without a run folder."""

from __future__ import annotations

from collections.abc import Sequence

from simeval.judge import Verdict, judge_episode, load_profile
from simeval.metrics import measure_episode
from simeval.policy import Policy
from simeval.scenario import Scenario, Trace
from simeval.sim import simulate
from simeval.sim.policy_rollout import Rollout

__all__ = ["PROFILE", "mean_score", "verdicts_of"]

PROFILE = "builtin:simeval-core"
BATCH = 128


def verdicts_of(scenarios: Sequence[Scenario], policy: Policy | str) -> list[Verdict]:
    """The verdict of the profile on one episode of each scenario, in order."""
    profile, found = load_profile(PROFILE), []
    for first in range(0, len(scenarios), BATCH):
        batch = scenarios[first : first + BATCH]
        for scenario, trace in zip(batch, _traces(batch, policy), strict=True):
            measured = measure_episode(scenario, trace, wanted=profile.measures)
            found.append(judge_episode(profile, scenario, trace, measured))
    return found


def mean_score(verdicts: Sequence[Verdict]) -> float:
    """Mean of the profile's totals; what has none counts as 0. Rounded to 4 digits."""
    return round(sum(v.total or 0.0 for v in verdicts) / max(len(verdicts), 1), 4)


def _traces(scenarios: Sequence[Scenario], policy: Policy | str) -> list[Trace]:
    if isinstance(policy, str):
        return simulate(scenarios, policy)
    rollout = Rollout(scenarios, policy)
    rollout.run()
    return [rollout.trace(row) for row in range(len(scenarios))]
