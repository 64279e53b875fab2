"""NAVSIM's sub-scores as measurements of an episode, from which `navsim-pdms` and `navsim-epdms` are made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simeval.geometry import project
from simeval.metrics.episode import Episode
from simeval.metrics.navsim.collisions import collision_score, crosses_red
from simeval.metrics.navsim.comfort import EXTENDED_BOUNDS, extended_differences, with_history
from simeval.metrics.navsim.conflicts import first_conflict
from simeval.metrics.navsim.frames import two_frames
from simeval.metrics.navsim.inputs import NavsimDrive, drive_for_navsim, human_drive, is_sampled
from simeval.metrics.navsim.rules import longest_beside, normalised_progress, raw_progress, way_off_route
from simeval.metrics.navsim.score import score_of_way
from simeval.metrics.navsim.simulation import STEP, STEPS
from simeval.metrics.nuplan.comfort import LEAST_STEPS, broken_bounds, comfort_signals
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared

__all__ = ["REFERENCE"]

REFERENCE = "reference"
"""Role of the companion episode of the planner that progress is compared with."""

Read = Callable[[Episode, NavsimDrive], Reading]
RATE = f"NAVSIM's steps are {STEP:g} s long, those of this episode are not"
NO_LANES = "the map has no lanes"
NO_HUMAN = "the scenario has no logged drive of four seconds"
NO_REFERENCE = "there is no drive of a reference planner to compare with"


def _measured(episode: Episode, read: Read) -> Reading:
    """What a function says of the ego's first four seconds, with a caution if there are fewer."""
    if not is_sampled(episode):
        return undefined(RATE)
    if episode.num_steps < 2:
        return undefined("the episode has a single step")
    drive = drive_for_navsim(episode)
    if not len(drive.scene.road_map.ids):
        return undefined(NO_LANES)
    reading = read(episode, drive)
    missing = STEPS + 1 - drive.ego.num_steps
    if missing <= 0 or reading.value is None or reading.note:
        return reading
    note = f"only {STEP * (drive.ego.num_steps - 1):.1f} s of the four that NAVSIM simulates"
    return Reading(reading.value, step=reading.step, agent=reading.agent, note=note)


def _of_human(episode: Episode, read: Read) -> Reading:
    """The same of the logged drive, simulated like a plan; steps and road users are not named."""
    if not is_sampled(episode):
        return undefined(RATE)
    drive = human_drive(episode)
    if drive is None:
        return undefined(NO_HUMAN)
    if not len(drive.scene.road_map.ids):
        return undefined(NO_LANES)
    reading = read(episode, drive)
    return Reading(reading.value, note=reading.note)


def collisions(episode: Episode, drive: NavsimDrive) -> Reading:
    """NAVSIM's score for contacts by the ego's fault."""
    score, step, track = collision_score(drive.ego, drive.scene, drive.areas)
    return Reading(score, step=step, agent=drive.scene.tracks.names[track] if track >= 0 else None)


def off_road(episode: Episode, drive: NavsimDrive) -> Reading:
    """Time with a corner off the road."""
    out = drive.areas.off_road
    step = int(np.argmax(out)) if out.any() else None
    return Reading(float(out.sum()) * STEP, step=step)


def off_route(episode: Episode, drive: NavsimDrive) -> Reading:
    """Longest way within a second off the lanes of the route."""
    if not drive.scene.on_route.any():
        return undefined("the scenario's route names no lanes")
    way = way_off_route(drive.ego, drive.areas.off_route & ~drive.areas.crossing)
    return Reading(float(way.max()), step=int(np.argmax(way)) if way.any() else None)


def red_light(episode: Episode, drive: NavsimDrive) -> Reading:
    """1 where the ego touches a connector behind a red signal."""
    if not len(episode.scenario.signals):
        return undefined("the scenario has no signals")
    if not len(drive.scene.red_areas):
        return undefined("no lane connector belongs to a signal")
    step = crosses_red(drive.ego, drive.scene)
    return Reading(0.0 if step is None else 1.0, step=step)


