"""Drives the cases of every failure mode and compares what the taxonomy says with the truth.

Seeds are split for good: the rules were written while looking at even ones; odd ones are held out.
"""

import dataclasses
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass

import contact_cases
import numpy as np
import progress_cases
import road_cases

from simeval.judge import judge_episode, load_profile
from simeval.metrics import measure_episode
from simeval.scenario import Ending
from simeval.testing.scripted import drive

MODES = contact_cases.CASES | road_cases.CASES | progress_cases.CASES
TUNING, HELD_OUT = 0, 1
PROFILE = "simeval-triage"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said of one drive; `near` marks a near miss of `tested`."""

    tested: str
    near: bool
    seed: int
    truth: str | None
    said: str | None
    told: tuple[str, ...]


def seeds(half, count):
    """The first seeds of one half."""
    return [2 * k + half for k in range(count)]


def case_of(mode, seed, near):
    """The case of one seed: everything in it is drawn from mode, seed and kind alone."""
    rng = np.random.default_rng([zlib.crc32(mode.encode()), seed, int(near)])
    return MODES[mode](rng, near)


def answers(modes, half, positives, negatives):
    """Drives and judges; one Answer each."""
    wanted = [(m, s, False) for m in modes for s in seeds(half, positives)]
    wanted += [(m, s, True) for m in modes for s in seeds(half, negatives)]
    cases = [case_of(*w) for w in wanted]
    groups = defaultdict(list)
    for i, case in enumerate(cases):
        groups[case.poses, case.settings.traffic, case.settings.end_on].append(i)
    found = {}
    for (poses, *_), rows in groups.items():
        for i, trace in zip(rows, _driven([cases[i] for i in rows], poses), strict=True):
            found[i] = _judged(wanted[i], cases[i], trace)
    return [found[i] for i in range(len(wanted))]


def _driven(cases, poses):
    traces = drive(
        [c.scenario for c in cases], [c.driver for c in cases], settings=cases[0].settings, poses=poses
    )
    return [_ended(c, t) if c.ends else t for c, t in zip(cases, traces, strict=True)]


def _ended(case, trace):
    """The trace as the harness ends it when the policy is at fault at that time."""
    name, at = case.ends.split("@")
    steps = min(trace.num_steps, round(float(at) / trace.dt) + 1)
    cut = {n: getattr(trace, n)[:steps] for n in ("yaw_rate", "flags", "command", "acceleration", "steering")}
    states = {n: getattr(trace.states, n)[:steps] for n in ("xy", "heading", "velocity", "valid", "hitch")}
    return dataclasses.replace(
        trace,
        **cut,
        states=dataclasses.replace(trace.states, **states),
        ending=Ending[name],
        ending_detail=f"step {steps - 1}",
    )


def _judged(wanted, case, trace):
    mode, seed, near = wanted
    measured = measure_episode(case.scenario, trace)
    assert not [m for m in measured.measurements if m.is_error], [
        m for m in measured.measurements if m.is_error
    ]
    verdict = judge_episode(load_profile(PROFILE), case.scenario, trace, measured)
    said = verdict.mode if verdict.outcome in ("fail", "policy_fault") else None
    told = (verdict.outcome, verdict.reason or "", *verdict.evidence)
    return Answer(tested=mode, near=near, seed=seed, truth=case.mode, said=said, told=told)


def is_right(a):
    """Whether a drive was called what it is; where the truth is "any", that it was not called the mode."""
    return a.said != a.tested if a.truth == "any" else a.said == a.truth


def share_unclassified(found):
    """Share of the failures, not of all drives, for which no mode has a name."""
    return sum(a.said == "unclassified" for a in found) / sum(a.said is not None for a in found)


@dataclass(frozen=True, kw_only=True)
class Line:
    """How well one mode is recognised: `hits` of `positives` drives, and of those called so."""

    mode: str
    positives: int
    negatives: int
    hits: int
    said: int
    called: Counter

    @property
    def recall(self):
        return self.hits / self.positives if self.positives else 1.0

    @property
    def precision(self):
        return self.hits / self.said if self.said else 0.0


def table(found):
    """One line a mode. A drive counts against a mode's precision when it is called so and is not."""
    lines = []
    wrongly = (a.said for a in found if a.said not in (None, "unclassified") and not is_right(a))
    for mode in dict.fromkeys([*(a.tested for a in found), *wrongly]):
        own = [a for a in found if a.tested == mode and not a.near]
        hits = sum(a.said == mode for a in own)
        wrong = sum(
            a.said == mode for a in found if not (a.tested == mode and not a.near) and _known_not(a, mode)
        )
        lines.append(
            Line(
                mode=mode, positives=len(own), negatives=sum(a.near and a.tested == mode for a in found),
                hits=hits, said=hits + wrong, called=Counter(a.said for a in own if a.said != mode),
            )
        )  # fmt: skip
    return lines


def _known_not(a, mode):
    """A near miss without a known truth may rightly be another mode than the tested one."""
    return a.tested == mode if a.truth == "any" else a.truth != mode
