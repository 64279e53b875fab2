"""Learned and naive drivers on the bundled families: where the failures come from that were labelled by hand.

Nothing in here knows of failure modes. The labels refer to the traces as stored, not to what these drivers
would do today.
"""

import math

import numpy as np
import torch
from ego_parts import along, cruise, driver, idm, place_on, sway, weak

from simeval.authoring import load_family, suite_folders
from simeval.geometry import arc_lengths
from simeval.policy.builtin import make
from simeval.sim import simulate
from simeval.sim.policy_rollout import Rollout
from simeval.testing.scripted import drive

SEEDS = (1, 2)
SUITES = ("highway", "urban")


def scenarios(seed):
    """One scenario a family, parameters drawn."""
    found = []
    for suite in SUITES:
        for path in sorted(suite_folders()[suite].glob("*.toml")):
            if path.stem != "suite":
                family = load_family(path)
                cases = family.cases(seed)
                found.append(family.build(cases[seed % len(cases)]))
    return found


def by_policy(policy, staged):
    rollout = Rollout(staged, policy)
    rollout.run()
    return [rollout.trace(row) for row in range(len(staged))]


class Shaky(torch.nn.Module):
    """bc-small with noise in its weights: badly trained."""

    def __init__(self, noise, seed):
        super().__init__()
        self.inner = make("bc-small")
        self.spec = self.inner.spec
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for weight in self.inner.parameters():
                weight += noise * weight.std(unbiased=False) * torch.randn(weight.shape, generator=generator)

    def init(self, num_rows, device):
        return self.inner.init(num_rows, device)

    def act(self, observation, memory):
        return self.inner.act(observation, memory)


def noisy(base, rng, pedal, steer, hold):
    """A driver with coloured noise on its commands."""
    state = {"a": 0.0, "d": 0.0}

    def act(seen):
        a, d = base(seen)
        keep = math.exp(-seen.scenario.dt / hold)
        push = math.sqrt(1.0 - keep * keep)
        state["a"] = keep * state["a"] + push * pedal * rng.standard_normal()
        state["d"] = keep * state["d"] + push * steer * rng.standard_normal()
        return a + state["a"], d + state["d"]

    return act


def perturbed_log(trace, rng):
    """Poses of a drive replayed too fast or too slow, and drifting sideways: a log that does not fit."""
    xy = trace.states.xy[:, 0]
    moved = np.concatenate([[True], np.sqrt((np.diff(xy, axis=0) ** 2).sum(1)) > 1e-3])
    line = xy[moved]
    if len(line) < 3:
        return lambda seen: (*xy[0], float(trace.states.heading[0, 0]), 0.0)
    s = np.concatenate([[0.0], np.cumsum(np.sqrt((np.diff(xy, axis=0) ** 2).sum(1)))])
    pace, drift = (
        rng.uniform(1.05, 1.5) if rng.random() < 0.6 else rng.uniform(0.5, 0.8),
        rng.normal(0.0, 0.25),
    )
    length = float(arc_lengths(line)[-1])

    def act(seen):
        t = (seen.time_s + seen.scenario.dt) * pace
        at = np.interp(t, np.arange(len(s)) * trace.dt, s, right=s[-1])
        at += max(0.0, t - (len(s) - 1) * trace.dt) * (s[-1] - s[-2]) / trace.dt
        point, direction = place_on(line, min(at, length + 50.0))
        left = np.array([-math.sin(direction), math.cos(direction)])
        place = point + drift * min(seen.time_s, 6.0) * left
        speed = math.hypot(*(place - seen.ego[:2])) / seen.scenario.dt
        return (*place, direction, speed)

    return act


def naive(rng):
    """Makers of drivers, given the speed they want."""
    return {
        "noisy-idm": lambda v: noisy(driver(idm(v), along()), rng, 2.5, 0.035, 1.2),
        "late-idm": lambda v: driver(
            idm(1.1 * v, headway=0.4, gap=1.0, delay=int(rng.integers(12, 22))), along()
        ),
        "blind-idm": lambda v: driver(idm(v, width=0.3, headway=0.8, red=False), along()),
        "timid-idm": lambda v: driver(idm(0.6 * v, headway=4.0, gap=35.0, width=6.0), along()),
        "lazy-steer": lambda v: driver(idm(v), weak(along(ahead=10.0, per_speed=1.1), 1.6)),
        "wanderer": lambda v: driver(
            idm(v), along(offset=_wave(rng.uniform(1.5, 3.5), rng.uniform(6.0, 14.0)))
        ),
        "fast-loose": lambda v: driver(cruise(1.35 * v), sway(along(ahead=2.0), 0.01, 1.4)),
    }


def all_drives():
    """(driver, seed, scenario, trace) of everything."""
    for seed in SEEDS:
        staged = scenarios(seed)
        rng = np.random.default_rng(1000 + seed)
        yield from _tell("constant-velocity", seed, staged, simulate(staged, "constant-velocity"))
        yield from _tell("bc-small", seed, staged, by_policy(make("bc-small"), staged))
        for name, noise in (("bc-weak", 0.7), ("bc-weaker", 1.1), ("bc-hopeless", 1.6)):
            yield from _tell(name, seed, staged, by_policy(Shaky(noise, seed), staged))
        wanted = [float(np.nanmax([s.agents.desired_speed[0], 5.0])) for s in staged]
        for name, make_driver in naive(rng).items():
            yield from _tell(name, seed, staged, drive(staged, [make_driver(v) for v in wanted]))
        logs = simulate(staged, "idm")
        replays = [perturbed_log(t, rng) for t in logs]
        yield from _tell("log-perturbed", seed, staged, drive(staged, replays, poses=True))


def _wave(size, period):
    return lambda seen: size * math.sin(2.0 * math.pi * seen.time_s / period)


def _tell(name, seed, staged, traces):
    return [(name, seed, s, t) for s, t in zip(staged, traces, strict=True)]