def conflict(episode: Episode, drive: NavsimDrive) -> Reading:
    """1 where a contact is near within the next 0.9 s."""
    step, track = first_conflict(drive.ego, drive.scene, drive.areas)
    if step is None:
        return Reading(0.0)
    return Reading(1.0, step=step, agent=drive.scene.tracks.names[track])


def beside_lane(episode: Episode, drive: NavsimDrive) -> Reading:
    """Longest time more than 0.5 m beside the route's line."""
    if len(drive.scene.centre_line) < 2:
        return undefined("the scenario has no route")
    offset = np.abs(project(drive.scene.centre_line, drive.ego.xy)[1])
    row, step = longest_beside(offset, drive.areas.crossing)
    return Reading(row * STEP, step=step)


def history_comfort(episode: Episode, drive: NavsimDrive) -> Reading:
    """How many comfort bounds the logged past and the drive together break."""
    if drive.scene.history is None:
        return undefined("the log does not have the 1.5 s before the start")
    broken = with_history(drive.ego, drive.scene.history) or {}
    step = min(broken.values(), default=None)
    return Reading(float(len(broken)), step=None if step is None else max(0, step), note=_said(broken))


def comfort(episode: Episode, drive: NavsimDrive) -> Reading:
    """How many comfort bounds the drive breaks."""
    if drive.ego.num_steps < LEAST_STEPS:
        return undefined(f"fewer than {LEAST_STEPS} steps")
    broken = broken_bounds(comfort_signals(drive.ego))
    return Reading(float(len(broken)), step=min(broken.values(), default=None), note=_said(broken))


def progress(episode: Episode, drive: NavsimDrive) -> Reading:
    """Share of the progress of the better of the drive and the reference planner's."""
    if len(drive.scene.centre_line) < 2:
        return undefined("the scenario has no route")
    reference = _reference(episode)
    if reference is None:
        return undefined(NO_REFERENCE)
    raw = [raw_progress(d.ego, d.scene.centre_line) for d in (reference, drive)]
    return Reading(normalised_progress(raw, [_factor(episode, d) for d in (reference, drive)])[1])


@shared
def _reference(episode: Episode) -> NavsimDrive | None:
    trace = episode.companions.get(REFERENCE)
    if trace is None or trace.num_steps < 2:
        return None
    if trace is episode.trace:  # the reference planner's own episode
        return drive_for_navsim(episode)
    return drive_for_navsim(Episode(scenario=episode.scenario, trace=trace))


def _factor(episode: Episode, drive: NavsimDrive) -> float:
    """Product of the four factors; one that does not apply is 1."""
    score = collision_score(drive.ego, drive.scene, drive.areas)[0]
    score *= 0.0 if drive.areas.off_road.any() else 1.0
    score *= score_of_way(off_route(episode, drive).value or 0.0)
    return score * (1.0 if crosses_red(drive.ego, drive.scene) is None else 0.0)


def _said(broken: dict[str, int]) -> str | None:
    return ", ".join(name.replace("_", " ") for name in broken) or None


@metric("navsim_collision_score", unit="1", better="higher", on_request=True)
def _collisions(episode: Episode) -> Reading:
    """NAVSIM's score for contacts by the ego's fault: 1 without, 0.5 for objects, 0 for a road user."""
    return _measured(episode, collisions)


@metric("navsim_time_off_road_s", unit="s", better="lower", on_request=True)
def _off_road(episode: Episode) -> Reading:
    """Time with a corner off the road, by NAVSIM's areas and without tolerance."""
    return _measured(episode, off_road)


@metric("navsim_off_route_m", unit="m", better="lower", on_request=True)
def _off_route(episode: Episode) -> Reading:
    """Longest way within one second off the lanes of the route: NAVSIM's driving direction."""
    return _measured(episode, off_route)


