"""nuPlan's metrics as measurements of an episode: raw numbers, from which `nuplan-cls` makes its scores."""

from __future__ import annotations

import numpy as np

from simeval.metrics.episode import Episode
from simeval.metrics.nuplan.collisions import collision_score
from simeval.metrics.nuplan.comfort import BOUNDS, LEAST_STEPS, broken_bounds, comfort_signals
from simeval.metrics.nuplan.driving import NuplanDrive
from simeval.metrics.nuplan.inputs import drive_of, has_limits, has_outlines
from simeval.metrics.nuplan.overspeed import mean_overspeed
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.safety.collision_type import CollisionType
from simeval.scenario import Source

__all__ = [
    "broken_comfort_bounds", "collision_reading", "min_ttc", "off_road", "overspeed", "progress", "wrong_way",
]  # fmt: skip

NO_LANES = "the map has no lanes"
WIDENED = "lanes without bounds are taken as their centre lines, widened"
INFERRED = "the road is inferred from lanes"
NO_EXPERT = "the scenario has no logged drive of the ego to compare with"
ENDED = "the episode ended before the log"
SHORT = f"fewer than {LEAST_STEPS} steps"


@metric("nuplan_collision_score", unit="1", better="higher", on_request=True, version=2)
def _collision_score(episode: Episode) -> Reading:
    """nuPlan's score for collisions by the ego's fault: 1 without, 0.5 for one object, else 0."""
    return collision_reading(drive_of(episode), note=_outlines(episode))


@metric("nuplan_max_off_road_m", unit="m", better="lower", on_request=True)
def _off_road(episode: Episode) -> Reading:
    """Largest distance of a corner off lanes and drivable area, by nuPlan's rule."""
    if episode.road.source is Source.ABSENT:
        return undefined("the map does not say where the road is")
    return off_road(drive_of(episode), note=INFERRED if episode.road.source is Source.INFERRED else None)


@metric("nuplan_wrong_way_m", unit="m", better="lower", on_request=True, version=2)
def _wrong_way(episode: Episode) -> Reading:
    """Longest way against the lane within one second, by nuPlan's rule."""
    return wrong_way(drive_of(episode), note=_outlines(episode))


@metric("nuplan_progress_ratio", unit="1", better="higher", on_request=True)
def _progress(episode: Episode) -> Reading:
    """Share of the expert's progress along the expert's route, by nuPlan's rule."""
    drive = drive_of(episode)
    if len(drive.expert_xy) < 2:
        return undefined(NO_EXPERT)
    return progress(drive, note=ENDED if episode.num_steps < len(drive.expert_xy) else _outlines(episode))


@metric("nuplan_min_ttc_s", unit="s", better="higher", on_request=True, version=2)
def _min_ttc(episode: Episode) -> Reading:
    """Smallest time to collision in nuPlan's form."""
    return min_ttc(drive_of(episode), note=_outlines(episode))


@metric("nuplan_mean_overspeed_mps", unit="m/s", better="lower", on_request=True)
def _overspeed(episode: Episode) -> Reading:
    """Excess over the speed limit, averaged over the episode, by nuPlan's rule."""
    if not has_limits(episode.scenario.map):
        return undefined("the map has no speed limits")
    return overspeed(drive_of(episode), note=_outlines(episode))


@metric("nuplan_comfort_bounds_broken", unit="1", better="lower", on_request=True)
def _comfort(episode: Episode) -> Reading:
    """How many of nuPlan's six comfort bounds are not kept."""
    return broken_comfort_bounds(drive_of(episode))


def collision_reading(drive: NuplanDrive, note: str | None = None) -> Reading:
    """Score of the collisions; the step and the other road user are those of the first by the ego's fault."""
    if not len(drive.road_map.ids) and any(c.type is CollisionType.ACTIVE_LATERAL for c in drive.collisions):
        return undefined(f"{NO_LANES}, and whose fault a contact at the side is depends on them")
    score, first = collision_score(drive.at_fault), next(iter(drive.at_fault), None)
    if first is None:
        return Reading(score, note=note)
    return Reading(score, step=first.step, agent=drive.tracks.names[first.track], note=note)


def off_road(drive: NuplanDrive, note: str | None = None) -> Reading:
    """Largest distance of a corner off the road [m]."""
    away = drive.distance_off_road
    if np.isinf(away).any():
        return undefined("there is no road near the ego")
    return Reading(float(away.max()), step=int(np.argmax(away)), note=note)


def wrong_way(drive: NuplanDrive, note: str | None = None) -> Reading:
    """Longest way against the lane within a second [m], 0 without."""
    if not len(drive.road_map.ids):
        return undefined(NO_LANES)
    way = drive.way_in_one_second
    return Reading(abs(float(way.min())), step=int(np.argmin(way)), note=note)


def progress(drive: NuplanDrive, note: str | None = None) -> Reading:
    """Share of the expert's progress, 1 where the expert was on no lane."""
    if not len(drive.road_map.ids):
        return undefined(NO_LANES)
    return Reading(drive.progress_ratio, note=note if drive.legs else "the expert was on no lane")


def min_ttc(drive: NuplanDrive, note: str | None = None) -> Reading:
    """Smallest time to collision over the steps [s]."""
    if not len(drive.road_map.ids):
        return undefined(f"{NO_LANES}, and nuPlan looks at road users beside the ego only where they say so")
    times = drive.times_to_collision()
    if np.isinf(times).all():
        return undefined("no collision course within 3 s with anyone that nuPlan looks at")
    return Reading(float(times.min()), step=int(np.argmin(times)), note=note)


def overspeed(drive: NuplanDrive, note: str | None = None) -> Reading:
    """Excess over the limit, averaged over the duration [m/s]; 0 where no limit is known."""
    if drive.ego.num_steps < 2:
        return undefined("the episode has a single step")
    over = drive.overspeed
    step = int(np.argmax(over)) if over.any() else None
    return Reading(mean_overspeed(drive.ego, over), step=step, note=note)


def broken_comfort_bounds(drive: NuplanDrive) -> Reading:
    """Number of bounds that are not kept; the note names them with the worst value, the step is the first."""
    if drive.ego.num_steps < LEAST_STEPS:
        return undefined(SHORT)
    signals = comfort_signals(drive.ego)
    broken = broken_bounds(signals)
    if not broken:
        return Reading(0.0)
    says = []
    for name in broken:
        series, (low, high) = getattr(signals, name), BOUNDS[name]
        worst = series[int(np.argmax(np.maximum(series - high, low - series)))]
        says.append(f"{name.replace('_', ' ')} {worst:.3g}")
    return Reading(float(len(broken)), step=min(broken.values()), note=", ".join(says))


def _outlines(episode: Episode) -> str | None:
    return None if has_outlines(episode.scenario.map) else WIDENED
