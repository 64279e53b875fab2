"""Whether a policy answers in a form that can be driven."""

from __future__ import annotations

from simeval.metrics.episode import Episode
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.scenario import Driver, Ending

__all__ = ["invalid_outputs"]

WRONG = {
    Ending.POLICY_ERROR: "it raised, stopped, or answered in a wrong form",
    Ending.TIMEOUT: "it answered too late",
    Ending.NONFINITE: "it answered with numbers that are not finite or out of all range",
}


@metric("invalid_outputs", unit="1", better="lower")
def invalid_outputs(episode: Episode) -> Reading:
    """Whether an answer of the policy could not be driven, which ends the episode."""
    if int(episode.trace.driver[episode.ego]) != Driver.POLICY:
        return undefined("no policy drives the ego")
    wrong = WRONG.get(episode.trace.ending)
    return Reading(0.0) if wrong is None else Reading(1.0, step=episode.num_steps - 1, note=wrong)