@metric("navsim_red_light", unit="1", better="lower", on_request=True)
def _red_light(episode: Episode) -> Reading:
    """Whether the ego touches a lane connector that a red signal closes."""
    return _measured(episode, red_light)


@metric("navsim_progress_ratio", unit="1", better="higher", on_request=True)
def _progress(episode: Episode) -> Reading:
    """Share of the progress of the better of the ego and a reference planner."""
    return _measured(episode, progress)


@metric("navsim_conflict", unit="1", better="lower", on_request=True)
def _conflict(episode: Episode) -> Reading:
    """Whether, going straight on, the ego would touch somebody within 0.9 s: NAVSIM's time to collision."""
    return _measured(episode, conflict)


@metric("navsim_beside_lane_s", unit="s", better="lower", on_request=True)
def _beside_lane(episode: Episode) -> Reading:
    """Longest time more than 0.5 m beside the route's line: NAVSIM's lane keeping."""
    return _measured(episode, beside_lane)


@metric("navsim_history_comfort_bounds_broken", unit="1", better="lower", on_request=True)
def _history_comfort(episode: Episode) -> Reading:
    """How many comfort bounds the logged past and the first four seconds together break."""
    return _measured(episode, history_comfort)


@metric("navsim_comfort_bounds_broken", unit="1", better="lower", on_request=True)
def _comfort(episode: Episode) -> Reading:
    """How many comfort bounds the first four seconds break."""
    return _measured(episode, comfort)


@metric("navsim_extended_comfort_bounds_broken", unit="1", better="lower", on_request=True)
def _extended_comfort(episode: Episode) -> Reading:
    """In how many of four measures the plans of two frames differ too much: NAVSIM's extended comfort."""
    if not is_sampled(episode):
        return undefined(RATE)
    frames = two_frames(episode)
    if isinstance(frames, str):
        return undefined(frames)
    differences = extended_differences(*frames)
    broken = [name for name, bound in EXTENDED_BOUNDS.items() if differences[name] > bound]
    said = ", ".join(f"{name.replace('_', ' ')} {differences[name]:.3g}" for name in broken)
    return Reading(float(len(broken)), note=said or None)


@metric("navsim_human_collision_score", unit="1", better="higher", on_request=True)
def _human_collisions(episode: Episode) -> Reading:
    """NAVSIM's collision score of the logged drive."""
    return _of_human(episode, collisions)


@metric("navsim_human_time_off_road_s", unit="s", better="none", on_request=True)
def _human_off_road(episode: Episode) -> Reading:
    """NAVSIM's time off the road of the logged drive."""
    return _of_human(episode, off_road)


@metric("navsim_human_off_route_m", unit="m", better="none", on_request=True)
def _human_off_route(episode: Episode) -> Reading:
    """NAVSIM's way off the route of the logged drive."""
    return _of_human(episode, off_route)


@metric("navsim_human_red_light", unit="1", better="none", on_request=True)
def _human_red_light(episode: Episode) -> Reading:
    """Whether the logged drive touches a connector that a red signal closes."""
    return _of_human(episode, red_light)


@metric("navsim_human_progress_ratio", unit="1", better="none", on_request=True)
def _human_progress(episode: Episode) -> Reading:
    """NAVSIM's progress of the logged drive, against the reference planner."""
    return _of_human(episode, progress)


@metric("navsim_human_conflict", unit="1", better="none", on_request=True)
def _human_conflict(episode: Episode) -> Reading:
    """Whether the logged drive has a conflict by NAVSIM's time to collision."""
    return _of_human(episode, conflict)


@metric("navsim_human_beside_lane_s", unit="s", better="none", on_request=True)
def _human_beside_lane(episode: Episode) -> Reading:
    """NAVSIM's time beside the route's line of the logged drive."""
    return _of_human(episode, beside_lane)
