"""NAVSIM's sub-scores of simulated plans and their totals, PDMS and EPDMS.

Source: autonomousvision/navsim 0a380a9, scoring/pdm_scorer.py and evaluate/pdm_score.py.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simeval.geometry import project
from simeval.metrics.navsim.areas import ego_areas
from simeval.metrics.navsim.collisions import collision_score, crosses_red
from simeval.metrics.navsim.comfort import with_history
from simeval.metrics.navsim.conflicts import first_conflict
from simeval.metrics.navsim.rules import (
    LONG,
    longest_beside,
    normalised_progress,
    raw_progress,
    way_off_route,
)
from simeval.metrics.navsim.scene import NavsimScene
from simeval.metrics.navsim.simulation import STEP
from simeval.metrics.nuplan.ego import NuplanEgo

__all__ = [
    "NavsimScores", "epdms", "filtered_by_human", "follow_up_weights", "pdms", "score_of_way", "score_plans",
    "two_stage",
]  # fmt: skip

DIRECTION_STEPS = ((2.0, 1.0), (6.0, 0.5))  # [m] below it so much
FOLLOW_UP_VARIANCE = 0.1  # [m^2]


@dataclass(frozen=True, kw_only=True)
class NavsimScores:
    """Sub-scores of one plan, each from 0 to 1; `progress_m` is what `progress` is the share of."""

    no_at_fault_collisions: float
    drivable_area: float
    driving_direction: float
    traffic_light: float
    progress: float | None  # None: there is no reference planner to compare with
    time_to_collision: float
    lane_keeping: float
    history_comfort: float
    extended_comfort: float | None = None  # None: there is no plan of the frame before
    progress_m: float

    @property
    def factor(self) -> float:
        """Product of the four that multiply EPDMS."""
        return self.no_at_fault_collisions * self.drivable_area * self.driving_direction * self.traffic_light


def score_plans(egos: Sequence[NuplanEgo], scene: NavsimScene) -> list[NavsimScores]:
    """Scores of a batch of simulated plans; the first is the reference planner's.

    Progress is a share of the farthest of the batch. A batch of one has no progress.
    """
    raw = [_alone(ego, scene) for ego in egos]
    if len(raw) == 1:
        return raw
    shares = normalised_progress([s.progress_m for s in raw], [s.factor for s in raw])
    return [dataclasses.replace(s, progress=share) for s, share in zip(raw, shares, strict=True)]


def _alone(ego: NuplanEgo, scene: NavsimScene) -> NavsimScores:
    areas = ego_areas(ego, scene)
    offset = np.abs(project(scene.centre_line, ego.xy)[1])
    way = float(way_off_route(ego, areas.off_route & ~areas.crossing).max())
    return NavsimScores(
        no_at_fault_collisions=collision_score(ego, scene, areas)[0],
        drivable_area=float(not areas.off_road.any()),
        driving_direction=score_of_way(way),
        traffic_light=float(crosses_red(ego, scene) is None),
        progress=None,
        time_to_collision=float(first_conflict(ego, scene, areas)[0] is None),
        lane_keeping=float(longest_beside(offset, areas.crossing)[0] * STEP < LONG),
        history_comfort=float(not with_history(ego, scene.history)),
        progress_m=raw_progress(ego, scene.centre_line),
    )


def score_of_way(way: float) -> float:
    """Score of the longest way off the route within a second [m]."""
    return next((score for bound, score in DIRECTION_STEPS if way < bound), 0.0)


def pdms(scores: NavsimScores, comfort: float) -> float:
    """The first version's total: NC DAC (5 EP + 5 TTC + 2 C) / 12, with `comfort` of the plan alone.

    Raises:
        ValueError: without progress, that is without a reference planner.
    """
    if scores.progress is None:
        raise ValueError("no progress: score the plan together with a reference planner's")
    mean = (5.0 * scores.progress + 5.0 * scores.time_to_collision + 2.0 * comfort) / 12.0
    return scores.no_at_fault_collisions * scores.drivable_area * mean


def epdms(scores: NavsimScores) -> float:
    """The second version's total: the four factors times the weighted mean of what is there.

    Weights 5 progress, 5 time to collision, 2 lane keeping, 2 history comfort, 2 extended comfort; without
    a plan of the frame before the last has no weight.
    """
    parts = (
        (5.0, scores.progress), (5.0, scores.time_to_collision), (2.0, scores.lane_keeping),
        (2.0, scores.history_comfort), (2.0, scores.extended_comfort),
    )  # fmt: skip
    there = [(weight, score) for weight, score in parts if score is not None]
    mean = math.fsum(w * s for w, s in there) / math.fsum(w for w, _ in there)
    return scores.factor * mean


def filtered_by_human(scores: NavsimScores, human: NavsimScores) -> NavsimScores:
    """Sub-scores with 1 wherever the human driver's is exactly 0; extended comfort is never changed.

    Half scores are not filtered. NAVSIM's own totals ignored the filter until 2025-09-29.
    """
    kept = {"extended_comfort", "progress_m"}
    names = [f.name for f in dataclasses.fields(scores) if f.name not in kept]
    return dataclasses.replace(scores, **{name: 1.0 for name in names if getattr(human, name) == 0.0})


def follow_up_weights(distances: Sequence[float]) -> list[float]:
    """Weights of follow-up scenes, from how far the submitted plan ended from the start of each [m]."""
    raw = np.exp(-np.square(np.asarray(distances, dtype=np.float64)) / (2.0 * FOLLOW_UP_VARIANCE))
    total = float(raw.sum())
    if total < 1e-12:
        return [1.0 / len(raw)] * len(raw)
    return [float(w) for w in raw / total]


def two_stage(first: float, follow_ups: Sequence[float], distances: Sequence[float]) -> float:
    """Score of a frame: that of its plan times the weighted mean of its follow-up scenes."""
    weights = follow_up_weights(distances)
    return first * math.fsum(w * s for w, s in zip(weights, follow_ups, strict=True))
