"""How likely the logged behaviour is under the simulated one, by features: an own likelihood of one drive.

For each road user that the simulation moved and the log knows, the values of a feature over time make a
histogram with a small count added everywhere; the logged values are looked up in it. The mean logarithm over
time, then the mean of the likelihoods over road users. Nothing of this is the challenge of any data set; the
log's own value under itself is below 1, so compare runs, not numbers with 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared
from simeval.safety.contacts import contacts_in
from simeval.scenario import AgentKind, Driver, States

__all__ = ["Histogram", "likelihood", "log_displacement"]

LEAST_STEPS = 10
NOBODY = "the simulation moved nobody whom the log knows for a second"


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Equal bins over a range; values beyond it count in the first or last."""

    low: float
    high: float
    bins: int
    added: float = 0.1  # to every bin, so that nothing is impossible

    def place(self, values: Float[Array, "n"]) -> Array:
        """Bin of each value."""
        share = (np.clip(values, self.low, self.high) - self.low) / (self.high - self.low)
        return np.minimum((share * self.bins).astype(np.int64), self.bins - 1)


SPEED = Histogram(low=0.0, high=25.0, bins=10)
ACCELERATION = Histogram(low=-12.0, high=12.0, bins=11)
DISTANCE = Histogram(low=0.0, high=40.0, bins=10)


def likelihood(simulated: Float[Array, "n"], logged: Float[Array, "m"], form: Histogram) -> float:
    """Geometric mean of the probabilities of the logged values under the simulated ones."""
    counts = np.bincount(form.place(simulated), minlength=form.bins) + form.added
    return float(np.exp(np.log(counts[form.place(logged)] / counts.sum()).mean()))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pair:
    """The simulated and the logged states, and who is compared at which steps."""

    agents: list[int]
    both: Bool[Array, "t a"]


@shared
def _compared(episode: Episode) -> _Pair:
    """Road users that the simulation moved, at the steps at which both know them."""
    first, trace, states = episode.trace.first_step, episode.trace, episode.scenario.states
    count = min(episode.num_steps, states.num_steps - first)
    both = np.zeros(trace.states.valid.shape, dtype=np.bool_)
    both[:count] = trace.states.valid[:count] & states.valid[first : first + count]
    moved = np.asarray(trace.driver) != int(Driver.REPLAY)
    kinds = np.asarray(trace.agents.kind) != int(AgentKind.STATIC)
    chosen = np.flatnonzero(moved & kinds & (both.sum(axis=0) >= LEAST_STEPS))
    return _Pair(agents=[int(a) for a in chosen], both=both)


def _mean(episode: Episode, of: Callable[[int, Bool[Array, "t"]], float]) -> Reading:
    pair = _compared(episode)
    if not pair.agents:
        return undefined(NOBODY)
    return Reading(float(np.mean([of(a, pair.both[:, a]) for a in pair.agents])))


def _logged(episode: Episode, values: Array) -> Array:
    """The log's rows at the recorded steps; zeros past its end."""
    first, out = episode.trace.first_step, np.zeros((episode.num_steps, *values.shape[1:]))
    part = values[first : first + episode.num_steps]
    out[: len(part)] = part
    return out


@metric("speed_likelihood", unit="1", better="higher", on_request=True)
def speed_likelihood(episode: Episode) -> Reading:
    """Likelihood of the logged speeds under the simulated ones."""
    own = np.hypot(*np.moveaxis(episode.trace.states.velocity, 2, 0))
    log = np.hypot(*np.moveaxis(_logged(episode, episode.scenario.states.velocity), 2, 0))
    return _mean(episode, lambda a, at: likelihood(own[at, a], log[at, a], SPEED))


@metric("acceleration_likelihood", unit="1", better="higher", on_request=True, version=2)
def acceleration_likelihood(episode: Episode) -> Reading:
    """Likelihood of the logged accelerations under the simulated ones."""
    own = np.hypot(*np.moveaxis(episode.trace.states.velocity, 2, 0))
    log = np.hypot(*np.moveaxis(_logged(episode, episode.scenario.states.velocity), 2, 0))

    def of(agent: int, at: Bool[Array, "t"]) -> float:
        steps = np.flatnonzero(at)
        spells = [k for k in np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1) if len(k) > 1]
        rates = [[np.gradient(s[k, agent], episode.dt) for k in spells] or [np.zeros(1)] for s in (own, log)]
        return likelihood(np.concatenate(rates[0]), np.concatenate(rates[1]), ACCELERATION)

    return _mean(episode, of)


def _nearest(xy: Float[Array, "t a 2"], valid: Bool[Array, "t a"], agent: int) -> Float[Array, "t"]:
    """Distance of centres to the nearest other road user [m]; inf where there is none."""
    away = np.hypot(*np.moveaxis(xy - xy[:, agent : agent + 1], 2, 0))
    there = valid.copy()
    there[:, agent] = False
    return np.asarray(np.where(there, away, np.inf).min(axis=1))


@metric("distance_likelihood", unit="1", better="higher", on_request=True)
def distance_likelihood(episode: Episode) -> Reading:
    """Likelihood of the logged distances to the nearest road user under the simulated ones."""
    states, log = episode.trace.states, _logged(episode, episode.scenario.states.xy)
    known = _logged(episode, episode.scenario.states.valid) > 0.0

    def of(agent: int, at: Bool[Array, "t"]) -> float:
        own = _nearest(states.xy, states.valid, agent)[at]
        return likelihood(own, _nearest(log, known, agent)[at], DISTANCE)

    if len(episode.trace.agents) < 2:
        return undefined("there is no other road user")
    return _mean(episode, of)


@metric("collision_likelihood", unit="1", better="higher", on_request=True)
def collision_likelihood(episode: Episode) -> Reading:
    """Likelihood that a road user of the simulation is as free of contacts as the log has it."""

    def touching(states: States) -> set[int]:
        found = contacts_in(episode.trace.agents, states)
        return {int(a) for a in (*found.agent_a, *found.agent_b)}

    own, logged = touching(episode.trace.states), touching(episode.scenario.states)
    added = 0.001
    right, wrong = (1.0 + added) / (1.0 + 2.0 * added), added / (1.0 + 2.0 * added)
    return _mean(episode, lambda a, _: right if (a in own) == (a in logged) else wrong)


def log_displacement(episode: Episode, seconds: float) -> Reading:
    """Distance of the ego from its log after so many seconds [m]."""
    step = round(seconds / episode.dt)
    states, row = episode.scenario.states, episode.trace.first_step + step
    if step >= episode.num_steps:
        return undefined(f"the episode is shorter than {seconds:g} s")
    if row >= states.num_steps or not states.valid[row, episode.ego]:
        return undefined(f"the log does not have the ego {seconds:g} s after the start")
    away = episode.ego_xy[step] - states.xy[row, episode.ego]
    return Reading(float(math.hypot(*away)), step=step)


@metric("displacement_3s_m", unit="m", better="lower", on_request=True)
def displacement_3s(episode: Episode) -> Reading:
    """Distance of the ego from its log after 3 s."""
    return log_displacement(episode, 3.0)


@metric("displacement_5s_m", unit="m", better="lower", on_request=True)
def displacement_5s(episode: Episode) -> Reading:
    """Distance of the ego from its log after 5 s."""
    return log_displacement(episode, 5.0)


@metric("displacement_8s_m", unit="m", better="lower", on_request=True)
def displacement_8s(episode: Episode) -> Reading:
    """Distance of the ego from its log after 8 s."""
    return log_displacement(episode, 8.0)
