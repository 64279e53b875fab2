"""Scenes for failure modes: roads, road users and egos from a few words."""

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from simeval.authoring import make_map
from simeval.geometry import arc_lengths, project
from simeval.sim import SimSettings
from simeval.testing.scripted import stage

TO_THE_END = SimSettings(end_on=("contact", "off_road"))


@dataclass(kw_only=True)
class Case:
    """One drive to judge. `mode` is the truth; None: nothing fails; "any": only the tested mode is wrong."""

    scenario: Any
    driver: Any
    mode: str | None
    poses: bool = False
    settings: SimSettings = field(default_factory=SimSettings)
    ends: str = ""  # an ending set from outside, for faults of policies


def car(lane, s, v, **more):
    """An `at` of someone, with `offset` and others as they stand in a family."""
    at = {"lane": lane, "s_m": float(s), "speed_mps": float(v)}
    return at | {k: more.pop(k) for k in ("offset_m", "heading_offset_deg") if k in more}


def user(name, lane, s, v, controller="scripted", do=(), **more):
    """A road user on a lane."""
    return {"id": name, "controller": controller, "at": car(lane, s, v, **more), "do": list(do)} | {
        k: v for k, v in more.items() if k not in ("offset_m", "heading_offset_deg")
    }


def scene(road, at, goal, agents=(), *, signals=(), seconds=15.0, tags=(), ego=None, **route):
    """A scenario; `at` and `goal` are (lane, s[, speed[, offset]])."""
    place = car(at[0], at[1], at[2], **({"offset_m": at[3]} if len(at) > 3 else {}))
    tables = {
        "map": road,
        "tags": list(tags),
        "ego": {"at": place, "goal": {"lane": goal[0], "s_m": float(goal[1])}, **(ego or {}), **route},
        "agent": list(agents),
        "signal": list(signals),
    }
    return stage(_plain(tables), name="staged/scene", duration_s=float(seconds))


def _plain(value):
    """Without NumPy's types, which TOML does not know."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def straight(lanes=2, oncoming=0, length=700.0, limit=27.8, **more):
    return {
        "template": "straight", "num_lanes": lanes, "num_oncoming": oncoming, "length_m": length,
        "speed_limit_mps": limit, **more,
    }  # fmt: skip


def curve(radius, angle=90.0, approach=80.0, limit=27.8, lanes=1):
    return {
        "template": "curve", "radius_m": float(radius), "angle_deg": float(angle), "approach_m": approach,
        "exit_m": 150.0, "speed_limit_mps": limit, "num_lanes": lanes,
    }  # fmt: skip


def crossroads(lanes=1, limit=13.9):
    return {"template": "intersection", "num_lanes": lanes, "speed_limit_mps": limit}


@functools.cache
def line_of(template, names, **options):
    """The centre lines of lanes that follow one another, as one line."""
    lanes = make_map(template, **options).lanes
    parts = [np.asarray(lanes.centre[lanes.index[n]]) for n in names]
    return np.concatenate([parts[0], *(p[1:] for p in parts[1:])])


def meeting(one, two):
    """Arc lengths at which two lines cross."""
    point = shapely.LineString(one).intersection(shapely.LineString(two))
    place = np.asarray(shapely.get_coordinates(point))[:1]
    return float(project(one, place)[0][0]), float(project(two, place)[0][0])


def length_of(line):
    return float(arc_lengths(line)[-1])


def red(lanes, *phases, **more):
    """A signal; phases are (state, seconds)."""
    return {"lanes": list(lanes), "phases": [{"state": s, "for_s": float(t)} for s, t in phases], **more}


def cut(lane_change_to, when, over):
    return {"when": when, "lane_change": {"to_lane": lane_change_to, "over_s": float(over)}}
